"""The page that a form was sent from, where it is one of ours."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def came_from(request: HttpRequest) -> str:
    """Its address; empty where the browser doesn't say, and for a page of another site."""
    said = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(
        said, {request.get_host()}, require_https=request.is_secure()
    )
    return said if ours else ""
