"""Where nothing is approved yet: the one next thing that this person can do about it."""

from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _

from authoring.models import Pair, Project, User
from authoring.permissions import deeds_of
from authoring.states import PairState


class Step(NamedTuple):
    label: str
    url: str


def toward_approval(user: User, project: Project) -> Step | None:
    """What others wait for first, then what lies half done, then a new pair; None for who only looks."""
    may = deeds_of(user, project)
    pairs = Pair.objects.in_project(project)
    here = {"slug": project.slug}
    if "review" in may and pairs.for_review_by(user).exists():
        return Step(_("Go to the review"), reverse("review", kwargs=here))
    if "write" not in may:
        return None
    if pairs.filter(state=PairState.DRAFT, author=user).exists():
        mine = f"?state={PairState.DRAFT}&author={user.pk}"
        return Step(_("Open your drafts"), reverse("pairs", kwargs=here) + mine)
    return Step(_("Write a pair"), reverse("pair_new", kwargs=here))
