"""The nouns of authoring, one file each."""

from authoring.models.access_link import AccessLink, Purpose
from authoring.models.api_token import ApiToken
from authoring.models.dataset_import import Import
from authoring.models.idempotent_reply import IdempotentReply
from authoring.models.membership import Membership
from authoring.models.pair import Pair
from authoring.models.project import Project
from authoring.models.review import Review, Verdict
from authoring.models.review_claim import ReviewClaim
from authoring.models.revision import Revision, RevisionIsImmutable
from authoring.models.snapshot import LeftOut, Reason, Snapshot, SnapshotItem, Split
from authoring.models.task import Task, TaskKind
from authoring.models.user import User

__all__ = [
    "AccessLink",
    "ApiToken",
    "IdempotentReply",
    "Import",
    "LeftOut",
    "Membership",
    "Pair",
    "Project",
    "Purpose",
    "Reason",
    "Review",
    "ReviewClaim",
    "Revision",
    "RevisionIsImmutable",
    "Snapshot",
    "SnapshotItem",
    "Split",
    "Task",
    "TaskKind",
    "User",
    "Verdict",
]
