"""Pages of evaluation."""

from django.urls import include, path

from evaluation.views import (
    comparison,
    dashboard,
    evaluations,
    fragments,
    predictions,
    search,
    search_new,
    searches,
)

of_searches = [
    path("", searches.searches, name="searches"),
    path("new/", search_new.search_new, name="search_new"),
    path("<int:number>/", search.search, name="search"),
    path("<int:number>/live/", search.search_live, name="search_live"),
    path("<int:number>/do/", searches.search_do, name="search_do"),
]
"""Searches go by their number in the project."""

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
    path("p/<slug:slug>/searches/", include(of_searches)),
    # parts that pages of training and authoring load
    path("p/<slug:slug>/runs/<int:number>/scores/", fragments.run_scores, name="run_scores"),
    path(
        "p/<slug:slug>/pairs/<int:pk>/predictions/",
        fragments.pair_predictions,
        name="pair_predictions",
    ),
    path(
        "p/<slug:slug>/checkpoints/scores/", fragments.checkpoint_scores, name="checkpoint_scores"
    ),
    path(
        "p/<slug:slug>/checkpoints/<int:pk>/evaluations/",
        fragments.checkpoint_evaluations,
        name="checkpoint_evaluations",
    ),
]
