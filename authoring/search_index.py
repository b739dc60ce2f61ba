"""The full-text index over `Pair.search`: FTS5 on SQLite, GIN over a tsvector on PostgreSQL.

Python has tokenised the column (authoring.search), so both only split it at spaces and are asked for
whole tokens or beginnings of tokens: they find the same pairs. `ids` is the subquery that lists finds
ask; both databases answer it from the index alone.

PostgreSQL's is over a generated column; SQLite's is a table beside the pairs', kept by triggers.
`create` is run after every migration, since one that rebuilds the pairs' table drops its triggers.
"""

import string
from collections.abc import Sequence
from typing import Any

from django.db import connections
from django.db.models.expressions import RawSQL

NO_SPLIT = string.punctuation.replace("'", "''")
TOKENIZER = f"ascii tokenchars '{NO_SPLIT}'"
"""Everything but white space is part of a token, and no letter is taken for another."""
POSTGRESQL_COLUMN = """
    ALTER TABLE authoring_pair ADD COLUMN IF NOT EXISTS search_vector tsvector
    GENERATED ALWAYS AS (array_to_tsvector(array_remove(string_to_array(search, ' '), ''))) STORED
"""
"""Stored, so that a word of every second pair, for which the planner reads them all, is found fast too."""
POSTGRESQL_INDEX = """
    CREATE INDEX IF NOT EXISTS pair_search ON authoring_pair USING gin (search_vector)
"""
SQLITE_TABLE = f"""
    CREATE VIRTUAL TABLE authoring_pair_search USING fts5(
        search, content='authoring_pair', content_rowid='id', detail=none, prefix='1 2',
        tokenize="{TOKENIZER.replace('"', '""')}"
    )
"""
ADD = "INSERT INTO authoring_pair_search(rowid, search) VALUES (new.id, new.search);"
TAKE = """
    INSERT INTO authoring_pair_search(authoring_pair_search, rowid, search)
    VALUES ('delete', old.id, old.search);
"""
SQLITE_TRIGGERS = {
    "pair_search_added": f"AFTER INSERT ON authoring_pair BEGIN {ADD} END",
    "pair_search_taken": f"AFTER DELETE ON authoring_pair BEGIN {TAKE} END",
    "pair_search_changed": "AFTER UPDATE OF search ON authoring_pair "
    f"WHEN old.search IS NOT new.search BEGIN {TAKE} {ADD} END",
}
FIND = {
    "sqlite": "SELECT rowid FROM authoring_pair_search WHERE authoring_pair_search MATCH %s",
    # OFFSET 0: found once, by the index; else the planner may walk the list and look into each row.
    "postgresql": "SELECT id FROM authoring_pair WHERE search_vector @@ %s::tsquery OFFSET 0",
}


def create(using: str) -> None:
    """Make what is missing of the index. Safe to repeat."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL_COLUMN)
            cursor.execute(POSTGRESQL_INDEX)
            return
        cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'authoring_pair_search'")
        if not cursor.fetchone():
            cursor.execute(SQLITE_TABLE)
            cursor.execute(
                "INSERT INTO authoring_pair_search(authoring_pair_search) VALUES ('rebuild')"
            )
        for name, what in SQLITE_TRIGGERS.items():
            cursor.execute(f"CREATE TRIGGER IF NOT EXISTS {name} {what}")


def drop(using: str) -> None:
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE authoring_pair DROP COLUMN IF EXISTS search_vector")
            return
        for name in SQLITE_TRIGGERS:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        cursor.execute("DROP TABLE IF EXISTS authoring_pair_search")


def create_after_migrations(using: str, **_signal: Any) -> None:
    """For `post_migrate`."""
    if "authoring_pair" in connections[using].introspection.table_names():
        create(using)


def ids(alternatives: Sequence[Sequence[str]], using: str) -> RawSQL:
    """Ids of the pairs whose column has all needles (see `search.needles`) of one alternative."""
    vendor = connections[using].vendor
    return RawSQL(FIND[vendor], [QUERY[vendor](alternatives)])  # noqa: S611 (constants, one parameter)


def _fts5(alternatives: Sequence[Sequence[str]]) -> str:
    """
    >>> _fts5([[" refun", " 北京 "], [" book "]])
    '("refun"* AND "北京") OR ("book")'
    """

    def term(needle: str) -> str:
        beginning = "" if needle.endswith(" ") else "*"
        return '"' + needle.strip(" ").replace('"', '""') + '"' + beginning

    return " OR ".join(f"({' AND '.join(map(term, needles))})" for needles in alternatives)


def _tsquery(alternatives: Sequence[Sequence[str]]) -> str:
    """
    >>> _tsquery([[" refun", " 北京 "], [" book "]])
    "('refun':* & '北京') | ('book')"
    """

    def term(needle: str) -> str:
        beginning = "" if needle.endswith(" ") else ":*"
        return "'" + needle.strip(" ").replace("\\", "\\\\").replace("'", "''") + "'" + beginning

    return " | ".join(f"({' & '.join(map(term, needles))})" for needles in alternatives)


QUERY = {"sqlite": _fts5, "postgresql": _tsquery}
