"""Translation catalogues without the gettext binaries: found, merged and compiled with Babel.

manage.py update_catalogues     add what the source says and the .po lacks; drop what it no longer says
manage.py compile_catalogues    .po to .mo
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

APPS = ("instructstudio", "authoring", "training", "evaluation", "engine")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
CALL = re.compile(r"(?<![\w.])(_|gettext|ngettext|pgettext|npgettext)\(")


class Message(NamedTuple):
    """One translatable text: `plural` is empty for most."""

    text: str
    plural: str
    context: str
    place: str

    @property
    def id(self) -> str | tuple[str, str]:
        return (self.text, self.plural) if self.plural else self.text


def extract(base: Path) -> list[Message]:
    """Every text that the source marks for translation, in the order of files."""
    found: list[Message] = []
    for app in APPS:
        for path in sorted((base / app).rglob("*.py")):
            if "migrations" not in path.parts:
                found += _from_python(path, path.relative_to(base))
    for path in sorted(
        [*(base / "templates").rglob("*.html"), *(base / "templates").rglob("*.txt")]
    ):
        found += _from_template(path, path.relative_to(base))
    return found


def update(base: Path) -> list[tuple[Path, int]]:
    """Merge what `extract` finds into each catalogue; each file with its number of untranslated texts."""
    template = Catalog(charset="utf-8")
    for message in extract(base):
        template.add(message.id, context=message.context or None, locations=[(message.place, 0)])
    result = []
    for path in sorted((base / "locale").glob("*/LC_MESSAGES/django.po")):
        catalogue = read(path)
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        catalogue.project, catalogue.version, catalogue.msgid_bugs_address = (
            "InstructStudio",
            "1",
            "",
        )
        catalogue.last_translator = catalogue.language_team = "InstructStudio"
        with open(path, "wb") as file:
            write_po(
                file,
                catalogue,
                width=100,
                sort_output=True,
                omit_header=False,
                include_lineno=False,
            )
        result.append((path, sum(1 for one in catalogue if one.id and not translated(one.string))))
    return result


def translated(string: str | tuple[str, ...]) -> bool:
    """Whether a catalogue entry has text for every plural form."""
    return all(string) if isinstance(string, tuple | list) else bool(string)


def compile_catalogues(folder: Path) -> list[Path]:
    """Write each .mo that is older than its .po; the files written."""
    written = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with open(target, "wb") as binary:
            write_mo(binary, read(source))
        written.append(target)
    return written


def read(path: Path) -> Catalog:
    """A catalogue; its folder names its locale."""
    locale = path.parent.parent.name
    with open(path, "rb") as text:
        return read_po(text, locale=locale)


def _from_python(path: Path, place: Path) -> Iterator[Message]:
    with open(path, "rb") as file:
        for _line, function, texts, _comments in extract_python(
            file, KEYWORDS.keys(), [], {"encoding": "utf-8"}
        ):
            texts = texts if isinstance(texts, tuple | list) else (texts,)
            yield from _message(function.removesuffix("_lazy"), list(texts), str(place))


def _from_template(path: Path, place: Path) -> Iterator[Message]:
    code = templatize(path.read_text(encoding="utf-8"), origin=str(place))
    for call in CALL.finditer(code):
        yield from _message(call[1], _arguments(code, call.end()), str(place))


def _message(function: str, texts: list[str | None], place: str) -> Iterator[Message]:
    context, plural = "", ""
    if function in {"pgettext", "npgettext"}:
        context, *texts = texts
    if function in {"ngettext", "npgettext"}:
        plural = texts[1] or ""
    if texts and texts[0]:
        yield Message(texts[0], plural, context, place)


def _arguments(code: str, start: int) -> list[str | None]:
    """The string arguments of the call whose parenthesis opened just before `start`; None for others."""
    for end in (found.start() for found in re.finditer(r"\)", code[start:])):
        try:
            call = ast.parse(f"f({code[start : start + end]})", mode="eval").body
        except SyntaxError:
            continue
        return [one.value if isinstance(one, ast.Constant) else None for one in call.args]
    return []
