"""The scores of one evaluation, laid out as a page reads them."""

from dataclasses import dataclass, field

from authoring import language
from evaluation.metrics import OF_PROBABILITIES, SHARES, columns, default_metric
from evaluation.models import Evaluation, Score
from evaluation.reliability import Diagram, diagram
from evaluation.slice_names import person_names, slice_names


@dataclass
class Line:
    """One label, or one slice: its scores by metric."""

    key: str
    name: str
    scores: dict[str, Score] = field(default_factory=dict)

    @property
    def first(self) -> Score | None:
        return next(iter(self.scores.values()), None)


@dataclass
class Section:
    """The whole split, or one of its tasks."""

    slice: str
    name: str
    scores: dict[str, Score] = field(default_factory=dict)
    labels: list[Line] = field(default_factory=list)

    @property
    def headline(self) -> Score | None:
        return self.scores.get(default_metric(list(self.scores)))

    @property
    def measures(self) -> list[Score]:
        """What stands on top: accuracy and the three macro scores, or each text metric."""
        found = [one for one in self.scores if one not in SHARES]
        return [self.scores[one] for one in columns(found, "")]

    @property
    def averages(self) -> list[tuple[str, list[Score | None]]]:
        """Precision, recall and F1 under each averaging; empty where there are no labels."""
        if "f1_macro" not in self.scores:
            return []
        return [
            (
                average,
                [self.scores.get(f"{one}_{average}") for one in ("precision", "recall", "f1")],
            )
            for average in ("macro", "micro", "weighted")
        ]

    @property
    def believed(self) -> list[Score]:
        """How far its probabilities can be believed; empty where the model gave none."""
        return [self.scores[one] for one in OF_PROBABILITIES if one in self.scores]

    @property
    def reliability(self) -> Diagram | None:
        return diagram(self.scores["ece"]) if "ece" in self.scores else None

    @property
    def has_areas(self) -> bool:
        return any("auroc" in one.scores for one in self.labels)

    @property
    def shares(self) -> list[Score]:
        return [self.scores[one] for one in SHARES if one in self.scores]


@dataclass
class Report:
    sections: list[Section]
    slices: list[tuple[str, list[Line]]]
    """(dimension, its values): language, tag, author."""


def report(evaluation: Evaluation) -> Report:
    scores = list(evaluation.scores.order_by("id"))
    names = slice_names(evaluation.project, {one.slice for one in scores})
    people = person_names(one.slice for one in scores)
    sections: dict[str, Section] = {}
    slices: dict[str, dict[str, Line]] = {}
    for one in scores:
        task, inside = _parts(one.slice)
        dimension, _colon, value = inside.partition(":")
        if not inside or dimension == "label":
            section = sections.setdefault(task, Section(task, names.get(task, task)))
            if inside:
                _line(section.labels, value).scores[one.metric] = one
            else:
                section.scores[one.metric] = one
        elif not task:
            lines = slices.setdefault(dimension, {})
            line = lines.setdefault(value, Line(value, _named(dimension, value, people)))
            line.scores[one.metric] = one
    ordered = [sections[key] for key in sorted(sections)]
    return Report(
        ordered, [(dimension, list(lines.values())) for dimension, lines in slices.items()]
    )


def _named(dimension: str, value: str, people: dict[str, str]) -> str:
    match dimension:
        case "author":
            return people.get(value, value)
        case "language":
            return language.name(value)
    return value


def _parts(slice: str) -> tuple[str, str]:
    """("task:intent", "label:refund") of `task:intent/label:refund`; either may be empty."""
    if not slice.startswith("task:"):
        return "", slice
    task, _slash, inside = slice.partition("/")
    return task, inside


def _line(lines: list[Line], key: str) -> Line:
    for line in lines:
        if line.key == key:
            return line
    lines.append(Line(key, key))
    return lines[-1]
