"""REST of evaluation, under /api/v1/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from evaluation.api.evaluations import Evaluations
from evaluation.api.readings import Comparisons, Dashboard, Predictions, Scores
from evaluation.api.searches import ProjectSearches, SearchableSettings, SearchDetail, Trials

router = SimpleRouter()
router.register("evaluations", Evaluations, "api_evaluation")
router.register("predictions", Predictions, "api_prediction")
router.register("scores", Scores, "api_score")

urlpatterns = [
    path("", include(router.urls)),
    path("comparisons/", Comparisons.as_view(), name="api_comparisons"),
    path("dashboard/", Dashboard.as_view(), name="api_dashboard"),
    path("projects/<slug:slug>/searches/", ProjectSearches.as_view(), name="api_searches"),
    path("searches/<int:pk>/", SearchDetail.as_view(), name="api_search"),
    path("searches/<int:pk>/trials/", Trials.as_view(), name="api_trials"),
    path("methods/<slug:method>/space/", SearchableSettings.as_view(), name="api_method_space"),
]
