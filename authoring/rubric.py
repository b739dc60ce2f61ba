"""What reviewers rate, from 1 to 5. Ratings are optional; the verdict counts."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CRITERIA: dict[str, str | Promise] = {
    "overall": _("Overall"),
    "instruction": _("Is the ask clear?"),
    "response": _("Is the response right?"),
}
"""Name in `Review.ratings` → what it asks. The first one has the keys 1 to 5."""
