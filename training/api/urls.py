"""REST of training, under /api/v1/."""

from django.urls import path

from training.api.base_models import BaseModelDetail, BaseModels
from training.api.beside import RunDifferences
from training.api.checkpoints import CheckpointDetail, RunCheckpoints
from training.api.disk import ProjectDisk
from training.api.exports import CheckpointExports, ExportDetail, ExportFile
from training.api.methods import MethodDetail, Methods
from training.api.plans import AdviceView, BaseModelCalibrations, Plans
from training.api.pushes import Destinations, ExportPushes, PushDetail
from training.api.queue import Queue, QueuePlace
from training.api.runs import ProjectRuns, RunDetail
from training.api.sheet import Sheet
from training.api.telemetry import Log, Points, Samples
from training.api.tokenisations import Tokenisations
from training.api.workers import Workers

urlpatterns = [
    path("base-models/", BaseModels.as_view(), name="api_base_models"),
    path("base-models/<int:pk>/", BaseModelDetail.as_view(), name="api_base_model"),
    path(
        "base-models/<int:pk>/calibrations/",
        BaseModelCalibrations.as_view(),
        name="api_base_model_calibrations",
    ),
    path("methods/", Methods.as_view(), name="api_methods"),
    path("methods/<slug:method>/", MethodDetail.as_view(), name="api_method"),
    path("projects/<slug:slug>/runs/", ProjectRuns.as_view(), name="api_runs"),
    path(
        "projects/<slug:slug>/run-differences/",
        RunDifferences.as_view(),
        name="api_run_differences",
    ),
    path("projects/<slug:slug>/tokenisations/", Tokenisations.as_view(), name="api_tokenisations"),
    path("projects/<slug:slug>/plans/", Plans.as_view(), name="api_plans"),
    path("projects/<slug:slug>/advice/", AdviceView.as_view(), name="api_advice"),
    path("queue/", Queue.as_view(), name="api_queue"),
    path("queue/<int:pk>/", QueuePlace.as_view(), name="api_queue_place"),
    path("projects/<slug:slug>/disk/", ProjectDisk.as_view(), name="api_disk"),
    path("runs/<int:pk>/", RunDetail.as_view(), name="api_run"),
    path("runs/<int:pk>/sheet/", Sheet.as_view(), name="api_sheet"),
    path("runs/<int:pk>/points/", Points.as_view(), name="api_points"),
    path("runs/<int:pk>/log/", Log.as_view(), name="api_log"),
    path("runs/<int:pk>/samples/", Samples.as_view(), name="api_samples"),
    path("runs/<int:pk>/checkpoints/", RunCheckpoints.as_view(), name="api_run_checkpoints"),
    path("checkpoints/<int:pk>/", CheckpointDetail.as_view(), name="api_checkpoint"),
    path("checkpoints/<int:pk>/exports/", CheckpointExports.as_view(), name="api_exports"),
    path("exports/<int:pk>/", ExportDetail.as_view(), name="api_export"),
    path("exports/<int:pk>/file/", ExportFile.as_view(), name="api_export_file"),
    path("exports/<int:pk>/pushes/", ExportPushes.as_view(), name="api_export_pushes"),
    path("pushes/<int:pk>/", PushDetail.as_view(), name="api_push"),
    path("destinations/", Destinations.as_view(), name="api_destinations"),
    path("workers/", Workers.as_view(), name="api_workers"),
]
