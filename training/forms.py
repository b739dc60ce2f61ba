"""The launch form, made from the engine's own options; and the forms that add a base model."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from authoring.models import Project, Split
from engine.presets import NANO
from engine.settings import Option, options
from training import fits
from training.chain_fields import ChainFields, waited_for
from training.labels import CHOICES, HELP, LABELS
from training.models import BaseModel, Checkpoint, Method, Run, Source
from training.models.base_model import Architecture
from training.number_input import NumberInput


class LaunchForm(ChainFields):
    """One method's settings. Ranges, defaults and choices are `engine.settings`', so that the form,
    REST and the command line can't disagree."""

    start = forms.CharField(
        label=_("Start from"),
        help_text=_(
            "A base model, a checkpoint of this project to go on from, or a run to wait for."
        ),
    )
    snapshot = forms.ModelChoiceField(
        None,
        label=_("Snapshot"),
        empty_label=None,
        help_text=_("What it learns from, and is measured on."),
    )
    name = forms.CharField(
        label=_("Name"), required=False, max_length=120, help_text=_("To find it again.")
    )
    evaluate = forms.BooleanField(
        label=_("Measure the starting weights and every checkpoint on the test split"),
        required=False,
        initial=True,
    )

    def __init__(self, *args: Any, project: Project, method: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.method = method
        self.options = options(method)
        self.fields["snapshot"].queryset = project.snapshots.all()
        self.fields["snapshot"].label_from_instance = _snapshot_name
        self.fields["start"] = forms.ChoiceField(
            choices=_starts(project, method),
            label=self.fields["start"].label,
            help_text=self.fields["start"].help_text,
        )
        for one in self.options:
            self.fields[one.name] = _field(one)

    def basic(self) -> list[forms.BoundField]:
        return [self[one.name] for one in self.options if not one.more]

    def more(self) -> list[forms.BoundField]:
        return [self[one.name] for one in self.options if one.more]

    def more_is_wrong(self) -> bool:
        return any(self[one.name].errors for one in self.options if one.more)

    def asked(self) -> dict[str, Any]:
        """Arguments of `runs.launch`."""
        data = self.cleaned_data
        kind, _colon, pk = data["start"].partition(":")
        argument, model = STARTS[kind]
        start = model.objects.get(pk=pk)
        settings = {one.name: data[one.name] for one in self.options if data[one.name] is not None}
        if "tuning" not in self.changed_data and not _takes_adapters(kind, start):
            settings.pop("tuning", None)  # nobody chose the form's default: the launch has its own
        return {
            "method": self.method,
            argument: start,
            **self.chain(),
            "snapshot": data["snapshot"],
            "name": data["name"],
            "evaluate": data["evaluate"],
            "settings": settings,
        }


STARTS: dict[str, tuple[str, Any]] = {
    "model": ("base_model", BaseModel),
    "checkpoint": ("checkpoint", Checkpoint),
    "after": ("after", Run),
}
"""The first word of `start`: which argument of `runs.launch` it becomes."""


def _takes_adapters(kind: str, start: Any) -> bool:
    base = {"model": lambda: start, "checkpoint": lambda: start.run.base_model,
            "after": lambda: start.base_model}[kind]()  # fmt: skip
    return fits.takes_adapters(base, from_nothing=kind == "model" and not base.pretrained)


def _field(one: Option) -> forms.Field:
    shown = {
        "label": LABELS.get(one.name, one.name),
        "help_text": HELP.get(one.name, one.help),
        "initial": one.default,
    }
    if one.choices:
        return forms.ChoiceField(
            choices=[(choice, CHOICES.get(choice, choice)) for choice in one.choices], **shown
        )
    if one.type is bool:
        return forms.BooleanField(required=False, **shown)
    if one.type is str:
        return forms.CharField(required=False, **shown)
    field = forms.IntegerField if one.type is int else forms.FloatField
    widget = NumberInput(attrs={"inputmode": "decimal", "step": "1" if one.type is int else "any"})
    return field(min_value=one.ge, max_value=one.le, widget=widget, **shown)


def _snapshot_name(snapshot: Any) -> str:
    sizes = " / ".join(str(snapshot.rows(split)) for split in Split.values)
    named = f" · {snapshot.name}" if snapshot.name else ""
    return _("Snapshot %(n)s%(named)s: %(sizes)s train / validation / test") % {
        "n": snapshot.number,
        "named": named,
        "sizes": sizes,
    }


def _starts(project: Project, method: str) -> list[tuple[Any, list[tuple[str, str]]]]:
    """Checkpoints first for GRPO, which goes on from SFT; base models first for SFT."""
    models: Iterable[BaseModel] = BaseModel.objects.all()
    models = [one for one in models if not fits.method(one, method)]
    if method == Method.GRPO:
        models = [one for one in models if one.pretrained]
    checkpoints = (
        Checkpoint.objects.kept()
        .filter(run__project=project)
        .select_related("run")
        .exclude(run__base_model__architecture__in=fits.unfit_for(method))
        .order_by("-run__number", "-step")
    )
    groups = [
        (_("Base models"), [(f"model:{one.pk}", one.name) for one in models]),
        (_("Checkpoints"), [(f"checkpoint:{one.pk}", checkpoint_name(one)) for one in checkpoints]),
    ]
    groups.append((_("Runs to wait for"), waited_for(project)))
    groups = [groups[1], groups[2], groups[0]] if method == Method.GRPO else groups
    return [group for group in groups if group[1]]


def checkpoint_name(checkpoint: Checkpoint) -> str:
    best = checkpoint.run.best_checkpoint_id == checkpoint.pk
    words = _("%(run)s, step %(step)s (best)") if best else _("%(run)s, step %(step)s")
    return words % {"run": checkpoint.run, "step": checkpoint.step}


class AddModelForm(forms.Form):
    """A folder under STUDIO_HOME/models, a Hugging Face id, or a nano preset in another shape."""

    source = forms.ChoiceField(
        label=_("Where it comes from"),
        widget=forms.RadioSelect,
        choices=[
            (Source.FOLDER, _("a folder that lies under the studio's models")),
            (Source.HUB, _("a Hugging Face id, fetched by the first run that starts from it")),
            (Source.SCRATCH, _("from scratch: random weights in a shape of your own")),
        ],
        initial=Source.FOLDER,
    )
    reference = forms.CharField(
        label=_("Folder name or Hugging Face id"),
        required=False,
        max_length=200,
        help_text=_("For example Qwen3-0.6B, or Qwen/Qwen3-0.6B. Not needed from scratch."),
    )
    architecture = forms.ChoiceField(
        label=_("Kind of model"),
        choices=Architecture.choices,
        required=False,
        help_text=_("Of a Hugging Face id, or from scratch; a folder says it itself."),
    )
    name = forms.CharField(
        label=_("Name in the studio"),
        required=False,
        max_length=150,
        help_text=_("Empty: the folder's name, or the id."),
    )
    licence = forms.CharField(label=_("Licence"), required=False, max_length=100)
    width = forms.IntegerField(label=_("Width"), required=False, min_value=8, max_value=4096)
    depth = forms.IntegerField(label=_("Layers"), required=False, min_value=1, max_value=64)
    heads = forms.IntegerField(
        label=_("Attention heads"),
        required=False,
        min_value=1,
        max_value=64,
        help_text=_("An LSTM has none."),
    )
    vocabulary = forms.IntegerField(
        label=_("Vocabulary"), required=False, min_value=259, max_value=200_000
    )

    SHAPE = ("width", "depth", "heads", "vocabulary")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for name in self.SHAPE:
            self.fields[name].widget.attrs["placeholder"] = NANO[name]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["architecture"] = data.get("architecture") or Architecture.DECODER
        if data.get("source") == Source.SCRATCH:
            if not data.get("name"):
                self.add_error("name", _("Give it a name."))
        elif not data.get("reference"):
            self.add_error("reference", _("Name the folder, or the id."))
        return data

    def overrides(self) -> dict[str, int]:
        return {name: self.cleaned_data[name] for name in self.SHAPE if self.cleaned_data.get(name)}
