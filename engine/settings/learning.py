"""What is trained and how it moves: tuning, learning rate, schedule, optimiser."""

from __future__ import annotations

from dataclasses import dataclass

from engine.settings.option import option


@dataclass(frozen=True)
class Learning:
    """What training changes, and by which rule."""

    tuning: str = option(
        "lora",
        "What is trained: low-rank adapters (DoRA: with a magnitude of their own; QLoRA: on a base in "
        "4 bits, which needs CUDA) or all weights.",
        choices=("lora", "dora", "qlora", "full"),
    )
    learning_rate: float = option(
        1e-3,
        "Peak learning rate. LoRA likes 1e-3 on small models, full weights 1e-5 to 1e-4.",
        ge=0.0,
        le=1.0,
    )
    schedule: str = option(
        "cosine",
        "How the learning rate moves after warm-up; wsd stays at its peak and falls at the end.",
        choices=("cosine", "linear", "wsd", "constant"),
        more=True,
    )
    warmup: float = option(0.05, "Share of the steps spent warming up.", ge=0.0, le=0.9, more=True)
    decay: float = option(
        0.2,
        "wsd: share of the steps in which the rate falls at the end.",
        ge=0.0,
        le=1.0,
        more=True,
    )
    optimiser: str = option(
        "adamw",
        "AdamW; AdamW with 8-bit moments, a quarter of the memory, which needs CUDA; or Muon for the "
        "matrices of a model that is trained whole, with AdamW for the rest.",
        choices=("adamw", "adamw_8bit", "muon"),
        more=True,
    )
    weight_decay: float = option(0.0, "Decoupled weight decay.", ge=0.0, le=1.0, more=True)
    clip: float = option(
        1.0, "Gradient norm is clipped to this; 0 turns clipping off.", ge=0.0, le=1000.0, more=True
    )
    lora_rank: int = option(16, "Rank of the adapters.", ge=1, le=512, more=True)
    lora_alpha: int = option(
        32, "Adapter scale; the update is multiplied by alpha/rank.", ge=1, le=1024, more=True
    )
    lora_dropout: float = option(
        0.0,
        "Dropout on the adapters' input; learning from reward switches it off.",
        ge=0.0,
        le=0.9,
        more=True,
    )
    averaging: str = option(
        "none",
        "What the final checkpoint holds: the last weights, their exponential moving average, or "
        "the mean of those at the last checkpoints.",
        choices=("none", "ema", "last_k"),
        more=True,
    )
    ema_decay: float = option(
        0.999, "ema: how much of the average each step keeps.", ge=0.0, le=0.99999, more=True
    )
    average_last: int = option(
        3, "last_k: checkpoints in the mean, the final one included.", ge=2, le=100, more=True
    )

    @property
    def adapts(self) -> bool:
        """Whether adapters are trained on a frozen base, rather than all weights."""
        return self.tuning != "full"
