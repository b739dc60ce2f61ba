"""Rollouts: answers that the policy samples to learn from, with what each of them earned.

seeded prompts ─▸ group_size samples each ─▸ reward (a metric) ─▸ advantage within the group
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean, stdev

from engine import together
from engine.adapters import merged
from engine.batching import Sampler
from engine.dataset import read_split
from engine.errors import DataError
from engine.formatting import Example, Prompt
from engine.generation import Completion, Decoding
from engine.job import Job
from engine.models import Loaded
from engine.records import Record, read_tasks
from engine.rewards import Scorer, reward_for
from engine.settings import GRPOSettings
from engine.words import _

EPSILON = 1e-4
"""Added to a group's standard deviation, as TRL does."""


@dataclass
class Rollout:
    """One sampled answer. Log-probabilities are one a token of the answer, in nats."""

    record: int
    """`Record.id`."""
    ids: list[int]
    prompt_length: int
    reward: float
    advantage: float
    old: list[float] = field(default_factory=list)
    """Under the policy that sampled it; filled when more than one step is taken on it."""
    reference: list[float] = field(default_factory=list)
    """Under the reference model; empty when the KL has no weight."""

    @property
    def length(self) -> int:
        return len(self.ids) - self.prompt_length

    def example(self) -> Example:
        """As something to train on: the answer's tokens, its stop token included, are labels."""
        return Example(self.ids, self.prompt_length, self.record, dropped_turns=0)


def advantages(rewards: Sequence[float], scale: bool) -> list[float]:
    """How much better than its group each sample did.

    Formula: (r − mean) / (standard deviation + 1e-4), the deviation with n − 1 as in TRL;
    without `scale`, r − mean (Dr. GRPO). A group of equal rewards has none: all zeros.
    Source: Shao et al. (2024), DeepSeekMath; Liu et al. (2025), Dr. GRPO.

    >>> advantages([1.0, 0.0], scale=False)
    [0.5, -0.5]
    """
    centre = fmean(rewards)
    spread = stdev(rewards) + EPSILON if scale else 1.0
    return [(one - centre) / spread for one in rewards]


class Roller:
    """Samples rollouts; which prompts and which random numbers is a function of seed and set."""

    def __init__(self, job: Job, loaded: Loaded) -> None:
        """Raises SpecError when the reward doesn't fit a task, DataError when no prompt fits."""
        settings = job.settings(GRPOSettings)
        self._job = job
        self._loaded = loaded
        self._settings = settings
        tasks = read_tasks(job.run.tasks_path)
        self._tasks = tasks
        self._rewards = {slug: reward_for(settings.reward, task) for slug, task in tasks.items()}
        self._records, self._prompts = self._that_fit(read_split(job, "train"))
        sets = -(-settings.steps // settings.inner_steps)
        self._sampler = Sampler(
            len(self._records),
            settings.prompts_per_step,
            sets * settings.prompts_per_step / len(self._records),
            settings.seed,
        )
        self._how = Decoding(
            max_new_tokens=settings.max_new_tokens,
            temperature=settings.temperature,
            samples=settings.group_size,
            seed=settings.seed,
            tokens_per_batch=settings.tokens_at_once,
        )

    def sample(self, number: int, say_at: int | None) -> list[Rollout]:
        """The `number`-th set of rollouts under the present weights, group after group.

        Several processes answer some prompts each, and get all the rollouts.
        `say_at` is the step under which the best and the worst of two groups are shown.
        """
        chosen = self._sampler.step(number)
        world = self._job.world
        first = number * self._settings.prompts_per_step
        mine = world.every(range(len(chosen)))
        with merged(self._loaded.model), self._loaded.autocast():
            groups = self._loaded.answers(
                [self._prompts[chosen[place]].ids for place in mine],
                self._how,
                keys=[first + place for place in mine],
            )
        groups = [
            [Completion(*one) for one in group] for group in together.collected(world, groups)
        ]
        rollouts = []
        for place, (at, group) in enumerate(zip(chosen, groups, strict=True)):
            made = self._rewarded(at, group)
            if say_at is not None and place < 2:
                best, worst = (pick(made, key=lambda one: one.reward) for pick in (max, min))
                for one in [best] if best is worst else [best, worst]:
                    self._show(at, one, say_at)
            rollouts.extend(made)
        return rollouts

    def _rewarded(self, at: int, group: Sequence[Completion]) -> list[Rollout]:
        record, prompt = self._records[at], self._prompts[at]
        reward: Scorer = self._rewards[record.task]
        earned = [
            reward(
                prompt.text,
                self._loaded.formatter.decode(one.ids),
                record.all_references,
                self._tasks[record.task],
            )
            for one in group
        ]
        return [
            Rollout(record.id, prompt.ids + one.ids, len(prompt.ids), reward, advantage)
            for one, reward, advantage in zip(
                group, earned, advantages(earned, self._settings.scale_advantages), strict=True
            )
        ]

    def _show(self, at: int, rollout: Rollout, step: int) -> None:
        self._job.events.say(
            "sample",
            step=step,
            record=rollout.record,
            prompt=self._prompts[at].text,
            output=self._loaded.formatter.decode(rollout.ids[rollout.prompt_length :]),
            reference=self._records[at].response,
            score=rollout.reward,
            advantage=round(rollout.advantage, 4),
        )

    def _that_fit(self, records: list[Record]) -> tuple[list[Record], list[Prompt]]:
        """Records whose prompt leaves room for an answer, and whose own response can be scored."""
        settings, loaded = self._settings, self._loaded
        room = loaded.family.room(loaded.transformer, settings.max_new_tokens)
        if settings.max_length:
            asked = settings.max_length - settings.max_new_tokens
            room = asked if room is None else min(asked, room)
        shorten = settings.truncate_input == "sentences"
        kept, prompts = [], []
        for record in records:
            prompt = loaded.formatter.prompt(record, room, shorten_input=shorten)
            reward = self._rewards[record.task]
            reward(prompt.text, record.response, record.all_references, self._tasks[record.task])
            if room is None or len(prompt.ids) <= room:
                kept.append(record)
                prompts.append(prompt)
        if len(kept) < len(records):
            self._job.log(
                f"{len(records) - len(kept)} prompts of train are longer than {room} tokens "
                "(the maximum or the model's context, less max_new_tokens) and are left out",
                "warning",
            )
        if not kept:
            raise DataError(
                _("no prompt of train fits %(room)s tokens", room=max(0, room or 0)),
                _(
                    "Lower max_new_tokens, or raise max_length where it is below what the model can read."
                ),
            )
        return kept, prompts
