"""What to launch with, and why: a table of rules over a few facts, no black box.

Each rule looks at the facts and gives a value with a sentence, or stays silent; a setting that no
rule speaks of keeps its default. The sources stand beside the rules and in
docs/adr/0020-the-advisor-is-a-table.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from authoring.models import Project, Snapshot, Split
from engine.architectures import ARCHITECTURES
from engine.errors import SpecError
from engine.machine import memory_bytes
from engine.records import TaskInfo
from engine.rewards import reward_for
from training.advised_rates import rates
from training.handlers.files import tasks_of
from training.model_state import Readiness, state_of
from training.models import BaseModel, Calibration, Checkpoint, Method, Run
from training.states import JobState

MANY_FOR_A_CLASSIFIER = 150
"""Train pairs from which a head of its own pays: fewer, and the decoder's words help more."""
MANY_FOR_ALL_WEIGHTS = 20_000
BYTES_A_WEIGHT = 16
"""float32 weights, gradients and AdamW's two means."""


@dataclass(frozen=True)
class Facts:
    """What the rules may look at."""

    kinds: frozenset[str]
    rows: int
    labels: int
    languages: dict[str, int]
    """Train rows by language."""
    memory: int
    """Bytes of the worker that measured something last, else of this machine."""
    models: list[BaseModel]
    """Those that could start now."""
    checkpoint: Checkpoint | None
    """The best one of the project's newest finished SFT run on this snapshot."""
    rewardable: bool
    """Every task's own reward tells right answers from wrong ones by itself."""

    @property
    def chinese(self) -> float:
        return self.languages.get("zh", 0) / max(1, sum(self.languages.values()))


@dataclass(frozen=True)
class Advised:
    name: str
    """A setting's name, `start` or `method`."""
    value: Any
    shown: str
    why: str


@dataclass(frozen=True)
class Advice:
    facts: Facts
    advised: list[Advised]

    def value(self, name: str) -> Any:
        return next((one.value for one in self.advised if one.name == name), None)

    @property
    def address(self) -> str:
        """The query of the launch form's address that fills it with all of this."""
        return urlencode({one.name: one.value for one in self.advised})


def advise(project: Project, snapshot: Snapshot) -> Advice:
    facts = facts_of(project, snapshot)
    advice = Advice(facts, [])
    for rule in RULES:
        if found := rule(facts, advice):
            advice.advised.append(found)
    return advice


def facts_of(project: Project, snapshot: Snapshot) -> Facts:
    tasks = tasks_of(snapshot, Split.TRAIN)
    counts = snapshot.counts.get(Split.TRAIN, {})
    measured = Calibration.objects.done().first()
    ready = [one for one in BaseModel.objects.all() if state_of(one).readiness == Readiness.READY]
    return Facts(
        kinds=frozenset(one.kind for one in tasks.values()),
        rows=snapshot.rows(Split.TRAIN),
        labels=len(counts.get("labels", {})),
        languages=counts.get("languages", {}),
        memory=(measured.values.get("memory") if measured else 0) or memory_bytes(),
        models=[one for one in ready if one.architecture in ARCHITECTURES],
        checkpoint=_best_checkpoint(project, snapshot),
        rewardable=bool(tasks) and all(_rewarded(one) for one in tasks.values()),
    )


def _best_checkpoint(project: Project, snapshot: Snapshot) -> Checkpoint | None:
    finished = Run.objects.filter(
        project=project, snapshot=snapshot, method=Method.SFT, state=JobState.FINISHED
    )
    run = finished.exclude(best_checkpoint=None).select_related("best_checkpoint").first()
    return run.best_checkpoint if run else None


def _rewarded(task: TaskInfo) -> bool:
    try:
        reward_for("task", task)
    except SpecError:
        return False
    return task.kind in {"classification", "short_answer"}


def _method(facts: Facts, advice: Advice) -> Advised:
    """DeepSeekMath, InstructGPT: reward begins where supervised training ended."""
    if facts.checkpoint and facts.rewardable:
        why = _(
            "There is a trained checkpoint, and these tasks reward themselves: reward can go on."
        )
        return Advised("method", Method.GRPO.value, str(Method.GRPO.label), why)
    why = _("Written responses are what there is to learn from; reward comes after it.")
    if facts.rewardable:
        why = _("First the written responses; these tasks can then go on by reward.")
    return Advised("method", Method.SFT.value, str(Method.SFT.label), why)


