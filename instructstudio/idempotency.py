"""Idempotency-Key: a repeated POST under /api/ gets the first one's reply, and nothing twice.

The view and its stored reply are one transaction, so a crash leaves either both or neither. The key
is taken before the view runs: a second request that comes meanwhile waits for the first one's reply.
An answer that is not to be stored (`Cache-Control: no-store`: it holds a token or a link) is not: a
repeat is told that it was done, and 409. A view that says `keeps_nothing` (a plan, a preview) is asked
again: its answer may take a while to reckon, and SQLite would let nobody write meanwhile.
Following the IETF draft "The Idempotency-Key HTTP Header Field": the same key with another body is 422.
"""

import hashlib
from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from authoring.models import ApiToken, IdempotentReply
from instructstudio.problems import problem

Handler = Callable[[HttpRequest], HttpResponse]


def middleware(get_response: Handler) -> Handler:
    def answer(request: HttpRequest) -> HttpResponse:
        key = request.headers.get("Idempotency-Key", "")
        if not key or request.method != "POST" or not request.path.startswith("/api/"):
            return get_response(request)
        user = _person(request)
        if user is None or _keeps_nothing(request):
            return get_response(request)
        if len(key) > 200:
            return problem(
                400,
                _("Idempotency-Key is longer than 200 characters."),
                _("Send a shorter one, such as a UUID."),
            )
        return _once(request, user, key, get_response)

    return answer


def _once(request: HttpRequest, user, key: str, get_response: Handler) -> HttpResponse:
    print_of_request = _hash(request)
    stored = IdempotentReply.objects.filter(user=user, key=key).first()
    if stored is None:
        try:
            with transaction.atomic():
                return _answer_and_store(request, user, key, print_of_request, get_response)
        except IntegrityError:
            stored = IdempotentReply.objects.filter(user=user, key=key).first()
            if stored is None:
                raise
    if stored.request_hash != print_of_request:
        return problem(
            422,
            _("This Idempotency-Key was used with another request."),
            _("Use a new key for a new request."),
        )
    return HttpResponse(
        stored.body,
        status=stored.status,
        content_type=stored.content_type,
        headers={"Idempotent-Replay": "true"},
    )


def _answer_and_store(request, user, key, print_of_request, get_response) -> HttpResponse:
    reply = IdempotentReply.objects.create(
        user=user, key=key, request_hash=print_of_request, status=0
    )
    response = get_response(request)
    if hasattr(response, "render") and not getattr(response, "is_rendered", True):
        response.render()
    if response.status_code >= 500:  # Django has made an answer of the exception: undo what it left
        transaction.set_rollback(True)
        return response
    if response.status_code >= 400:
        reply.delete()
        return response
    kept = _shown_once() if "no-store" in response.get("Cache-Control", "") else response
    reply.status = kept.status_code
    reply.body = kept.content.decode()
    reply.content_type = kept.get("Content-Type", "")
    reply.save()
    return response


def _shown_once() -> HttpResponse:
    return problem(
        409,
        _("This was done already, and what it answered is shown once only."),
        _("If that answer was lost, revoke what it made and ask for another with a new key."),
    )


def _keeps_nothing(request: HttpRequest) -> bool:
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return True
    return getattr(getattr(view, "cls", None), "keeps_nothing", False)


def _person(request: HttpRequest):
    if request.user.is_authenticated:
        return request.user
    scheme, _space, plain = request.headers.get("Authorization", "").partition(" ")
    token = ApiToken.find(plain.strip()) if scheme.lower() == "bearer" else None
    return token.user if token else None


def _hash(request: HttpRequest) -> str:
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type == "multipart/form-data":
        for name in sorted(request.POST):
            digest.update(f"{name}={request.POST.getlist(name)}\n".encode())
        for name, file in sorted(request.FILES.items()):
            digest.update(name.encode())
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
    else:
        digest.update(request.body)
    return digest.hexdigest()
