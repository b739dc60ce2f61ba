"""The form that begins a search, made from the engine's own options: each setting fixed or searched."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext_lazy as _

from authoring.models import Project
from engine.settings import Option, options
from evaluation.search.objective import Objective, objectives_of
from evaluation.search.space import Choices, Span, searchable, suggested
from training.forms import LaunchForm
from training.labels import CHOICES, HELP, LABELS
from training.models import BaseModel, Checkpoint
from training.number_input import NumberInput

FIXED, EVEN, LOG, LIST = "fixed", "even", "log", "list"
HOW = [
    (FIXED, _("the same in every trial")),
    (EVEN, _("any from … to …")),
    (LOG, _("from … to …, log scale")),
    (LIST, _("one of a list")),
]
SEARCHED_AT_FIRST = frozenset({"learning_rate", "lora_rank", "batch_size"})
"""What a person would search first; the rest stands fixed at its default until asked otherwise."""


class Row(NamedTuple):
    """One setting as the form shows it: either the numbers' four fields, or ticks of its choices."""

    name: str
    label: Any
    help: Any
    more: bool
    how: forms.BoundField | None
    low: forms.BoundField | None
    high: forms.BoundField | None
    list: forms.BoundField | None
    ticks: forms.BoundField | None

    @property
    def errors(self) -> list[str]:
        bound = (self.how, self.low, self.high, self.list, self.ticks)
        return [str(error) for one in bound if one is not None for error in one.errors]


