"""Pages of the studio itself."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
