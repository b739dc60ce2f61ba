"""What a person decides about a snapshot, as percentages and check boxes."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from authoring.language import LANGUAGES
from authoring.models import Project
from authoring.models.snapshot import Split
from authoring.snapshot_settings import SnapshotSettings

SHARES = {"train": _("Train, %"), "validation": _("Validation, %"), "test": _("Test, %")}
SPLIT_RULES = [
    ("given", _("Keep the split that an imported file named, deal the rest")),
    ("stratified", _("Deal all of them")),
]
LEAK_RULES = [
    ("keep", _("Name them, drop nothing")),
    ("drop_exact", _("Drop them from train")),
    ("drop_near", _("Drop them and their near-duplicates from train")),
]


class SnapshotForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    note = forms.CharField(
        label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    tasks = forms.MultipleChoiceField(
        label=_("Tasks"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all of them."),
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages"),
        required=False,
        choices=LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all of them."),
    )
    split_rule = forms.ChoiceField(label=_("Splits"), choices=SPLIT_RULES, widget=forms.RadioSelect)
    train = forms.FloatField(label=SHARES["train"], min_value=0, max_value=100)
    validation = forms.FloatField(label=SHARES["validation"], min_value=0, max_value=100)
    test = forms.FloatField(label=SHARES["test"], min_value=0, max_value=100)
    leaks = forms.ChoiceField(
        label=_("Pairs that stand in train and test both"),
        choices=LEAK_RULES,
        widget=forms.RadioSelect,
    )
    threshold = forms.FloatField(
        label=_("Near-duplicate from"),
        min_value=0.3,
        max_value=1,
        help_text=_("Jaccard similarity of two prompts. They never end up in two splits."),
    )
    seed = forms.IntegerField(
        label=_("Seed"),
        min_value=0,
        max_value=2**31 - 1,
        help_text=_("The same pairs and the same seed give the same splits."),
    )
    longest = forms.IntegerField(
        label=_("Longest pair, characters"), min_value=1, max_value=10_000_000
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tasks"].choices = [(one.slug, one.name) for one in project.tasks.all()]

    def settings(self) -> SnapshotSettings:
        """Raises Invalid for what only the three shares together can get wrong."""
        data = self.cleaned_data
        plain = ("tasks", "languages", "split_rule", "leaks", "threshold", "seed", "longest")
        fractions = {split: data[split] / 100 for split in Split.values}
        return SnapshotSettings.of({name: data[name] for name in plain} | {"fractions": fractions})


def initial_of(settings: SnapshotSettings) -> dict[str, Any]:
    shares = {split: round(100 * share, 4) for split, share in settings.fractions.items()}
    return settings.as_json() | {name: f"{share:g}" for name, share in shares.items()}
