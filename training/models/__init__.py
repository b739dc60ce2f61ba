"""The nouns of training, one file each (telemetry holds the three small ones)."""

from training.models.base_model import Architecture, BaseModel, Source
from training.models.checkpoint import Checkpoint
from training.models.job import Job, Kind
from training.models.run import Method, Run
from training.models.telemetry import LogChunk, Point, Sample

__all__ = [
    "Architecture",
    "BaseModel",
    "Checkpoint",
    "Job",
    "Kind",
    "LogChunk",
    "Method",
    "Point",
    "Run",
    "Sample",
    "Source",
]
