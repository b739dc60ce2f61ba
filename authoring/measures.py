"""What answers are measured and rewarded by, as pages call it: a metric and a reward of one name are
one function (`engine.metrics.scorers`), and have one name for people too."""

from django.utils.translation import gettext_lazy as _

NAMES = {
    "f1_macro": _("F1, macro"),
    "label_match": _("Right label"),
    "exact_match": _("Exact match"),
    "token_f1": _("Token F1"),
    "rouge_l": _("ROUGE-L"),
}