def _start(facts: Facts, advice: Advice) -> Advised | None:
    """Howard and Ruder (2018), ULMFiT; Devlin et al. (2019), BERT: pretrained beats nothing;
    an encoder with a head is the cheapest classifier once there are enough labels."""
    if advice.value("method") == Method.GRPO and facts.checkpoint:
        one = facts.checkpoint
        why = _("The best checkpoint of the newest finished run on this snapshot.")
        return Advised("start", f"checkpoint:{one.pk}", str(one.run), why)
    only_labels = facts.kinds == {"classification"}
    for architecture, fits, why in (
        (
            "encoder_classifier",
            only_labels and facts.rows >= MANY_FOR_A_CLASSIFIER and facts.chinese < 0.2,
            _("Every task picks a label and there are enough pairs: an encoder with a head is "
              "quicker to train and to ask than a model that writes its answer."),
        ),
        (
            "decoder",
            True,
            _("It has read a language already; few pairs teach it a task, not the language."),
        ),
    ):  # fmt: skip
        found = _smallest(facts, architecture) if fits else None
        if found:
            return Advised("start", f"model:{found.pk}", found.name, why)
    scratch = [one for one in facts.models if not one.pretrained and one.architecture == "decoder"]
    if not scratch:
        return None
    why = _("No pretrained model is here: from scratch it learns the labels, not the language.")
    return Advised("start", f"model:{scratch[0].pk}", scratch[0].name, why)


def _smallest(facts: Facts, architecture: str) -> BaseModel | None:
    """Of the pretrained models of an architecture, the largest whose adapters fit in the memory."""
    fitting = [
        one
        for one in facts.models
        if one.pretrained
        and one.architecture == architecture
        and (one.parameters or 0) * 6 < facts.memory
    ]
    return max(fitting, key=lambda one: one.parameters or 0, default=None)


def _tuning(facts: Facts, advice: Advice) -> Advised | None:
    """Hu et al. (2022), LoRA; Schulman et al. (2025): equal to all weights on small data."""
    base = _base(facts, advice)
    if base is None or (not base.pretrained and not str(advice.value("start")).startswith("check")):
        return Advised("tuning", "full", _("all weights"), _("From nothing, all is to be learnt."))
    fits = (base.parameters or 0) * BYTES_A_WEIGHT < facts.memory * 0.8
    if "lora" not in ARCHITECTURES[base.architecture].tunings:
        return None
    if facts.rows >= MANY_FOR_ALL_WEIGHTS and fits:
        why = _("With this many pairs all weights have something to learn, and they fit in memory.")
        return Advised("tuning", "full", _("all weights"), why)
    why = _("On few pairs adapters learn as well as all weights, and forget less.")
    if not fits:
        why = _("All weights with their optimiser would not fit in the worker's memory.")
    return Advised("tuning", "lora", _("LoRA adapters"), why)


def _rate(facts: Facts, advice: Advice) -> Advised:
    """`training.advised_rates` names its sources."""
    tuning = advice.value("tuning") or "lora"
    base = _base(facts, advice)
    good = rates(str(advice.value("method")), tuning, base)
    why = _("What is trained, and how large the model is, decide it: %(low)s to %(high)s work.")
    words = {"low": f"{good.low:g}", "high": f"{good.high:g}"}
    return Advised("learning_rate", good.good, f"{good.good:g}", why % words)


def _epochs(facts: Facts, advice: Advice) -> Advised | None:
    """Zhou et al. (2023), LIMA: 15 epochs on 1,000 pairs; Taori et al. (2023), Alpaca: 3 on 52,000.
    From nothing, a few hundred steps at least."""
    if advice.value("method") != Method.SFT:
        return None
    base = _base(facts, advice)
    scratch = base is not None and not base.pretrained
    table = SCRATCH_EPOCHS if scratch else EPOCHS
    epochs = next(epochs for most, epochs in table if facts.rows <= most)
    why = ngettext(
        "%(rows)s pair: this often the loss on held-out pairs still falls.",
        "%(rows)s pairs: this often the loss on held-out pairs still falls.",
        facts.rows,
    ) % {"rows": number_format(facts.rows, force_grouping=True)}
    return Advised("epochs", epochs, str(epochs), why)


EPOCHS = ((200, 5), (2_000, 3), (20_000, 2), (float("inf"), 1))
SCRATCH_EPOCHS = ((200, 60), (2_000, 20), (20_000, 6), (float("inf"), 2))


def _batch(facts: Facts, advice: Advice) -> Advised | None:
    """At least a dozen steps an epoch: Masters and Luschi (2018), small batches generalise."""
    if advice.value("method") != Method.SFT:
        return None
    size = next((one for one in (16, 8, 4, 2) if facts.rows >= 12 * one), 1)
    why = _("A dozen steps an epoch or more: small batches learn more from few pairs.")
    return Advised("batch_size", size, str(size), why)


def _length(facts: Facts, advice: Advice) -> Advised:
    why = _("As long as the data is: 99 in 100 pairs whole, no answer cut.")
    return Advised("max_length", 0, _("from the data"), why)


def _base(facts: Facts, advice: Advice) -> BaseModel | None:
    start = str(advice.value("start") or "")
    if start.startswith("checkpoint:") and facts.checkpoint:
        return facts.checkpoint.run.base_model
    return next((one for one in facts.models if start == f"model:{one.pk}"), None)


RULES: tuple[Callable[[Facts, Advice], Advised | None], ...] = (
    _method,
    _start,
    _tuning,
    _rate,
    _epochs,
    _batch,
    _length,
)
"""In the order in which they build on each other."""
