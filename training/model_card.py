"""The model card: what a checkpoint is, what it learnt from, what it scored, and what it is not.

README.md with YAML front matter, as the Hugging Face hub reads it. In English: it leaves the studio.
Front matter is written as JSON strings, which are YAML: nothing that a person named can break it.
"""

import json
from collections import Counter
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import override

from authoring.models import Snapshot, SnapshotItem, Split
from engine.metrics.direction import smaller_is_better
from training.models import Architecture, Checkpoint, Form, Run, Source
from training.opening import OPENINGS, how_to_open_export

HUB_LICENCES = frozenset(
    {"apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0", "gpl-3.0",
     "lgpl-3.0", "mpl-2.0", "openrail", "gemma", "llama3", "llama3.1", "llama3.2"}
)  # fmt: skip
"""The hub's own words; it refuses a card with another, as it does a `base_model` that is no model of its."""


def model_card(checkpoint: Checkpoint, *, form: str, base: str) -> str:
    """The whole README.md. `base` is the base model's name, or what an adapter lies on."""
    with override("en"):
        run = checkpoint.run
        parts = [
            _front_matter(run, form, base),
            f"# {_said(run.project.name)}: {_said(checkpoint)}\n",
            "Trained in InstructStudio.\n",
            _what_it_is(checkpoint, base),
            _how_to_open(run, form, base),
            _data(run.snapshot),
            _scores(checkpoint),
            _settings(run),
            _use(run.snapshot),
        ]
    return "\n".join(parts)


def _front_matter(run: Run, form: str, base: str) -> str:
    languages = sorted(_items(run.snapshot, "revision__language"))
    said: dict[str, Any] = {
        ("base_model" if _is_on_the_hub(run, base) else "trained_from"): base,
        "library_name": {"adapter": "peft", "merged": "transformers"}.get(form, "gguf"),
        "pipeline_tag": OPENINGS[Architecture(run.base_model.architecture)].pipeline,
        "language": [one for one in languages if one],
        "tags": ["instructstudio", run.method],
    }
    if licence := run.base_model.licence:
        known = licence.lower() in HUB_LICENCES
        said |= (
            {"license": licence.lower()} if known else {"license": "other", "license_name": licence}
        )
    lines = [f"{name}: {_yaml(value)}" for name, value in said.items()]
    return "---\n" + "\n".join(lines) + "\n---\n"


def _is_on_the_hub(run: Run, base: str) -> bool:
    """Not where an adapter lies on weights that were trained here, whatever these came from."""
    return run.base_model.source == Source.HUB and base == run.base_model.reference


def _yaml(value: Any) -> str:
    """JSON is YAML; escaped to ASCII, no line of it can end the front matter."""
    return json.dumps(value)


def _what_it_is(checkpoint: Checkpoint, base: str) -> str:
    run = checkpoint.run
    rows = [
        ("Base model", _said(base)),
        ("Licence of the base model", _said(run.base_model.licence) or "not stated"),
        ("Method", str(run.get_method_display())),
        ("Run", f"{run.number}, step {checkpoint.step}"),
        ("Checkpoint SHA-256", f"`{checkpoint.sha256}`"),
    ]
    if run.parent is not None:
        rows.append(("Goes on from", f"{_said(run.parent)} (`{run.parent.sha256}`)"))
    return _section("What it is", _table(rows, ("", "")))


def _how_to_open(run: Run, form: str, base: str) -> str:
    if form == Form.GGUF:
        text = "With llama.cpp (`llama-cli -m model.gguf`) or any program that reads GGUF files.\n"
    else:
        architecture = run.base_model.architecture
        lines = how_to_open_export(architecture, form, base if _is_on_the_hub(run, base) else "")
        says = OPENINGS[Architecture(architecture)].says
        text = (
            f"In Python, from the folder that this file lies in. {says}\n\n```python\n{lines}```\n"
        )
    return _section("How to open it", text)


