"""Links by e-mail, where EMAIL_HOST is set; elsewhere the person who made a link copies it."""

import logging
import threading
from functools import partial
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from authoring.models import Purpose

logger = logging.getLogger(__name__)


def configured() -> bool:
    return bool(settings.EMAIL_HOST)


def address(token: str) -> str:
    """The whole address of a link, to copy or to send."""
    return settings.SITE_URL + reverse("link", args=[token])


def send_link_on_commit(purpose: str, *, email: str, token: str) -> None:
    """Mail a link once the transaction that made it is committed, behind the answer's back: a slow
    server keeps nobody waiting, and how long it takes tells nobody whose address is known."""
    if configured():
        transaction.on_commit(partial(_start, purpose, email, token, get_language()))


def _start(purpose: str, email: str, token: str, language: str | None) -> None:
    """Not a worker's: its messages lie in the broker, and a link's token is kept nowhere."""
    threading.Thread(
        target=_send, args=(purpose, email, token, language), name="a link by mail"
    ).start()


def _send(purpose: str, email: str, token: str, language: str | None) -> None:
    """A mail server that is down costs the mail, not the link: its maker can copy it still."""
    with override(language):
        subject, body = _written(purpose, token)
    try:
        send_mail(subject, body, None, [email])
    except (SMTPException, OSError):
        logger.exception("a link could not be mailed")


def _written(purpose: str, token: str) -> tuple[str, str]:
    subject = {
        Purpose.SIGN_IN: _("Your sign-in link to InstructStudio"),
        Purpose.INVITATION: _("You are invited to InstructStudio"),
        Purpose.PASSWORD: _("Choose a new password for InstructStudio"),
    }[Purpose(purpose)]
    return subject, _("Open this link; it works once:\n\n%(address)s\n") % {
        "address": address(token)
    }
