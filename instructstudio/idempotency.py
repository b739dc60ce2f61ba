"""Idempotency-Key: a repeated POST under /api/ gets the first one's reply, and nothing twice.

What the view writes and its stored reply are one transaction, so a crash leaves either both or neither. The
key is taken before the view runs: a second request that comes meanwhile waits for the first one's reply. A
view that `plans_first` (a snapshot of many pairs) takes it itself, by `authoring.api.access.begin_writing`,
once it has reckoned what to write: until then it holds no lock, and on SQLite others write meanwhile.

An answer that is not to be stored (`Cache-Control: no-store`: it holds a token or a link) is not: a
repeat is told that it was done, and 409. A view that says `keeps_nothing` (a plan, a preview) is asked
again. Following the IETF draft "The Idempotency-Key HTTP Header Field": the same key with another body is 422.
"""

import hashlib
from collections.abc import Callable
from contextlib import ExitStack

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from authoring.errors import Conflict
from authoring.models import ApiToken, IdempotentReply
from instructstudio.problems import problem

Handler = Callable[[HttpRequest], HttpResponse]


def middleware(get_response: Handler) -> Handler:
    def answer(request: HttpRequest) -> HttpResponse:
        key = request.headers.get("Idempotency-Key", "")
        if not key or request.method != "POST" or not request.path.startswith("/api/"):
            return get_response(request)
        user = _person(request)
        if user is None or _says(request, "keeps_nothing"):
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
    replies = IdempotentReply.objects.filter(user=user, key=key)
    stored = replies.first()
    if stored is None:
        with ExitStack() as until_stored:
            claim = Claim(user, key, print_of_request, until_stored)
            response = _answer(request, claim, get_response)
            if not claim.lost:
                claim.store(response)
                return response
        stored = replies.get()
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


class Taken(Conflict):
    """Another request had the key first: its reply is given instead of this one's."""


class Claim:
    """The right to answer for a key: a row, and the transaction that it shares with what the view writes."""

    def __init__(self, user, key: str, request_hash: str, until_stored: ExitStack) -> None:
        self._fields = {"user": user, "key": key, "request_hash": request_hash, "status": 0}
        self._until_stored = until_stored
        self._reply: IdempotentReply | None = None
        self.lost = False

    def take(self) -> None:
        """Begin the transaction. Waits for whoever has the key; raises Taken once they have answered."""
        self._until_stored.enter_context(transaction.atomic())
        try:
            with transaction.atomic():
                self._reply = IdempotentReply.objects.create(**self._fields)
        except IntegrityError:
            self.lost = True
            raise Taken(_("This was done already.")) from None

    def store(self, response: HttpResponse) -> None:
        """Keep a good answer. Of a refusal and of a crash nothing is kept: it may be sent again."""
        if hasattr(response, "render") and not getattr(response, "is_rendered", True):
            response.render()
        if self._reply is None:  # refused before it began to write
            return
        if response.status_code >= 500:  # an exception, of which Django made an answer
            transaction.set_rollback(True)
            return
        if response.status_code >= 400:
            self._reply.delete()
            return
        kept = _shown_once() if "no-store" in response.get("Cache-Control", "") else response
        self._reply.status = kept.status_code
        self._reply.body = kept.content.decode()
        self._reply.content_type = kept.get("Content-Type", "")
        self._reply.save()


def _answer(request: HttpRequest, claim: Claim, get_response: Handler) -> HttpResponse | None:
    if _says(request, "plans_first"):
        request.begin_writing = claim.take
        return get_response(request)
    try:
        claim.take()
    except Taken:
        return None
    return get_response(request)


def _shown_once() -> HttpResponse:
    return problem(
        409,
        _("This was done already, and what it answered is shown once only."),
        _("If that answer was lost, revoke what it made and ask for another with a new key."),
    )


def _says(request: HttpRequest, what: str) -> bool:
    """Whether the view has this attribute set; of an address without a view nothing is known."""
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return False
    return getattr(getattr(view, "cls", None), what, False)


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
