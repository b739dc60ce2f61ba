"""One hand-written instruction/response: the thing that revisions are versions of."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

from authoring import search, search_index
from authoring.models.review_claim import ReviewClaim
from authoring.states import PairState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from authoring.models.project import Project
    from authoring.models.revision import Revision
    from authoring.models.user import User


class PairQuerySet(models.QuerySet["Pair"]):
    def present(self) -> "PairQuerySet":
        return self.filter(deleted_at=None)

    def deleted(self) -> "PairQuerySet":
        return self.exclude(deleted_at=None)

    def visible_to(self, user: "User") -> "PairQuerySet":
        """Pairs, deleted ones included, of the projects this person may see."""
        pairs = self.filter(project__deleted_at=None)
        return pairs if user.is_superuser else pairs.filter(project__memberships__user=user)

    def in_project(self, project: "Project") -> "PairQuerySet":
        return self.present().filter(project=project)

    def approved(self) -> "PairQuerySet":
        """Pairs with an approved revision, even while a newer one is being written."""
        return self.present().filter(approved__isnull=False)

    def awaiting_review(self) -> "PairQuerySet":
        return self.present().filter(state=PairState.SUBMITTED)

    def for_review_by(self, user: "User") -> "PairQuerySet":
        """What this person may judge: submitted, head not written by them, not judged by them yet."""
        return (
            self.awaiting_review()
            .exclude(head__author=user)
            .exclude(
                Q(head__author=user.let_in_by_id) | Q(head__author__let_in_by=user),
                project__independent_reviews=True,
            )
            .exclude(head__reviews__in=user.reviews.filter(revision=F("revision__pair__head")))
            .order_by("submitted_at", "id")
        )

    def unclaimed_by_others(self, user: "User") -> "PairQuerySet":
        """Without those that another reviewer has before their eyes just now."""
        return self.exclude(claim__in=ReviewClaim.objects.live().exclude(user=user))

    def matching(
        self,
        *,
        q: str = "",
        state: str = "",
        task: str = "",
        tag: str = "",
        language: str = "",
        author: int | None = None,
        origin: int | None = None,
        written_for: int | None = None,
    ) -> "PairQuerySet":
        """The filters of lists and REST: search words, state, task slug, tag, language, author id,
        import id, id of the pair it was written for. What is empty filters nothing."""
        pairs = self.search(q) if q else self
        exact = {
            "state": state,
            "task__slug": task,
            "head__language": language,
            "author_id": author,
            "origin_id": origin,
            "written_for__pair_id": written_for,
        }
        pairs = pairs.filter(**{name: value for name, value in exact.items() if value})
        return pairs.having([f" {search.tag_token(tag)} "]) if tag else pairs

    def search(self, query: str) -> "PairQuerySet":
        """Pairs whose head has every word of the query; `#17` finds pair 17."""
        query = query.strip()
        if query.startswith("#") and query[1:].isdecimal():
            return self.filter(pk=min(int(query[1:]), 2**63 - 1))
        needles = search.needles(query)[:30]
        return self.having(needles) if needles else self

    def having(self, *alternatives: "Sequence[str]") -> "PairQuerySet":
        """Pairs whose search column has every needle (`search.needles`) of one alternative at least."""
        return self.filter(pk__in=search_index.ids(alternatives, self.db))

    def written_for(self, pair: "Pair") -> "PairQuerySet":
        """Those that were written because a model answered `pair` wrongly, newest first."""
        return self.present().filter(written_for__pair=pair).order_by("-id")

    def tags_in_use(self, newest: int = 500) -> list[str]:
        """Tags of the newest pairs, to choose from."""
        tags = self.order_by("-id").values_list("head__tags", flat=True)[:newest]
        return sorted({tag for one in tags for tag in one or []})

    def with_head(self) -> "PairQuerySet":
        return self.select_related("head", "head__author", "task", "author")


class Pair(models.Model):
    """Everything readable is in its revisions; this row says where the pair stands."""

    project = models.ForeignKey("authoring.Project", models.CASCADE, related_name="pairs")
    task = models.ForeignKey("authoring.Task", models.PROTECT, related_name="pairs")
    author = models.ForeignKey("authoring.User", models.PROTECT, related_name="pairs")
    state = models.CharField(max_length=20, choices=PairState, default=PairState.DRAFT)
    head: "models.ForeignKey[Revision, Revision]" = models.ForeignKey(  # type: ignore[assignment]
        "authoring.Revision", models.PROTECT, null=True, related_name="+"
    )
    """null only between the pair's row and its first revision's, inside of one transaction."""
    approved = models.ForeignKey("authoring.Revision", models.PROTECT, null=True, related_name="+")
    origin = models.ForeignKey("authoring.Import", models.SET_NULL, null=True, related_name="pairs")
    origin_row = models.PositiveIntegerField(null=True)
    origin_part = models.PositiveSmallIntegerField(default=0)
    """Which of several pairs that one row of the file holds (self-instruct's instances)."""
    written_for = models.ForeignKey(
        "authoring.Revision", models.SET_NULL, null=True, related_name="pairs_for"
    )
    """The question that a model answered wrongly, because of which this pair was written."""
    split = models.CharField(max_length=12, blank=True)
    """The split that the imported file gave: train, validation, test or empty."""
    search = models.TextField(default="", editable=False)
    """Search tokens of the head revision (authoring.search), space-separated with spaces around."""
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    submitted_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    objects = PairQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["project", "state", "-id"],
                condition=Q(deleted_at=None),
                name="pair_by_state",
            ),
            models.Index(
                fields=["project", "task", "-id"], condition=Q(deleted_at=None), name="pair_by_task"
            ),
            models.Index(
                fields=["project", "-updated_at"],
                condition=Q(deleted_at=None),
                name="pair_by_update",
            ),
            models.Index(
                fields=["project", "submitted_at", "id"],
                condition=Q(deleted_at=None, state="submitted"),
                name="review_queue",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=PairState.values), name="pair_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(approved__isnull=False),
                name="approved_pair_has_approved_revision",
            ),
            models.UniqueConstraint(
                fields=["origin", "origin_row", "origin_part"], name="imported_row_once"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    def point_at(self, revision: "Revision") -> None:
        """Make a revision the head, and this pair findable by its words. Saves nothing."""
        self.head = revision
        self.search = revision.search_column()
