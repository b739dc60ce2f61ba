"""Bearer tokens."""

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from authoring.models import ApiToken, User


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer is_…`. A wrong or revoked token is 401, never anonymous."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        words = get_authorization_header(request).decode("latin-1").split()
        if not words or words[0].lower() != "bearer":
            return None
        token = ApiToken.find(words[1]) if len(words) == 2 else None
        if token is None:
            raise exceptions.AuthenticationFailed(
                _("This token is unknown or revoked. Make a new one on the Tokens page.")
            )
        token.touch()
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
