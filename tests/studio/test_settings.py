"""Settings are loud: production refuses defaults, and a bad variable is named with its remedy."""

import socket

import psutil
import pytest
from django.core.exceptions import ImproperlyConfigured

from instructstudio import env


@pytest.mark.parametrize("key", ["", "change-me", "too short"])
def test_production_refuses_to_boot_on_a_missing_or_weak_secret_key(manage, key):
    done = manage("check", check=False, PRODUCTION="1", SECRET_KEY=key)
    assert done.returncode != 0
    assert "SECRET_KEY" in done.stderr
    assert "token_urlsafe" in done.stderr


def test_production_boots_with_a_real_secret_key(manage):
    manage("check", PRODUCTION="1", SECRET_KEY="k" * 50)


def test_a_port_that_is_no_number_is_named(manage):
    done = manage("check", check=False, PORT="eighty")
    assert "PORT='eighty' is not a whole number" in done.stderr


def test_the_key_of_a_home_is_made_once_and_readable_by_its_owner_only(manage, tmp_path):
    manage("check")
    path = tmp_path / "home" / "keys" / "secret_key"
    first = path.read_text()
    manage("check")
    assert path.read_text() == first
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "said", ["hub.example.org", "ftp://hub.example.org", "https://me:pw@h.org", "https://:pw@h.org",
             "https://h.org/?token=pw", "https://"],
)  # fmt: skip
def test_an_address_that_is_shown_is_refused_where_a_secret_could_be_in_it(monkeypatch, said):
    monkeypatch.setenv("HUB_ENDPOINT", said)
    with pytest.raises(ImproperlyConfigured, match="HUB_ENDPOINT is no address") as refused:
        env.address("HUB_ENDPOINT")
    assert "pw" not in str(refused.value).replace("password", "")


def test_an_address_is_taken_without_its_last_slash(monkeypatch):
    monkeypatch.setenv("HUB_ENDPOINT", " https://hub.example.org/models/ ")
    assert env.address("HUB_ENDPOINT") == "https://hub.example.org/models"


def test_a_long_home_still_gets_a_socket_that_fits(tmp_path):
    from instructstudio.broker import LONGEST_SOCKET_PATH, socket_path

    assert socket_path(tmp_path / "a") == tmp_path / "a" / "redis.sock"
    assert len(str(socket_path(tmp_path / ("long" * 40)))) <= LONGEST_SOCKET_PATH


EVERYWHERE = "0.0.0.0"  # noqa: S104


def test_links_of_a_studio_that_is_open_to_the_network_lead_others_to_it(monkeypatch):
    found = env.own_address(EVERYWHERE)
    assert found in {one.address for of_card in psutil.net_if_addrs().values() for one in of_card}
    assert env.own_address("192.168.1.20") == "192.168.1.20"

    class NoRoute(socket.socket):
        def connect(self, address):
            raise OSError("Network is unreachable")

    monkeypatch.setattr(env.socket, "socket", NoRoute)
    assert env.own_address(EVERYWHERE) == "127.0.0.1"
