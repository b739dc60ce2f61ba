"""How often somebody may be wrong: passwords are not guessed, and nobody's mailbox is filled.

Counted by the account that is tried and by the address it is tried from, with DRF's counters, since
REST counts its requests with them too. Rates: REST_FRAMEWORK in settings.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rest_framework.throttling import BaseThrottle, SimpleRateThrottle

from authoring.errors import Invalid, TooOften


class Attempts:
    """At one account, from one address.

    attempts = Attempts("wrong_password", request, email)     # raises TooOften
    if not right:
        attempts.count()
    """

    def __init__(self, what: str, request: HttpRequest, email: str) -> None:
        account = email.strip().lower().encode().hex()
        self._counters = (
            _Counter(f"{what}_of_one", account),
            _Counter(f"{what}_from_one", BaseThrottle().get_ident(request)),
        )
        waits = [one.wait() or 1 for one in self._counters if not one.allow_request(request, None)]
        if waits:
            raise _too_often(ceil(max(waits)))

    def count(self) -> None:
        for one in self._counters:
            one.count()

    @contextmanager
    def counting(self, field: str) -> Iterator[None]:
        """Counts what is refused for this field."""
        try:
            yield
        except Invalid as error:
            if field in error.fields:
                self.count()
            raise


class _Counter(SimpleRateThrottle):
    """Looks without counting; `count` counts."""

    def __init__(self, scope: str, ident: str) -> None:
        self.scope, self.ident = scope, ident
        super().__init__()

    def get_cache_key(self, request: HttpRequest, view: object) -> str:
        return self.cache_format % {"scope": self.scope, "ident": self.ident}

    def throttle_success(self) -> bool:
        return True

    def count(self) -> None:
        super().throttle_success()


def _too_often(wait: int) -> TooOften:
    minutes = ceil(wait / 60)
    remedy = ngettext(
        "Try again in %(n)d minute, or ask the studio's owner for a sign-in link.",
        "Try again in %(n)d minutes, or ask the studio's owner for a sign-in link.",
        minutes,
    )
    return TooOften(_("This was tried too often."), remedy % {"n": minutes}, wait=wait)
