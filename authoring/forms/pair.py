"""The editor's form: one pair, from a page's POST or from the autosave's JSON alike."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from authoring import language
from authoring.language import LANGUAGES
from authoring.models import Project, Revision, Task

PARTS = ("system", "input", "response", "language", "source", "licence", "tags")
SOMETIMES = {"references": "reference", "tests": "tests"}
"""Fields that not every editor sends, by the name that they are sent under: left out, they are inherited."""


class TextField(forms.CharField):
    """A text as it was typed: outer white space kept, line ends as every other client sends them."""

    needed_later: bool
    """A draft may do without it, a submitted pair may not: so it isn't called optional."""

    def __init__(self, *, rows: int, needed_later: bool = False, **options: Any) -> None:
        self.needed_later = needed_later
        widget = forms.Textarea(attrs={"rows": rows, "data-grow": True})
        super().__init__(strip=False, required=False, widget=widget, **options)

    def to_python(self, value: Any) -> str:
        return unix_lines(super().to_python(value))


class TagsField(forms.CharField):
    """Tags with commas between them, the Chinese one included."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        tags = (tag.strip() for tag in str(value or "").replace("，", ",").split(","))
        return list(dict.fromkeys(tag for tag in tags if tag))


class SeveralTexts(forms.Widget):
    """Every text sent under one name, in order."""

    def __init__(self, sent_as: str) -> None:
        super().__init__()
        self.sent_as = sent_as

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        sent = self.sent_as
        return data.getlist(sent) if hasattr(data, "getlist") else data.get(sent, [])


class TurnsField(forms.Field):
    """Every field named `turn`, in order: the user's, the assistant's, the user's …"""

    widget = SeveralTexts("turn")

    def clean(self, value: list[str]) -> list[dict[str, str]]:
        return as_turns(unix_lines(text) for text in value or [""])


class ReferencesField(forms.Field):
    """Every field named `reference`; an empty one is none."""

    widget = SeveralTexts("reference")

    def clean(self, value: list[str]) -> list[str]:
        return [text for text in map(unix_lines, value or []) if text.strip()]


class PairForm(forms.Form):
    task = forms.ModelChoiceField(label=_("Task"), queryset=Task.objects.none(), empty_label=None)
    system = TextField(label=_("System message"), rows=3)
    turns = TurnsField(required=False)
    input = TextField(label=_("Input"), rows=4)
    response = TextField(label=_("Response"), rows=4, needed_later=True)
    references = ReferencesField(label=_("Other acceptable responses"), required=False)
    tests = TextField(
        label=_("Unit tests"),
        rows=6,
        help_text=_("Lines such as “assert total([1, 2]) == 3”, run below the response."),
    )
    tags = TagsField(label=_("Tags"), required=False, help_text=_("With commas between them."))
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    source = forms.CharField(
        label=_("Source"),
        max_length=300,
        required=False,
        help_text=_("Where the text comes from, if not from you."),
    )
    licence = forms.CharField(label=_("Licence"), max_length=100, required=False)
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)
    draft = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    written_for = forms.ModelChoiceField(
        queryset=Revision.objects.none(), required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["task"].queryset = project.tasks.all()
        self.fields["written_for"].queryset = Revision.objects.filter(pair__project=project)
        self.fields["language"].choices = [*LANGUAGES, *self._other_languages()]

    def _other_languages(self) -> list[tuple[str, str]]:
        """The language of an imported pair stays choosable."""
        known = {code for code, _name in LANGUAGES}
        here = {self.initial.get("language"), self.data.get("language")} - known - {None, ""}
        return [(code, language.name(code)) for code in sorted(here)]

    @property
    def content(self) -> dict[str, Any]:
        """What `pairs.write` takes. Fields that were not sent are inherited."""
        sent = [name for name, sent_as in SOMETIMES.items() if sent_as in self.data]
        return {name: self.cleaned_data[name] for name in (*PARTS, "turns", *sent)}

    @property
    def turn_texts(self) -> list[str]:
        """What stands in the boxes: as typed, or as saved."""
        if self.is_bound:
            return self["turns"].data or [""]
        return [turn["content"] for turn in self.initial.get("turns", [])] or [""]

    @property
    def reference_texts(self) -> list[str]:
        """What stands in the boxes of other responses, and an empty one to write the next in."""
        texts = self["references"].data if self.is_bound else self.initial.get("references", [])
        return [*(text for text in texts if text.strip()), ""]


def initial_of(revision: Revision, task: Task) -> dict[str, Any]:
    return {name: getattr(revision, name) for name in (*PARTS, "turns", *SOMETIMES)} | {
        "task": task.pk,
        "revision": revision.number,
    }


def initial_for(task: Task, language: str) -> dict[str, Any]:
    """What a new pair of this task starts with."""
    return {
        "task": task.pk,
        "system": task.system,
        "turns": as_turns([task.instruction]),
        "language": language,
    }


def initial_like(revision: Revision, task: Task) -> dict[str, Any]:
    """A new pair beside one that a model got wrong: its frame, never its question.

    The question stands in a test split: copied into train, it would flatter the next score.
    """
    initial = initial_for(task, revision.language) | {"system": revision.system}
    initial["tags"] = list(revision.tags)
    initial["written_for"] = revision.pk
    if revision.input:  # the question is the input; the turns are what all such pairs share
        initial["turns"] = revision.turns
    return initial


def as_turns(texts: Any) -> list[dict[str, str]]:
    roles = ("user", "assistant")
    return [{"role": roles[at % 2], "content": text} for at, text in enumerate(texts)]


def as_form_data(body: Mapping[str, Any]) -> QueryDict:
    """The autosave's JSON as a form would have sent it. What is no text or list of texts is left out."""
    data = QueryDict(mutable=True)
    for name, value in body.items():
        values = value if isinstance(value, list) else [value]
        data.setlist(name, [str(one) for one in values if isinstance(one, str | int)])
    return data


def unix_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
