"""Every address of the studio: pages by app, REST under /api/v1/."""

from django.urls import include, path

urlpatterns = [
    path("", include("instructstudio.studio_urls")),
    path("", include("authoring.urls")),
    path("", include("training.urls")),
    path("", include("evaluation.urls")),
    path("api/v1/", include("instructstudio.api")),
]

handler400 = "instructstudio.views.errors.bad_request"
handler404 = "instructstudio.views.errors.not_found"
handler500 = "instructstudio.views.errors.server_error"
