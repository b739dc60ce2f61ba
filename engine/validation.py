"""What a run measures of itself, on rows that it doesn't train on.

The loss on every row, and the headline metric of each task on generated answers: a falling loss
with a standing metric is a common way to be fooled.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch

from engine.adapters import merged
from engine.dataset import examples_of, read_split
from engine.decoding import Completion, Decoding, Ids
from engine.job import Job
from engine.metrics import SCORERS, Answer, scorers_for
from engine.metrics.calibration import brier
from engine.metrics.forecasts import forecasts_of
from engine.models import Loaded
from engine.records import read_tasks
from engine.settings import TrainSettings

SAMPLES = 4
"""Answers shown with each measurement."""
LONGEST_ANSWER = 64
"""Tokens generated at most: this is a look during training, not an evaluation."""


class Validation:
    """The first `validation_rows` of the validation split in a seeded order; maybe none."""

    def __init__(self, job: Job, loaded: Loaded) -> None:
        settings = job.settings(TrainSettings)
        self._job = job
        self._loaded = loaded
        self._tokens_per_batch = settings.tokens_at_once
        self._records, self._examples = [], []
        if settings.validation_rows and "validation" in job.spec.data:
            records = read_split(job, "validation")
            random.Random(settings.seed).shuffle(records)
            records = records[: settings.validation_rows]
            self._examples = examples_of(
                job, loaded.formatter, records, "validation", loaded.context
            )
            used = {one.record for one in self._examples}
            self._records = [one for one in records if one.id in used]
            self._tasks = read_tasks(job.run.tasks_path)

    def measure(self, step: int) -> dict[str, float]:
        """`validation/loss` and, once something was trained, `validation/<metric>` by generating;
        nothing in processes beside the main one.

        Weights, mode and random generators are afterwards as they were before.
        """
        if not self._examples:
            return {}
        with self._loaded.whole():
            return self._look(step) if self._job.world.main else {}

    def _look(self, step: int) -> dict[str, float]:
        with _looking(self._loaded):
            values = {"validation/loss": self._loss()}
            if step:
                values.update(self._metrics(step))
        return values

    def _loss(self) -> float:
        """Mean cross-entropy over all label tokens, in nats."""
        summed, labels = 0.0, 0
        family = self._loaded.family
        share = self._loaded.shares
        for micro in family.split(self._examples, self._tokens_per_batch, share=share):
            with self._loaded.autocast():
                summed += family.summed_loss(self._loaded.transformer, micro).item()
            labels += micro.label_tokens
        return summed / labels

    def _metrics(self, step: int) -> dict[str, float]:
        """Means of the tasks' headline scorers over greedy answers and, of a classifier, its Brier
        score (its log loss is the loss); says a few of them."""
        prompts = [one.ids[: one.prompt_length] for one in self._examples]
        longest = max(len(one.ids) - one.prompt_length for one in self._examples)
        formatter = self._loaded.formatter
        with merged(self._loaded.model), self._loaded.autocast():
            answers = self._answers(prompts, min(longest, LONGEST_ANSWER))
        scores: dict[str, list[float]] = defaultdict(list)
        for at, (record, [answer]) in enumerate(zip(self._records, answers, strict=True)):
            task = self._tasks[record.task]
            scorer = scorers_for(task)[0]
            output = formatter.decode(answer.ids)
            score = SCORERS[scorer]("", output, record.all_references, task)
            scores["accuracy" if scorer == "label_match" else scorer].append(score)
            if answer.by_label is not None:
                said = Answer(record, output, answer.ended, answer.by_label)
                scores["brier"].append(brier(forecasts_of(task, [said])))
            if at < SAMPLES:
                self._job.events.say(
                    "sample",
                    step=step,
                    record=record.id,
                    prompt=formatter.prompt(record).text,
                    output=output,
                    reference=record.response,
                    score=score,
                )
        return {f"validation/{name}": sum(ones) / len(ones) for name, ones in scores.items()}

    def _answers(self, prompts: Sequence[Ids], most: int) -> list[list[Completion]]:
        """Greedy ones of at most so many tokens; to prompts that leave less room than that among the
        model's positions, of as many as the longest of them leaves: an own answer's at least."""
        loaded = self._loaded
        room = loaded.family.room(loaded.transformer, most)
        tight = [at for at, one in enumerate(prompts) if room is not None and len(one) > room]
        loose = [at for at in range(len(prompts)) if at not in tight]
        left = (loaded.context or 0) - max((len(prompts[at]) for at in tight), default=0)
        found: dict[int, list[Completion]] = {}
        for group, tokens in ((loose, most), (tight, left)):
            said = loaded.answers([prompts[at] for at in group], Decoding(max_new_tokens=tokens))
            found |= dict(zip(group, said, strict=True))
        return [found[at] for at in range(len(prompts))]


@contextmanager
def _looking(loaded: Loaded) -> Iterator[None]:
    """No gradients, no dropout, and no trace left in the random generators."""
    training = loaded.model.training
    devices = [loaded.device] if loaded.device.type == "cuda" else []
    loaded.model.eval()
    try:
        with torch.no_grad(), torch.random.fork_rng(devices):
            yield
    finally:
        loaded.model.train(training)
