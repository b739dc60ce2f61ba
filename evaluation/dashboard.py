"""What the dashboard shows: the score of every checkpoint of a split, beside the untrained model."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from authoring.models import Snapshot
from engine.metrics.direction import smaller_is_better
from evaluation.metrics import SHARES, columns, default_metric
from evaluation.models import Comparison, Evaluation, Score
from training.best import best_of
from training.models import Run
from training.states import LIVE, JobState


@dataclass(frozen=True)
class View:
    """What is looked at. `slice` and `metric` are those of `Score`."""

    snapshot: Snapshot
    split: str
    settings_hash: str
    slice: str
    metric: str
    run: Run | None = None

    @property
    def smaller_is_better(self) -> bool:
        return smaller_is_better(self.metric)


@dataclass(frozen=True)
class Row:
    """One model: its scores by metric, and what it gained on the untrained one."""

    evaluation: Evaluation
    scores: dict[str, Score]
    gain: Comparison | None
    best: bool

    @property
    def is_base(self) -> bool:
        return self.evaluation.checkpoint_id is None

    @property
    def says_something(self) -> bool:
        """It has scores, gets them just now, or could not."""
        return self.evaluation.is_scored or self.evaluation.state in {*LIVE, JobState.FAILED}


@dataclass(frozen=True)
class Board:
    view: View
    rows: list[Row]
    """Untrained models first, then checkpoints by run and step."""
    columns: list[str]
    metrics: list[str]
    slices: list[str]
    settings: list[tuple[str, dict[str, Any]]]
    """Every generation setting that this split was measured with: (hash, settings)."""

    @property
    def shown(self) -> list[Row]:
        return [row for row in self.rows if row.says_something]

    @property
    def silent(self) -> list[Row]:
        """Those that wait, or were stopped: there may be many, and they are listed apart."""
        return [row for row in self.rows if not row.says_something]

    @property
    def best(self) -> Row | None:
        return next((row for row in self.rows if row.best), None)

    @property
    def has_gains(self) -> bool:
        """Weights that came from nothing have no untrained model to gain on."""
        return any(row.gain is not None for row in self.rows)

    @property
    def base(self) -> Row | None:
        """The untrained model of the best checkpoint, or the only one there is."""
        bases = [row for row in self.rows if row.is_base]
        if self.best is not None:
            model = self.best.evaluation.base_model_id
            bases = [row for row in bases if row.evaluation.base_model_id == model] or bases
        return bases[0] if bases else None

    @property
    def series(self) -> list[dict[str, Any]]:
        """Lines for the chart: each run's scores over its steps, each untrained model as a level."""
        measured = [row.evaluation for row in self.rows if self.view.metric in row.scores]
        steps = [one.checkpoint.step for one in measured if one.checkpoint]
        ends = sorted({0, *steps} if steps else {0, 1})
        lines: dict[str, dict[str, Any]] = {}
        for row in self.rows:
            score = row.scores.get(self.view.metric)
            if score is None or score.value is None:
                continue
            checkpoint = row.evaluation.checkpoint
            name = str(checkpoint.run) if checkpoint else str(row.evaluation.base_model)
            line = lines.setdefault(name, {"name": name, "points": [], "low": [], "high": []})
            for step in [checkpoint.step] if checkpoint else [ends[0], ends[-1]]:
                line["points"].append([step, score.value])
                line["low"].append(score.low)
                line["high"].append(score.high)
        return list(lines.values())


def board(
    *,
    snapshot: Snapshot,
    split: str,
    settings_hash: str = "",
    slice: str | None = None,
    metric: str = "",
    run: Run | None = None,
) -> Board:
    """All models of one split under one generation setting.

    What is left out is chosen: the setting most often used, the whole split (or, where the split
    holds several tasks, its first), and that slice's default metric. With `run`, only this run's
    checkpoints and the untrained models.
    """
    measured = list(Evaluation.objects.of_split(snapshot, split).with_subject())
    settings = _settings_of(measured)
    chosen = settings_hash if settings_hash in dict(settings) else _first(settings)
    shown = [one for one in measured if one.settings_hash == chosen and _belongs(one, run)]
    scores = list(Score.objects.filter(evaluation__in=shown))
    slices = _slices(scores)
    where = slice if slice in slices else _first_slice(slices)
    here = [one for one in scores if one.slice == where]
    metrics = list(dict.fromkeys(one.metric for one in here if one.metric not in SHARES))
    what = metric if metric in metrics else default_metric(metrics)
    view = View(snapshot, split, chosen, where, what, run)
    return Board(view, _rows(shown, here, view), columns(metrics, what), metrics, slices, settings)


def _settings_of(measured: Iterable[Evaluation]) -> list[tuple[str, dict[str, Any]]]:
    counts = Counter(one.settings_hash for one in measured)
    by_hash = {one.settings_hash: one.settings for one in measured}
    return [(hash, by_hash[hash]) for hash, _ in counts.most_common()]


def _first(settings: list[tuple[str, dict[str, Any]]]) -> str:
    return settings[0][0] if settings else ""


def _belongs(evaluation: Evaluation, run: Run | None) -> bool:
    if run is None or evaluation.checkpoint is None:
        return True
    return evaluation.checkpoint.run_id == run.pk or evaluation.checkpoint_id == run.parent_id


def _slices(scores: list[Score]) -> list[str]:
    """The whole first, then tasks, languages, tags, authors; labels have their own table."""
    found = {one.slice for one in scores if "label:" not in one.slice}
    order = ("", "task", "language", "tag", "author")
    return sorted(found, key=lambda one: (order.index(one.partition(":")[0]), one))


def _first_slice(slices: list[str]) -> str:
    return next((one for one in slices if one.startswith("task:") and "/" not in one), "")


def _rows(shown: list[Evaluation], here: list[Score], view: View) -> list[Row]:
    by_evaluation: dict[int, dict[str, Score]] = {one.pk: {} for one in shown}
    for score in here:
        by_evaluation[score.evaluation_id][score.metric] = score
    gains = {
        one.second_id: one
        for one in Comparison.objects.filter(
            second__in=shown, first__checkpoint=None, metric=view.metric, slice=view.slice
        )
    }
    best = _best(shown, by_evaluation, view.metric)
    rows = [
        Row(one, by_evaluation[one.pk], gains.get(one.pk), one.pk == best)
        for one in sorted(shown, key=_by_run_and_step)
    ]
    return rows


def _best(shown: list[Evaluation], scores: dict[int, dict[str, Score]], metric: str) -> int | None:
    """The checkpoint that did best on the validation split while it was trained.

    The test split only measures it: choosing by it would flatter the headline. Untrained models
    don't count.
    """
    scored = {
        one.checkpoint: one.pk
        for one in shown
        if one.checkpoint and metric in scores[one.pk] and scores[one.pk][metric].value is not None
    }
    best = best_of(list(scored), rewards={})
    return scored[best] if best else None


def _by_run_and_step(evaluation: Evaluation) -> tuple[int, int, int]:
    checkpoint = evaluation.checkpoint
    if checkpoint is None:
        return (0, 0, evaluation.base_model_id)
    return (1, checkpoint.run.number, checkpoint.step)
