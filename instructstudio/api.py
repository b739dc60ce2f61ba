"""The REST API's root: each app's routes, the schema and its browsable docs."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from instructstudio.views.loop import Loop

urlpatterns = [
    path("", include("authoring.api.urls")),
    path("", include("training.api.urls")),
    path("", include("evaluation.api.urls")),
    path("projects/<slug:slug>/loop/", Loop.as_view(), name="api_loop"),
    path("schema/", SpectacularAPIView.as_view(), name="api_schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api_schema"), name="api_docs"),
]