def _data(snapshot: Snapshot) -> str:
    authors = len(_items(snapshot, "revision__author"))
    rows = [
        (f"{Split(one).label} pairs".capitalize(), f"{snapshot.rows(one):,}")
        for one in Split.values
    ]
    about = [
        ("Snapshot", f"{snapshot.number}"),
        ("Content hash", f"`{snapshot.content_hash}`"),
        *rows,
        ("Authors", f"{authors}"),
        ("Pairs in train and test both", f"{len(snapshot.leaks)}"),
    ]
    parts = [_table(about, ("", ""))]
    for column, title in (("source", "Source"), ("licence", "Licence"), ("language", "Language")):
        found = _items(snapshot, f"revision__{column}")
        told = [(_said(value) or "not stated", f"{n:,}") for value, n in found.most_common(12)]
        parts.append(_table(told, (title, "Pairs")))
    return _section("What it learnt from", "\n".join(parts))


def _scores(checkpoint: Checkpoint) -> str:
    """From the app above, by `settings.MODEL_CARD_SCORES`; training knows no evaluation."""
    found: list[dict[str, Any]] = import_string(settings.MODEL_CARD_SCORES)(checkpoint=checkpoint)
    if not found:
        return _section("What it scored", "Not measured.\n")
    rows = [
        (
            one["split"],
            _said(one["slice"]) or "all",
            one["metric"],
            f"{one['value']:.3f}",
            f"{one['low']:.3f} to {one['high']:.3f}" if one["low"] is not None else "none",
            str(one["n"]),
            one["generation"],
        )
        for one in found
    ]
    heads = ("Split", "Over", "Metric", "Value", "95 % interval", "n", "Generation")
    text = "An output in which no label can be found counts as wrong.\n"
    if falling := sorted({one["metric"] for one in found if smaller_is_better(one["metric"])}):
        text += f"Better when smaller: {', '.join(falling)}; everything else when larger.\n"
    return _section("What it scored", _table(rows, heads) + text)


def _settings(run: Run) -> str:
    rows = [(f"`{name}`", f"`{_said(value)}`") for name, value in sorted(run.settings.items())]
    versions = [(name, one) for name, one in (run.spec or {}).get("versions", {}).items()]
    return _section(
        "How it was trained",
        _table(rows, ("Setting", "Value")) + _table(versions, ("Package", "Version")),
    )


def _use(snapshot: Snapshot) -> str:
    tasks = [(_said(one.name), _said(one.kind)) for one in snapshot.project.tasks.all()
             if one.slug in snapshot.task_infos()]  # fmt: skip
    return (
        _section(
            "What it is for",
            "The instructions of these tasks, put as in its training data:\n\n"
            + _table(tasks, ("Task", "Kind")),
        )
        + "\n"
        + _section(
            "What it is not",
            "Its scores hold for questions like those of its test split, and within their intervals. "
            "Other questions, languages and lengths were not measured. It may answer wrongly with "
            "confidence, and carries over what its base model and its authors' texts are biased to. "
            "Where a wrong answer does harm, a person must read it first.\n",
        )
    )


def _items(snapshot: Snapshot, column: str) -> Counter[Any]:
    return Counter(SnapshotItem.objects.filter(snapshot=snapshot).values_list(column, flat=True))


def _section(title: str, text: str) -> str:
    return f"## {title}\n\n{text}"


def _table(rows: list[Any], heads: tuple[str, ...]) -> str:
    if not rows:
        return ""
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(str, one))} |" for one in lines) + "\n\n"


CELL = str.maketrans(
    {"\\": "\\\\", "|": "\\|", "[": "\\[", "]": "\\]", "<": "&lt;", ">": "&gt;", "`": "'"}
)


def _said(value: Any) -> str:
    """What a person wrote, as one cell: no line, no column and no markup of its own."""
    return " ".join(str(value).split())[:200].translate(CELL)
