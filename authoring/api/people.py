"""/me/, /people/, /tokens/, /redemptions/ and /lost-passwords/: who one is, who is here, and how one comes in."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import generics, permissions, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from authoring import mail
from authoring.actions import people, tokens
from authoring.api.access import asked
from authoring.api.serializers.people import (
    LinkRequest,
    LinkSerializer,
    LostPasswordRequest,
    LostPasswordSerializer,
    MeSerializer,
    NewTokenSerializer,
    PasswordRequest,
    PersonRequest,
    PersonSerializer,
    ProfileRequest,
    RedemptionRequest,
    RedemptionSerializer,
    TokenRequest,
    TokenSerializer,
)
from authoring.errors import Unavailable
from authoring.models import ApiToken, Purpose, User
from authoring.throttling import Attempts


class Me(APIView):
    @extend_schema(responses=MeSerializer, summary="Whoever asks.")
    def get(self, request: Request) -> Response:
        return Response(MeSerializer(request.user).data)

    @extend_schema(request=ProfileRequest, responses=MeSerializer)
    def patch(self, request: Request) -> Response:
        """Change one's name, language, time zone or theme."""
        changes = asked(ProfileRequest, request)
        return Response(MeSerializer(people.change_profile(by=request.user, **changes)).data)


class MyPassword(APIView):
    @extend_schema(request=PasswordRequest, responses={204: None})
    def put(self, request: Request) -> Response:
        """Change one's password. Sessions elsewhere end; tokens stay."""
        given = asked(PasswordRequest, request)
        with Attempts("wrong_password", request, request.user.email).counting("old"):
            people.change_password(by=request.user, **given)
        return Response(status=status.HTTP_204_NO_CONTENT)


class People(generics.ListAPIView):
    """Everybody who has an account. For the studio's owner."""

    serializer_class = PersonSerializer
    queryset = User.objects.order_by("id")

    def get_queryset(self) -> QuerySet[User]:
        if not self.request.user.is_superuser:
            raise PermissionDenied(_("Only the studio's owner may see everybody."))
        return super().get_queryset()


class Person(APIView):
    @extend_schema(request=PersonRequest, responses=PersonSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        """Deactivate a person, or let them in again. What they wrote stays theirs."""
        person = _person(request, pk)
        change = (
            people.reactivate if asked(PersonRequest, request)["is_active"] else people.deactivate
        )
        change(user=person, by=request.user)
        return Response(PersonSerializer(person).data)


class PersonLinks(APIView):
    @extend_schema(request=LinkRequest, responses={201: LinkSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """A single-use link for a person: to sign in, or to choose a new password."""
        signs_in = asked(LinkRequest, request)["purpose"] == Purpose.SIGN_IN
        make = people.sign_in_link if signs_in else people.password_link
        return link_response(make(user=_person(request, pk), by=request.user))


class Redemptions(APIView):
    permission_classes = [permissions.AllowAny]

    @extend_schema(request=RedemptionRequest, responses={201: RedemptionSerializer})
    def post(self, request: Request) -> Response:
        """Use a link, once: join with an invitation, sign in, or choose a new password."""
        given = asked(RedemptionRequest, request)
        token_name = given.pop("token_name")
        signed_in = request.user if request.user.is_authenticated else None
        with transaction.atomic():
            person = people.redeem(signed_in=signed_in, **given)
            plain = tokens.issue(name=token_name, by=person)[1] if token_name else ""
        body = {"person": person, "bearer_token": plain}
        return _shown_once(RedemptionSerializer(body).data)


class LostPasswords(APIView):
    permission_classes = [permissions.AllowAny]

    @extend_schema(request=LostPasswordRequest, responses={202: LostPasswordSerializer})
    def post(self, request: Request) -> Response:
        """Have a link mailed with which one chooses a new password: see `redemptions`. The answer is the same
        whether anybody has this address or not. 503 where this studio sends no e-mail."""
        email = asked(LostPasswordRequest, request)["email"]
        if not mail.configured():
            raise Unavailable(
                _("This studio sends no e-mail."),
                _("Ask its owner for a link to choose a new password with."),
            )
        Attempts("lost_password", request, email).count()
        people.request_password(email=email)
        said = {"detail": people.link_may_come()}
        return Response(LostPasswordSerializer(said).data, status=status.HTTP_202_ACCEPTED)


class Tokens(generics.ListAPIView):
    """One's own bearer tokens that are not revoked."""

    serializer_class = TokenSerializer
    queryset = ApiToken.objects.none()

    def get_queryset(self) -> QuerySet[ApiToken]:
        return self.request.user.api_tokens.filter(revoked_at=None).order_by("id")

    @extend_schema(request=TokenRequest, responses={201: NewTokenSerializer})
    def post(self, request: Request) -> Response:
        """A new bearer token. Its text is in this answer and nowhere else."""
        token, plain = tokens.issue(by=request.user, **asked(TokenRequest, request))
        answer = NewTokenSerializer(token, context={"plain": plain})
        return _shown_once(answer.data)


class Token(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Revoke one of one's own tokens, at once."""
        token = get_object_or_404(request.user.api_tokens, pk=pk)
        tokens.revoke(token=token, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


def link_response(token: str) -> Response:
    body = {"token": token, "address": mail.address(token)}
    return _shown_once(LinkSerializer(body).data)


def _shown_once(data: dict[str, Any]) -> Response:
    """An answer with a secret: no cache keeps it, nor does instructstudio.idempotency."""
    headers = {"Cache-Control": "no-store"}
    return Response(data, status=status.HTTP_201_CREATED, headers=headers)


def _person(request: Request, pk: int) -> User:
    """For the studio's owner; to anybody else nobody is there."""
    everybody = User.objects.all() if request.user.is_superuser else User.objects.none()
    return get_object_or_404(everybody, pk=pk)
