"""Pages of evaluation."""

from django.urls import path

from evaluation.views import comparison, dashboard, evaluations, fragments, predictions

urlpatterns = [
    path("p/<slug:slug>/dashboard/", dashboard.dashboard, name="dashboard"),
    path("p/<slug:slug>/dashboard/waiting/", dashboard.dashboard_waiting, name="dashboard_waiting"),
    path("p/<slug:slug>/comparison/", comparison.comparison, name="comparison"),
    path("p/<slug:slug>/predictions/", predictions.predictions, name="predictions"),
    path("p/<slug:slug>/predictions/<int:pk>/", predictions.prediction, name="prediction"),
    path("p/<slug:slug>/evaluations/", evaluations.evaluation_request, name="evaluation_request"),
    path("p/<slug:slug>/evaluations/<int:pk>/", evaluations.evaluation, name="evaluation"),
    path(
        "p/<slug:slug>/evaluations/<int:pk>/progress/",
        evaluations.evaluation_progress,
        name="evaluation_progress",
    ),
    path("p/<slug:slug>/evaluations/<int:pk>/do/", evaluations.evaluation_do, name="evaluation_do"),
    # parts that pages of training load
    path("p/<slug:slug>/runs/<int:number>/scores/", fragments.run_scores, name="run_scores"),
    path(
        "p/<slug:slug>/checkpoints/scores/", fragments.checkpoint_scores, name="checkpoint_scores"
    ),
    path(
        "p/<slug:slug>/checkpoints/<int:pk>/evaluations/",
        fragments.checkpoint_evaluations,
        name="checkpoint_evaluations",
    ),
]
