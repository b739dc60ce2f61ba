"""What a job is asked to do: `spec.json`, as frozen dataclasses.

JobSpec                 the whole file
├── model: ModelRef     where weights start
├── data: {split: DataRef}
└── settings: SFTSettings | GRPOSettings | PredictSettings   (`engine.settings`)
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine import FORMAT
from engine.errors import SpecError
from engine.settings import Settings, settings_for
from engine.words import _


@dataclass(frozen=True)
class ModelRef:
    """Where weights start. Paths are absolute and written by the runner, never by a user."""

    source: str
    """`folder` (Hugging Face layout), `hub` (an id), or `scratch` (a preset, trained from nothing)."""
    path: str = ""
    """Folder, or hub id, of the base weights. Empty for `scratch`."""
    adapter: str = ""
    """Folder of a LoRA adapter on top of the base weights, or empty."""
    architecture: str = "decoder"
    """decoder, encoder_decoder, encoder_classifier or lstm."""
    preset: str = ""
    """For `scratch`: the name of the preset, such as nano."""
    overrides: dict[str, int] = field(default_factory=dict)
    """For `scratch`: width, depth, heads, vocabulary that differ from the preset."""


@dataclass(frozen=True)
class DataRef:
    """One split as a JSONL file in the run directory (see `engine.records`)."""

    path: str
    rows: int
    sha256: str


@dataclass(frozen=True)
class JobSpec:
    """spec.json: everything needed to repeat a job."""

    method: str
    model: ModelRef
    data: dict[str, DataRef]
    settings: Settings
    versions: dict[str, str] = field(default_factory=dict)
    lineage: dict[str, Any] = field(default_factory=dict)
    """Ids and hashes in the studio (run, snapshot, parent checkpoint); the engine only copies it."""
    format: int = FORMAT

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False, indent=2, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> JobSpec:
        """Read spec.json. Raises SpecError naming each bad field."""
        raw = json.loads(text)
        if raw.get("format") != FORMAT:
            raise SpecError(
                {
                    "format": _(
                        "this engine reads format %(ours)s, not %(theirs)s",
                        ours=FORMAT,
                        theirs=raw.get("format"),
                    )
                }
            )
        return cls(
            method=raw["method"],
            model=ModelRef(**raw["model"]),
            data={name: DataRef(**ref) for name, ref in raw["data"].items()},
            settings=settings_for(raw["method"], raw["settings"]),
            versions=raw.get("versions", {}),
            lineage=raw.get("lineage", {}),
        )

    @classmethod
    def read(cls, path: Path) -> JobSpec:
        return cls.from_json(path.read_text(encoding="utf-8"))
