"""How long the list's search takes over 100,000 pairs, by the index and by reading every column.

The texts are words drawn from the sample project's own pairs, about 60 a pair, in both languages.
Works on whatever DATABASE_URL names, in a database of its own that Django makes and drops.
"""

import json
import random
import statistics
import time
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import connection
from django.test.utils import get_runner, override_settings

from authoring import search
from authoring.actions.sample import FOLDER
from authoring.models import Pair, Project, Task, User

PAIRS = 100_000
WORDS = 60
QUERIES = {"rare": "zyzzyva", "common": "the", "two words": "refund order", "chinese": "退款"}
ROUNDS = 5
PAGE = 51


def measure() -> Iterator[dict[str, Any]]:
    runner = get_runner(settings)(verbosity=0, interactive=False)
    with override_settings(DEBUG=False):
        old = runner.setup_databases()
        try:
            seconds = fill()
            yield {"database": connection.vendor, "pairs": PAIRS, "written_s": round(seconds, 1)}
            for name, query in QUERIES.items():
                by_index, by_reading = indexed(query), read(query)
                assert list(by_index[:PAGE]) == list(by_reading[:PAGE])
                yield {
                    "database": connection.vendor,
                    "query": name,
                    "index_ms": milliseconds(by_index),
                    "reading_ms": milliseconds(by_reading),
                }
        finally:
            runner.teardown_databases(old)


def fill() -> float:
    person = User.objects.create_user("bench@example.org")
    project = Project.objects.create(name="Bench", slug="bench", created_by=person)
    task = Task.objects.create(project=project, slug="t", name="T", kind="free")
    drawn = random.Random(0)
    texts = [text for text in words() if text]
    columns = [search.column(drawn.choices(texts, k=WORDS), []) for _ in range(PAIRS - 1)]
    start = time.perf_counter()
    Pair.objects.bulk_create(
        (
            Pair(project=project, task=task, author=person, search=one)
            for one in [*columns[:50_000], " zyzzyva ", *columns[50_000:]]
        ),
        batch_size=2000,
    )
    seconds = time.perf_counter() - start
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return seconds


def words() -> list[str]:
    """Words of the sample's instructions, inputs and responses, as often as they stand there."""
    return [
        token
        for path in sorted(FOLDER.glob("*.jsonl"))
        for record in map(json.loads, path.read_text(encoding="utf-8").splitlines())
        for field in ("instruction", "input", "response")
        for token in search.PIECE.findall(record.get(field, ""))
    ]


def indexed(query: str) -> Any:
    return Pair.objects.present().search(query).order_by("-id")


def read(query: str) -> Any:
    pairs = Pair.objects.present().order_by("-id")
    for needle in search.needles(query):
        pairs = pairs.filter(search__contains=needle)
    return pairs


def milliseconds(pairs: Any) -> float:
    """Median time of a page of ids and of the count that stands below it."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        list(pairs.values_list("pk", flat=True)[:PAGE])
        pairs.order_by()[:10_001].count()
        times.append(time.perf_counter() - start)
    return round(statistics.median(times) * 1000, 1)
