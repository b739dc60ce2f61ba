"""The signing key: from the environment in production, kept in STUDIO_HOME on one's own machine."""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

KNOWN_DEFAULTS = {"", "change-me", "changeme", "secret", "insecure"}


def secret_key(*, given: str, production: bool, home: Path) -> str:
    """The key to sign with.

    Raises ImproperlyConfigured in production when SECRET_KEY is unset, short or a known default.
    Elsewhere a key is made once and kept, readable by its owner only, in `home/keys/secret_key`.
    """
    if production:
        if given.lower() in KNOWN_DEFAULTS or len(given) < 32:
            raise ImproperlyConfigured(
                "SECRET_KEY is missing, short or a known default. Set it to at least 32 random characters: "
                "python -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        return given
    return given or _kept(home / "keys" / "secret_key")


def _kept(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    key = secrets.token_urlsafe(48)
    with os.fdopen(handle, "w") as file:
        file.write(key)
    return key
