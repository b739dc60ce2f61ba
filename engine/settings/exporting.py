"""What an export can be asked for."""

from __future__ import annotations

from dataclasses import dataclass

from engine.settings.option import option


@dataclass(frozen=True)
class ExportSettings:
    """A checkpoint in the form that somebody else's program opens."""

    form: str = option(
        "merged",
        "The adapter alone, the whole weights with the adapter summed in, or one GGUF file.",
        choices=("adapter", "merged", "gguf"),
    )
    numbers: str = option(
        "float32",
        "Number format of what is written; an adapter stays as it was trained.",
        choices=("float32", "float16", "bfloat16"),
    )
