"""What every template knows: the theme, the studio's name, the person's projects and the side list."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from authoring.models import Pair, Project
from authoring.permissions import deeds_of

THEMES = ("system", "light", "dark")
THEME_COOKIE = "theme"
COUNTED = 99


class Place(NamedTuple):
    """One line of the side list: the page it opens, and the pages that belong to it."""

    name: str
    label: Any
    icon: str
    covers: frozenset[str] = frozenset()
    deed: str = "view"
    """What one must be allowed to do there: nobody is led to a closed door."""


NAV: tuple[tuple[Place, ...], ...] = (
    (
        Place("pair_new", gettext_lazy("Write"), "pen-line", frozenset({"pair_edit"}), "write"),
        Place("review", gettext_lazy("Review"), "eye", deed="review"),
        Place("compare", gettext_lazy("Compare"), "scale"),
        Place(
            "pairs",
            gettext_lazy("Pairs"),
            "library",
            frozenset({"pair", "imports", "import_new", "import"}),
        ),
        Place(
            "snapshots",
            gettext_lazy("Snapshots"),
            "camera",
            frozenset({"snapshot", "snapshot_new"}),
        ),
    ),
    (
        Place("models", gettext_lazy("Models"), "boxes", frozenset({"model", "model_new"})),
        Place("runs", gettext_lazy("Runs"), "activity", frozenset({"run", "run_new"})),
        Place("searches", gettext_lazy("Searches"), "split", frozenset({"search", "search_new"})),
        Place("checkpoints", gettext_lazy("Checkpoints"), "flag", frozenset({"checkpoint"})),
    ),
    (
        Place(
            "dashboard", gettext_lazy("Dashboard"), "gauge", frozenset({"evaluation", "comparison"})
        ),
        Place("predictions", gettext_lazy("Predictions"), "target", frozenset({"prediction"})),
        Place("leaderboard", gettext_lazy("Leaderboard"), "trophy"),
    ),
    (
        Place(
            "project_settings",
            gettext_lazy("Settings"),
            "settings",
            frozenset({"task_new", "task_edit"}),
            "manage",
        ),
        Place("members", gettext_lazy("Members"), "users"),
    ),
)


def studio(request: HttpRequest) -> dict[str, Any]:
    mine = SimpleLazyObject(lambda: _projects(request))
    return {
        "studio_name": "InstructStudio",
        "theme": theme_of(request),
        "languages": settings.LANGUAGES,
        "my_projects": mine,
        "may": SimpleLazyObject(lambda: _deeds(request, mine)),
        "nav": SimpleLazyObject(lambda: _nav(request, mine)),
    }


def theme_of(request: HttpRequest) -> str:
    """The person's choice; before they sign in, the cookie's."""
    user = getattr(request, "user", None)
    chosen = (
        user.theme
        if user is not None and user.is_authenticated
        else request.COOKIES.get(THEME_COOKIE, "")
    )
    return chosen if chosen in THEMES else "system"


def _projects(request: HttpRequest) -> list[Project]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    return list(Project.objects.for_user(user))


def _project(request: HttpRequest, mine: Iterable[Project]) -> Project | None:
    """The project in the address, when it is one of the person's own."""
    match = request.resolver_match
    slug = match.kwargs.get("slug") if match else None
    return next((one for one in mine if one.slug == slug), None)


def _deeds(request: HttpRequest, mine: Iterable[Project]) -> frozenset[str]:
    """What this person may do in the project of the address."""
    project = _project(request, mine)
    return deeds_of(request.user, project) if project else frozenset()


def _nav(request: HttpRequest, mine: Iterable[Project]) -> list[list[dict[str, Any]]]:
    """Groups of lines for the project in the address. A page that does not exist has no line."""
    match, project = request.resolver_match, _project(request, mine)
    if match is None or project is None:
        return []
    slug, may = project.slug, deeds_of(request.user, project)
    groups = [
        [_line(place, slug, match.url_name, request) for place in group if place.deed in may]
        for group in NAV
    ]
    return [lines for group in groups if (lines := [line for line in group if line])]


def _line(place: Place, slug: str, here: str | None, request: HttpRequest) -> dict[str, Any] | None:
    try:
        url = reverse(place.name, kwargs={"slug": slug})
    except NoReverseMatch:
        return None
    due = _waiting(request, slug) if place.name == "review" else ""
    return {
        "url": url,
        "label": place.label,
        "icon": place.icon,
        "count": due,
        "due": bool(due),
        "count_says": _("%(n)s for you to review") % {"n": due} if due else "",
        "active": here == place.name or here in place.covers,
    }


def _waiting(request: HttpRequest, slug: str) -> str:
    """How many pairs wait for this person's verdict; beyond COUNTED it matters no more."""
    waiting = Pair.objects.for_review_by(request.user).filter(project__slug=slug)
    count = waiting[: COUNTED + 1].count()
    return f"{COUNTED}+" if count > COUNTED else str(count or "")
