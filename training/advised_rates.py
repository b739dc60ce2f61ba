"""Learning rates that work, by what is trained and how large it is: one table, with its sources.

- LoRA's best rate is about ten times that of all weights, and hardly depends on the rank: Schulman
  et al. (2025), "LoRA Without Regret".
- 2e-4 for adapters on 7–13 billion weights, 1e-4 on 33–65: Dettmers et al. (2023), QLoRA, table 9.
- 2e-5 for all of 7 billion weights: Taori et al. (2023), Alpaca; 1e-5 to 5e-5 is what BERT-sized
  models were found to like: Devlin et al. (2019), appendix A.3.
- 1e-3 for adapters on SmolLM2-135M: docs/benchmarks.md (TREC, three seeds).
- From nothing, 3e-4 to 6e-3 for models below 100 million: Kaplan et al. (2020), appendix D.6.
- Reward: a tenth of SFT's; Shao et al. (2024), DeepSeekMath, take 1e-6 for all of 7 billion.
"""

from typing import NamedTuple

from engine.settings import GRPOSettings, TrainSettings
from training.models import BaseModel, Checkpoint


class Rates(NamedTuple):
    low: float
    good: float
    high: float


class Row(NamedTuple):
    method: str
    tuning: str
    weights: float
    """Up to so many."""
    rates: Rates


ANY = float("inf")
TABLE = (
    Row("sft", "lora", 5e8, Rates(1e-4, 1e-3, 3e-3)),
    Row("sft", "lora", 3e9, Rates(5e-5, 5e-4, 2e-3)),
    Row("sft", "lora", ANY, Rates(2e-5, 2e-4, 1e-3)),
    Row("sft", "full", 5e8, Rates(5e-6, 5e-5, 5e-4)),
    Row("sft", "full", ANY, Rates(1e-6, 2e-5, 1e-4)),
    Row("sft", "scratch", ANY, Rates(1e-4, 1e-3, 1e-2)),
    Row("grpo", "lora", 5e8, Rates(1e-6, 3e-5, 3e-4)),
    Row("grpo", "lora", ANY, Rates(1e-6, 1e-5, 1e-4)),
    Row("grpo", "full", ANY, Rates(1e-7, 1e-6, 5e-5)),
    Row("grpo", "scratch", ANY, Rates(1e-6, 3e-5, 5e-4)),
)


def rates_for(
    settings: TrainSettings, base: BaseModel | None, checkpoint: Checkpoint | None = None
) -> Rates:
    """The first row of the table that fits."""
    method = "grpo" if isinstance(settings, GRPOSettings) else "sft"
    return rates(method, settings.tuning, base)


def rates(method: str, tuning: str, base: BaseModel | None) -> Rates:
    kind = "scratch" if base is not None and not base.pretrained else tuning
    kind = "full" if kind == "full" else "scratch" if kind == "scratch" else "lora"
    size = (base.parameters if base else None) or 0
    return next(
        row.rates
        for row in TABLE
        if (row.method, row.tuning) == (method, kind) and size <= row.weights
    )
