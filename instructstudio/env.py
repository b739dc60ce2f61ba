"""Reads settings from the environment, loudly: a bad value names the variable and the remedy.

`os.environ` is read here, in settings.py, and nowhere else.
"""

import os
import socket
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    return os.environ.get(name) or default


def number(name: str, default: int) -> int:
    raw = os.environ.get(name, "")
    if not raw:
        return default
    try:
        return int(raw)
    except ValueError:
        raise ImproperlyConfigured(
            f"{name}={raw!r} is not a whole number. Set it to one, or unset it."
        )


def flag(name: str, default: bool) -> bool:
    raw = os.environ.get(name, "").lower()
    if not raw:
        return default
    if raw in {"1", "true", "yes", "on"}:
        return True
    if raw in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name}={raw!r} is not a yes or no. Set it to 1 or 0, or unset it.")


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in (os.environ.get(name) or default).split(",") if word.strip()]


def address(name: str) -> str:
    """An http(s) address without its last slash, or nothing. It is shown: a password in it is refused."""
    raw = os.environ.get(name, "").strip().rstrip("/")
    parts = urlsplit(raw)
    if raw and (
        parts.scheme not in {"http", "https"} or not parts.hostname or "@" in raw or "?" in raw
    ):
        raise ImproperlyConfigured(
            f"{name} is no address. Write it like https://example.org, without a name, a password or "
            "a question mark in it."
        )
    return raw


def own_address(host: str) -> str:
    """Where others find a server that listens at `host`: this machine's address on its network where it
    listens at all of them, or a link that was copied from the page would lead whoever opens it to
    themselves. Nothing is sent to find out.
    """
    if host != "0.0.0.0":  # noqa: S104
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(
                ("192.0.2.1", 9)
            )  # RFC 5737: documentation's; only the route is looked up
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def device_sets(name: str) -> tuple[str, ...]:
    """`0,1;2,3` → ("0,1", "2,3"); nothing → one set, which is the whole machine.

    A set is GPU numbers (or the UUIDs that nvidia-smi -L prints), or `cpu`. No device may stand twice.
    """
    raw = os.environ.get(name, "").strip()
    if not raw:
        return ("",)
    sets = [[one.strip() for one in part.split(",")] for part in raw.split(";")]
    gpus = [one for part in sets for one in part if one != "cpu"]
    if len(gpus) != len(set(gpus)) or not all(_is_device(one) for one in gpus):
        raise ImproperlyConfigured(
            f"{name}={raw!r} does not split this machine's devices. Write GPU numbers, a comma between "
            "those of one worker and a semicolon between workers, each device once: 0,1;2,3."
        )
    if any("cpu" in part and part != ["cpu"] for part in sets):
        raise ImproperlyConfigured(
            f"{name}={raw!r} mixes cpu with others. Give cpu a set of its own."
        )
    return tuple(",".join(part) for part in sets)


def _is_device(name: str) -> bool:
    return name.isdecimal() or name.startswith(("GPU-", "MIG-"))


def without(*secrets: str) -> dict[str, str]:
    """The whole environment but these: for a process that has no business with them."""
    return {name: value for name, value in os.environ.items() if name not in secrets}


def only(*names: str) -> dict[str, str]:
    """These variables, as far as they are set."""
    return {name: os.environ[name] for name in names if os.environ.get(name)}
