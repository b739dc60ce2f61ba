"""The launch form's part about what comes before and after the run, and what stays of it."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from authoring.models import Project
from training.actions.checkpoints import MOST_KEPT
from training.models import IfFailed, Method, Run, Takes
from training.states import OVER


class ChainFields(forms.Form):
    """`start` may be `after:PK`, a run to wait for; these fields say the rest."""

    then = forms.ChoiceField(
        label=gettext_lazy("Then"),
        required=False,
        help_text=gettext_lazy(
            "Launched with it: the next run waits in the queue for this one's checkpoint."
        ),
    )
    takes = forms.ChoiceField(
        label=gettext_lazy("The waiting run takes"), choices=Takes.choices, initial=Takes.BEST,
        required=False,
    )  # fmt: skip
    if_failed = forms.ChoiceField(
        label=gettext_lazy("If the run before it fails, it"), choices=IfFailed.choices,
        initial=IfFailed.CANCEL, required=False,
    )  # fmt: skip
    keep_best = forms.IntegerField(
        label=gettext_lazy("Checkpoints that keep their files"), min_value=0, max_value=MOST_KEPT,
        required=False,
        help_text=gettext_lazy("So many of the best, and the last. Others go once they are measured. 0 keeps all."),
    )  # fmt: skip

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        methods = [
            (one.value, _("%(method)s from its checkpoint") % {"method": one.label})
            for one in Method
        ]
        self.fields["then"].choices = [("", _("nothing more")), *methods]
        self.fields["keep_best"].initial = settings.KEEP_BEST

    def chain_is_wrong(self) -> bool:
        return any(self[name].errors for name in ("then", "takes", "if_failed", "keep_best"))

    def chain(self) -> dict[str, Any]:
        """Arguments of `runs.launch`."""
        data = self.cleaned_data
        how = {
            "takes": data["takes"] or Takes.BEST,
            "if_failed": data["if_failed"] or IfFailed.CANCEL,
        }
        then = [{"method": data["then"], **how}] if data["then"] else []
        return {**how, "keep_best": data["keep_best"], "then": then}


def waited_for(project: Project) -> list[tuple[str, str]]:
    """Runs that will leave a checkpoint, as choices of `start`."""
    coming = Run.objects.filter(project=project).exclude(state__in=OVER).order_by("-number")
    return [(f"after:{one.pk}", _("%(run)s, once it is over") % {"run": one}) for one in coming]
