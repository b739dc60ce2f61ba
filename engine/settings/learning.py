"""What is trained and how it moves: tuning, learning rate, schedule, optimiser."""

from __future__ import annotations

from dataclasses import dataclass

from engine.settings.option import option


@dataclass(frozen=True)
class Learning:
    """What training changes, and by which rule."""

    tuning: str = option(
        "lora", "What is trained: low-rank adapters or all weights.", choices=("lora", "full")
    )
    learning_rate: float = option(
        1e-3,
        "Peak learning rate. LoRA likes 1e-3 on small models, full weights 1e-5 to 1e-4.",
        ge=0.0,
        le=1.0,
    )
    schedule: str = option(
        "cosine",
        "How the learning rate moves after warm-up.",
        choices=("cosine", "linear", "constant"),
        more=True,
    )
    warmup: float = option(0.05, "Share of the steps spent warming up.", ge=0.0, le=0.9, more=True)
    weight_decay: float = option(0.0, "AdamW weight decay.", ge=0.0, le=1.0, more=True)
    clip: float = option(
        1.0, "Gradient norm is clipped to this; 0 turns clipping off.", ge=0.0, le=1000.0, more=True
    )
    lora_rank: int = option(16, "Rank of the adapters.", ge=1, le=512, more=True)
    lora_alpha: int = option(
        32, "Adapter scale; the update is multiplied by alpha/rank.", ge=1, le=1024, more=True
    )
    lora_dropout: float = option(0.0, "Dropout on the adapters' input.", ge=0.0, le=0.9, more=True)
