"""Who may do what in a project: the one table. Views, REST and actions all ask `allowed`.

The studio's owner (a superuser) may do everything in every project.
"""

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from authoring.models import Project, User


class Role(TextChoices):
    OWNER = "owner", _("owner")
    REVIEWER = "reviewer", _("reviewer")
    AUTHOR = "author", _("author")
    TRAINER = "trainer", _("trainer")
    VIEWER = "viewer", _("viewer")


OWNER, REVIEWER, AUTHOR, TRAINER, VIEWER = (str(one) for one in Role)

DEEDS: dict[str, frozenset[str]] = {
    "view": frozenset({OWNER, REVIEWER, AUTHOR, TRAINER, VIEWER}),
    "write": frozenset({OWNER, REVIEWER, AUTHOR}),
    "import": frozenset({OWNER, REVIEWER, AUTHOR}),
    "review": frozenset({OWNER, REVIEWER}),
    "freeze": frozenset({OWNER, REVIEWER, TRAINER}),
    "train": frozenset({OWNER, TRAINER}),
    "evaluate": frozenset({OWNER, TRAINER, REVIEWER}),
    "publish": frozenset({OWNER}),
    "manage": frozenset({OWNER}),
}
"""deed → roles that may do it. `publish`: send weights out of the studio, under its own name.
`manage`: members, tasks, guidelines, deleting and restoring."""

DEED_NAMES = {
    "view": pgettext_lazy("deed", "view"),
    "write": pgettext_lazy("deed", "write"),
    "import": pgettext_lazy("deed", "import"),
    "review": pgettext_lazy("deed", "review"),
    "freeze": pgettext_lazy("deed", "freeze"),
    "train": pgettext_lazy("deed", "train"),
    "evaluate": pgettext_lazy("deed", "evaluate"),
    "publish": pgettext_lazy("deed", "publish"),
    "manage": pgettext_lazy("deed", "manage"),
}


def allowed(user: "User", deed: str, project: "Project") -> bool:
    """Whether `user` may do `deed` in `project`. Deactivated people may do nothing."""
    return deed in deeds_of(user, project)


def deeds_of(user: "User", project: "Project") -> frozenset[str]:
    """Everything that `user` may do in `project`."""
    if not user.is_active:
        return frozenset()
    role = OWNER if user.is_superuser else project.role_of(user)
    return frozenset(deed for deed, roles in DEEDS.items() if role in roles)


def require(user: "User", deed: str, project: "Project") -> None:
    """Raise PermissionDenied, in words, unless `allowed`."""
    if not allowed(user, deed, project):
        raise PermissionDenied(
            _("Your role in %(project)s does not let you %(deed)s here. Ask its owner.")
            % {"project": project.name, "deed": DEED_NAMES[deed]}
        )
