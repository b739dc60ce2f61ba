"""Pages of the studio itself."""

from django.urls import path

from instructstudio.views import gallery, health, home, preferences, token_view

urlpatterns = [
    path("", home.home, name="home"),
    path("p/<slug:slug>/", home.project, name="project"),
    path("p/<slug:slug>/write/tokens/", token_view.token_view, name="token_view"),
    path("p/<slug:slug>/pairs/<int:pk>/tokens/", token_view.token_view_of, name="token_view_of"),
    path("theme/", preferences.set_theme, name="set_theme"),
    path("language/", preferences.set_language, name="set_language"),
    path("gallery/", gallery.gallery, name="gallery"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
