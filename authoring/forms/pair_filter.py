"""The filters over the list of pairs, all of them in the address."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from authoring import language
from authoring.language import LANGUAGES
from authoring.models import Pair, Project, User
from authoring.models.pair import PairQuerySet
from authoring.states import PairState

SORTS = {"id": "id", "updated": "updated_at"}
"""Name in the address → column with an index."""
EVERYTHING = ("", _("all"))


class PairFilterForm(forms.Form):
    """Never refuses: an unknown value filters nothing, so that an old address still works."""

    q = forms.CharField(
        label=_("Words"),
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    state = forms.ChoiceField(label=_("State"), required=False)
    task = forms.ChoiceField(label=_("Task"), required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)
    author = forms.ChoiceField(label=_("Author"), required=False)
    tag = forms.CharField(
        label=_("Tag"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"list": "tags"}),
    )
    origin = forms.IntegerField(required=False, max_value=2**63 - 1, widget=forms.HiddenInput)
    written_for = forms.IntegerField(required=False, max_value=2**63 - 1, widget=forms.HiddenInput)
    deleted = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project
        self.fields["state"].choices = [EVERYTHING, *PairState.choices]
        self.fields["task"].choices = [
            EVERYTHING,
            *((one.slug, one.name) for one in project.tasks.all()),
        ]
        self.fields["language"].choices = [EVERYTHING, *self._languages()]
        self.fields["author"].choices = [
            EVERYTHING,
            *((str(one.pk), str(one)) for one in self._authors()),
        ]

    def pairs(self) -> PairQuerySet:
        """The project's pairs that pass: those present, or those deleted."""
        self.is_valid()
        chosen = {name: value for name, value in self.cleaned_data.items() if value}
        everything = Pair.objects.filter(project=self.project)
        pairs = everything.deleted() if chosen.pop("deleted", False) else everything.present()
        return pairs.matching(**chosen).with_head()

    @property
    def is_narrowing(self) -> bool:
        return any(self.cleaned_data.values())

    def _languages(self) -> list[tuple[str, Any]]:
        chosen = self.data.get("language", "")
        known = {code for code, _name in LANGUAGES}
        return [
            *LANGUAGES,
            *([(chosen, language.name(chosen))] if chosen and chosen not in known else []),
        ]

    def _authors(self) -> Any:
        """The members, and whoever the address names: who left is found by the links in the list."""
        chosen = self.data.get("author", "")
        pk = int(chosen[:18]) if chosen.isdecimal() else 0
        wrote_here = pk and self.project.pairs.filter(author_id=pk).exists()
        wanted = Q(pk__in=self.project.memberships.values("user"))
        if wrote_here:
            wanted |= Q(pk=pk)
        return User.objects.filter(wanted).order_by("name", "email")
