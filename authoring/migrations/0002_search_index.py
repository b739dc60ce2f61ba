"""The full-text index over what pairs are searched by (authoring.search_index)."""

from typing import Any

from django.db import migrations

from authoring import search, search_index


def fit(apps: Any, schema_editor: Any) -> None:
    """Columns written before there was an index: no endless words, no endless columns. PostgreSQL
    would refuse them; SQLite takes them as they are and finds their beginnings all the same."""
    if schema_editor.connection.vendor != "postgresql":
        return
    longest = search.LONGEST_TOKEN
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "UPDATE authoring_pair SET search = regexp_replace(search, %s, %s, 'g') WHERE search ~ %s",
            [rf"(\S{{{longest}}})\S+", r"\1", rf"\S{{{longest + 1}}}"],
        )
        cursor.execute(
            "UPDATE authoring_pair SET search = left(search, %s) || ' ' WHERE octet_length(search) > %s",
            [search.LARGEST // 4, search.LARGEST],
        )


def create(apps: Any, schema_editor: Any) -> None:
    search_index.create(schema_editor.connection.alias)


def drop(apps: Any, schema_editor: Any) -> None:
    search_index.drop(schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("authoring", "0001_initial")]

    operations = [
        migrations.RunPython(fit, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(create, drop),
    ]