class SearchForm(forms.Form):
    metric = forms.ChoiceField(
        label=_("What shall get better"),
        help_text=_("Measured on the validation split. The test split chooses nothing."),
    )
    trials = forms.IntegerField(label=_("Trials"), initial=20, min_value=1, max_value=1000,
        help_text=_("Each is a run. The first tries the defaults, some are drawn, the rest learn from them."),
    )  # fmt: skip
    at_once = forms.IntegerField(label=_("At once"), initial=1, min_value=1, max_value=16,
        help_text=_("More than one pays where several devices work."),
    )  # fmt: skip
    keep = forms.IntegerField(label=_("Keep weights of"), initial=3, min_value=0, max_value=100,
        help_text=_("So many of the best trials; the others' files are deleted, their numbers stay."),
    )  # fmt: skip
    seed = forms.IntegerField(label=_("Seed of the search"), initial=17, min_value=0,
        max_value=2**31 - 1,
        help_text=_("The same seed and the same results ask for the same trials."),
    )  # fmt: skip
    pruning = forms.BooleanField(
        label=_("Stop trials early that fall behind the median"), required=False, initial=True
    )
    name = forms.CharField(
        label=_("Name"), required=False, max_length=100, help_text=_("To find it again.")
    )

    def __init__(self, *args: Any, project: Project, method: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.method = method
        launch = LaunchForm(project=project, method=method)
        self.fields = {
            "start": _start(launch.fields["start"]),
            "snapshot": launch.fields["snapshot"],
        } | self.fields
        metrics = _metrics(project)
        self.fields["metric"].choices = metrics
        self.fields["metric"].initial = metrics[0][0] if metrics else None
        self.settings = [one for one in options(method) if one.name != "seed"]
        self._searchable = {one.name for one in searchable(method)}
        for one in self.settings:
            self.fields |= dict(_fields(one, one.name in self._searchable))

    def rows(self) -> Iterator[Row]:
        for one in self.settings:
            bound = {
                part: self[f"{one.name}_{part}"] if f"{one.name}_{part}" in self.fields else None
                for part in ("how", "low", "high", "list", "ticks")
            }
            label, help = LABELS.get(one.name, one.name), HELP.get(one.name, one.help)
            yield Row(one.name, label, help, self._is_more(one), **bound)

    def basic(self) -> list[Row]:
        return [row for row in self.rows() if not row.more]

    def more(self) -> list[Row]:
        return [row for row in self.rows() if row.more]

    def more_is_wrong(self) -> bool:
        return any(row.errors for row in self.more())

    def asked(self) -> dict[str, Any]:
        """Arguments of `launch`."""
        data = self.cleaned_data
        kind, _colon, pk = data["start"].partition(":")
        model = BaseModel if kind == "model" else Checkpoint
        metric, _bar, slice = data["metric"].partition("|")
        space, fixed = self._chosen()
        return {
            "method": self.method,
            "base_model" if kind == "model" else "checkpoint": model.objects.get(pk=pk),
            "metric": metric,
            "slice": slice,
            "space": space,
            "fixed": fixed,
            **{
                name: data[name]
                for name in ("snapshot", "trials", "at_once", "keep", "seed", "pruning", "name")
            },
        }

    def mark(self, fields: dict[str, list[str]]) -> dict[str, list[str]]:
        """An action's errors, by setting, at the fields that the form has for it."""
        shown = {}
        for name, found in fields.items():
            parts = [f"{name}_{part}" for part in ("low", "ticks")]
            shown[next((one for one in parts if one in self.fields), name)] = found
        return shown

    def _is_more(self, one: Option) -> bool:
        return one.more and one.name not in SEARCHED_AT_FIRST

    def _chosen(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The space and the fixed settings, as `launch` takes them. What is not a range yet is said
        by `launch`, in the same words as over REST."""
        space: dict[str, Any] = {}
        fixed: dict[str, Any] = {}
        data = self.cleaned_data
        for one in self.settings:
            if f"{one.name}_ticks" in self.fields:
                ticked = [_value(one, text) for text in data[f"{one.name}_ticks"]]
                if len(ticked) == 1:
                    fixed[one.name] = ticked[0]
                else:
                    space[one.name] = {"choices": ticked}
                continue
            how, low = data.get(f"{one.name}_how", FIXED), data[f"{one.name}_low"]
            if how == FIXED:
                fixed[one.name] = one.default if low is None else low
            elif how == LIST:
                space[one.name] = {"choices": data[f"{one.name}_list"].replace(",", " ").split()}
            else:
                space[one.name] = {"low": low, "high": data[f"{one.name}_high"], "log": how == LOG}
        return space, fixed


def _value(one: Option, text: str) -> Any:
    return text == "True" if one.type is bool else text


def _fields(one: Option, may_be_searched: bool) -> Iterator[tuple[str, forms.Field]]:
    """The fields of one setting, named `<setting>_<part>`."""
    if one.choices or one.type is bool:
        values = one.choices or ("True", "False")
        field = forms.MultipleChoiceField if may_be_searched else _OneTick
        yield f"{one.name}_ticks", field(
            choices=[(value, CHOICES.get(value, value)) for value in values],
            widget=forms.CheckboxSelectMultiple if may_be_searched else forms.Select,
            initial=[str(one.default)] if may_be_searched else str(one.default),
        )  # fmt: skip
        return
    searched = one.name in SEARCHED_AT_FIRST
    first = suggested(one)
    span = first if isinstance(first, Span) else None
    listed = first if isinstance(first, Choices) else None
    if may_be_searched:
        how = FIXED if not searched else LIST if listed else LOG if span and span.log else EVEN
        yield (
            f"{one.name}_how",
            forms.ChoiceField(choices=HOW, initial=how, label=_("How it is chosen")),
        )
    number = forms.IntegerField if one.type is int else forms.FloatField
    limits = {"min_value": one.ge, "max_value": one.le, "required": False}
    step = {"step": "1" if one.type is int else "any", "inputmode": "decimal"}
    yield f"{one.name}_low", number(
        initial=span.low if searched and span else one.default,
        label=_("Value, or from"), widget=NumberInput(attrs=step), **limits,
    )  # fmt: skip
    if may_be_searched:
        high = span.high if span else one.default
        yield (
            f"{one.name}_high",
            number(initial=high, label=_("To"), widget=NumberInput(attrs=step), **limits),
        )
        values = listed.values if listed else ()
        yield (
            f"{one.name}_list",
            forms.CharField(
                required=False, max_length=300, label=_("List"), initial=", ".join(map(str, values))
            ),
        )


def _start(field: Any) -> forms.ChoiceField:
    """Where a launch may start, but for runs to wait for: the first trial is asked for now."""
    groups = [
        (name, [one for one in found if not one[0].startswith("after:")])
        for name, found in field.choices
    ]
    return forms.ChoiceField(
        choices=[group for group in groups if group[1]],
        label=field.label,
        help_text=_("A base model, or a checkpoint of this project to go on from."),
    )


class _OneTick(forms.ChoiceField):
    """A choice that can't be searched, in the shape of one that can: a list of one."""

    def clean(self, value: Any) -> Any:
        return [super().clean(value)]


def _metrics(project: Project) -> list[tuple[str, str]]:
    """What any of the project's snapshots can be searched by; `launch` says where one can't."""
    found: dict[Objective, str] = {}
    for snapshot in project.snapshots.all()[:20]:
        for one in objectives_of(snapshot):
            found.setdefault(one, _offered(one))
    return [("|".join(filter(None, one)), words) for one, words in found.items()]


def _offered(one: Objective) -> str:
    if not one.needs_probabilities:
        return one.name
    return str(_("%(metric)s (encoder classifiers only)") % {"metric": one.name})
