"""What the engine says of settings that can't stand together, in the words of the pages.

The engine speaks English only; here its sentences are known to the catalogues. One that is missing
is shown as the engine says it (and fails `tests/training/test_words.py`).
"""

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

SENTENCES = (
    _("QLoRA needs a CUDA device; choose lora, or another device"),
    _("8-bit AdamW needs a CUDA device; choose adamw, or another device"),
    _("Liger's kernels need a CUDA device; leave them off, or choose another device"),
    _("Liger's kernels and compiled layers replace the same things; choose one of them"),
    _("Muon is made for whole matrices, not for adapters; choose adamw, or train all weights"),
    _("one process has nobody to share weights with; choose several processes, or 0"),
    _("weights in 4 bits can't be sharded; choose lora, or every process keeps them whole"),
    _("only AdamW takes its steps on parts of weights; choose adamw, or keep the weights whole"),
    _("sharded layers are gathered between what would be compiled; choose one of them"),
    _("sharded processes must cut their steps alike; say how many tokens go through at once"),
    _("must be at least 16, or 0 to take it from the data"),
    _("must be at least 64, or 0 to find it by a trial step"),
    _("warm-up and decay together are longer than the run"),
    _("ending early needs validation rows to be measured"),
    _("there are no validation rows to measure"),
    _("there are no validation rows to measure it on"),
    _("a run that may end early doesn't know its last checkpoints; choose ema"),
)


def why(sentence: str) -> str:
    """A sentence of `engine.settings.contradictions` in the reader's language."""
    return gettext(sentence)
