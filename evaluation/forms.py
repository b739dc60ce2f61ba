"""What the measuring pages can be asked: only what is there can be chosen."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from authoring import language
from authoring.models import Project, Snapshot, Split
from evaluation.dashboard import Board
from evaluation.metrics import NAMES
from evaluation.models import Ended, Evaluation
from evaluation.slice_names import slice_names
from training.models import BaseModel, Checkpoint, Run
from training.models.base_model import Architecture


class BoardForm(forms.Form):
    """The dashboard's choices. Everything has a default, so nothing is required."""

    snapshot = forms.ModelChoiceField(
        Snapshot.objects.none(), required=False, empty_label=None, label=_("Snapshot")
    )
    split = forms.ChoiceField(choices=Split.choices, required=False, label=_("Split"))
    run = forms.ModelChoiceField(
        Run.objects.none(), required=False, empty_label=_("every run"), label=_("Run")
    )
    slice = forms.CharField(required=False, label=_("Over"))
    metric = forms.CharField(required=False, label=_("Metric"))
    setting = forms.CharField(required=False, label=_("Generation"))

    def __init__(self, data: Any, *, project: Project) -> None:
        super().__init__(data)
        self.project = project
        self.fields["snapshot"].queryset = project.snapshots.all()
        self.fields["snapshot"].label_from_instance = lambda one: (
            _("Snapshot %(n)s") % {"n": one.number}
        )
        self.fields["run"].queryset = Run.objects.filter(project=project)

    def offer(self, board: Board) -> None:
        """Show what can be chosen on this board, with what is shown chosen."""
        view = board.view
        self.is_bound = False
        self.initial = {
            "snapshot": view.snapshot.pk,
            "split": view.split,
            "run": view.run and view.run.pk,
            "slice": view.slice,
            "metric": view.metric,
            "setting": view.settings_hash,
        }
        names = slice_names(self.project, board.slices)
        self._choose("slice", [(one, names[one]) for one in board.slices])
        self._choose("metric", [(one, NAMES.get(one, one)) for one in board.metrics])
        self._choose("setting", [(hash, generation(said)) for hash, said in board.settings])

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        """A choice of one is no choice: it is left out."""
        if len(choices) < 2:
            del self.fields[name]
        else:
            self.fields[name].widget = forms.Select(choices=choices)


def generation(settings: dict[str, Any]) -> str:
    """A generation setting in few words: 16 new tokens, greedy."""
    temperature = settings.get("temperature", 0)
    how = _("temperature %(t)s") % {"t": temperature} if temperature else _("greedy")
    words = _("up to %(n)s new tokens, %(how)s")
    return str(words % {"n": settings.get("max_new_tokens"), "how": how})


def generation_of(evaluation: Evaluation) -> str:
    """How its model answers; empty where it generates nothing."""
    if evaluation.base_model.architecture == Architecture.ENCODER_CLASSIFIER:
        return ""
    return generation(evaluation.settings)


OF_GENERATION = {"max_new_tokens", "temperature", "seed"}


def settings_of(evaluation: Evaluation) -> dict[str, Any]:
    """What decided its answers: of a classifier nothing of how a text is written."""
    if generation_of(evaluation):
        return dict(evaluation.settings)
    return {name: value for name, value in evaluation.settings.items() if name not in OF_GENERATION}


RIGHT = [("", _("right or wrong")), ("yes", _("right")), ("no", _("wrong"))]


WRITTEN = [("", _("written or not")), ("no", _("nothing yet")), ("yes", _("written"))]


class PredictionsForm(forms.Form):
    """Filters of the predictions of one evaluation."""

    evaluation = forms.ModelChoiceField(
        Evaluation.objects.none(), required=False, empty_label=None, label=_("Model")
    )
    q = forms.CharField(required=False, label=_("Words"), max_length=200)
    correct = forms.ChoiceField(choices=RIGHT, required=False, label=_("Answer"))
    reference_label = forms.ChoiceField(required=False, label=_("True label"))
    label = forms.ChoiceField(required=False, label=_("Named label"))
    ended = forms.ChoiceField(
        choices=[("", _("any end")), *Ended.choices],
        required=False,
        label=pgettext_lazy("how", "Ended"),
    )
    task = forms.ChoiceField(required=False, label=_("Task"))
    language = forms.ChoiceField(required=False, label=_("Language"))
    written = forms.ChoiceField(choices=WRITTEN, required=False, label=_("Pairs because of it"))
    tag = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)
    empty = forms.CharField(required=False, max_length=3, widget=forms.HiddenInput)
    author = forms.IntegerField(required=False, widget=forms.HiddenInput)

    UNPARSED = "?"
    """Stands for the empty label in the address: outputs that name none."""

    def __init__(self, data: Any, *, project: Project) -> None:
        super().__init__(data)
        evaluations = Evaluation.objects.in_project(project).scored().with_subject()
        field = self.fields["evaluation"]
        field.queryset = evaluations.order_by("-pk")
        field.label_from_instance = evaluation_name

    def offer(self, evaluation: Evaluation) -> None:
        """Choices that this evaluation's predictions really have."""
        rows = evaluation.predictions.order_by()
        called = {"task": evaluation.project.task_names().get, "language": language.name}
        for name, column, nothing in (
            ("reference_label", "reference_label", _("every label")),
            ("label", "label", _("every label")),
            ("task", "revision__pair__task__slug", _("every task")),
            ("language", "revision__language", _("every language")),
        ):
            found = sorted(one for one in rows.values_list(column, flat=True).distinct() if one)
            choices = [("", nothing), *((one, called.get(name, str)(one) or one) for one in found)]
            if name == "label":
                choices.append((self.UNPARSED, _("none (unparsed)")))
            useful = len(found) > (0 if name.endswith("label") else 1)
            if useful:
                self.fields[name].choices = choices
            else:
                del self.fields[name]


def evaluation_name(evaluation: Evaluation) -> str:
    return _("%(subject)s · snapshot %(n)s, %(split)s") % {
        "subject": evaluation.subject,
        "n": evaluation.snapshot.number,
        "split": Split(evaluation.split).label,
    }


class RequestForm(forms.Form):
    """Measure a base model, or a checkpoint, over a split."""

    snapshot = forms.ModelChoiceField(Snapshot.objects.none())
    split = forms.ChoiceField(choices=Split.choices, initial=Split.TEST)
    base_model = forms.ModelChoiceField(BaseModel.objects.all(), required=False)
    checkpoint = forms.ModelChoiceField(Checkpoint.objects.none(), required=False)
    max_new_tokens = forms.IntegerField(required=False, min_value=1, max_value=8192)

    def __init__(self, data: Any = None, *, project: Project, **more: Any) -> None:
        super().__init__(data, **more)
        self.fields["snapshot"].queryset = project.snapshots.all()
        self.fields["checkpoint"].queryset = Checkpoint.objects.kept().filter(run__project=project)
