"""Chinese is complete: every text of the source has a translation, with the same placeholders."""

import re

import pytest
from django.conf import settings

from instructstudio.catalogues import extract, read, translated

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%[sd]|{(\w*)}")
CATALOGUE = settings.BASE_DIR / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


@pytest.fixture(scope="module")
def entries():
    return {
        (one.context or "", one.id[0] if isinstance(one.id, tuple) else one.id): one
        for one in read(CATALOGUE)
        if one.id
    }


def test_the_source_has_texts_to_translate():
    assert len(extract(settings.BASE_DIR)) > 300


def test_every_text_has_a_chinese_translation(entries):
    missing = sorted(
        {
            f"{one.text!r} ({one.place})"
            for one in extract(settings.BASE_DIR)
            if (one.context, one.text) not in entries
            or not translated(entries[one.context, one.text].string)
        }
    )
    assert not missing, "run manage.py update_catalogues and translate:\n" + "\n".join(missing)


def test_no_translation_is_fuzzy(entries):
    assert not [one.id for one in entries.values() if one.fuzzy]


def test_translations_keep_their_placeholders(entries):
    def names(text):
        return sorted(found[0] for found in PLACEHOLDER.finditer(text))

    wrong = []
    for one in entries.values():
        source = one.id[-1] if isinstance(one.id, tuple) else one.id
        strings = one.string if isinstance(one.string, tuple | list) else [one.string]
        wrong += [
            source for string in strings if string and set(names(string)) != set(names(source))
        ]
    assert not wrong
