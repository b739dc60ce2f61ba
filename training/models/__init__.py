"""The nouns of training, one file each (telemetry holds the three small ones)."""

from training.models.base_model import Architecture, BaseModel, Source
from training.models.calibration import Calibration, CalibrationState
from training.models.checkpoint import Checkpoint
from training.models.deed import JobDeed
from training.models.export import Export, Form, Numbers
from training.models.forecast import Forecast, TokenCount
from training.models.job import Job, Kind, Queue
from training.models.push import Destination, Push
from training.models.run import IfFailed, Method, Run, Takes
from training.models.telemetry import LogChunk, Point, Sample

__all__ = [
    "Architecture",
    "BaseModel",
    "Calibration",
    "CalibrationState",
    "Checkpoint",
    "Destination",
    "Export",
    "Forecast",
    "Form",
    "IfFailed",
    "Job",
    "JobDeed",
    "Kind",
    "LogChunk",
    "Method",
    "Numbers",
    "Point",
    "Push",
    "Queue",
    "Run",
    "Sample",
    "Source",
    "Takes",
    "TokenCount",
]
