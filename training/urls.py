"""Pages of training. Runs go by their number in the project."""

from django.urls import include, path

from training.views import (
    beside,
    checkpoints,
    exports,
    launch,
    models,
    pushes,
    run,
    runs,
    tokenisation,
)

pages = [
    path("models/", models.models, name="models"),
    path("models/new/", models.model_new, name="model_new"),
    path("models/tokens/", tokenisation.tokenisation, name="tokenisation"),
    path("models/<int:pk>/remove/", models.model_remove, name="model_remove"),
    path("runs/", runs.runs, name="runs"),
    path("runs/queue/", runs.runs_queue, name="runs_queue"),
    path("runs/queue/<int:pk>/", runs.queue_move, name="queue_move"),
    path("runs/beside/", beside.runs_beside, name="runs_beside"),
    path("runs/beside/points/", beside.runs_beside_points, name="runs_beside_points"),
    path("runs/new/", launch.run_new, name="run_new"),
    path("runs/new/plan/", launch.run_plan, name="run_plan"),
    path("runs/new/calibration/", launch.run_calibrate, name="run_calibrate"),
    path("runs/<int:number>/", run.run, name="run"),
    path("runs/<int:number>/live/", run.run_live, name="run_live"),
    path("runs/<int:number>/points/<slug:chart>/", run.run_points, name="run_points"),
    path("runs/<int:number>/sheet/", run.run_sheet, name="run_sheet"),
    path("runs/<int:number>/do/", runs.run_do, name="run_do"),
    path("runs/<int:number>/keep/", runs.run_keep, name="run_keep"),
    path("checkpoints/", checkpoints.checkpoints, name="checkpoints"),
    path("checkpoints/<int:pk>/", checkpoints.checkpoint, name="checkpoint"),
    path("checkpoints/<int:pk>/exports/", exports.checkpoint_exports, name="checkpoint_exports"),
    path("checkpoints/<int:pk>/exports/new/", exports.export_new, name="export_new"),
    path("exports/<int:pk>/file/", exports.export_file, name="export_file"),
    path("exports/<int:pk>/delete/", exports.export_delete, name="export_delete"),
    path("checkpoints/<int:pk>/pushes/new/", pushes.push_new, name="push_new"),
    path("pushes/<int:pk>/do/", pushes.push_do, name="push_do"),
    path("checkpoints/<int:pk>/delete/", checkpoints.checkpoint_delete, name="checkpoint_delete"),
]

urlpatterns = [path("p/<slug:slug>/", include(pages))]
