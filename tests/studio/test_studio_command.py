"""`manage.py studio`: one command starts everything, Ctrl-C stops everything, nothing is lost."""

import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from django.conf import settings

from instructstudio import broker
from instructstudio.demo.studio import free_port
from tests.training.studio import PATIENCE

pytestmark = pytest.mark.redis


@pytest.fixture
def studio(tmp_path):
    """Start a studio in a home; returns the process and the lines that it said until it was ready."""
    started = []

    def start(home):
        process = subprocess.Popen(
            [sys.executable, "manage.py", "studio"],
            cwd=settings.BASE_DIR,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "instructstudio.settings",
                "DATABASE_URL": "",
                "SECRET_KEY": "",
                "STUDIO_HOME": str(home),
                "PORT": str(free_port()),
            },
        )
        started.append(process)
        said = []
        for line in process.stdout:
            said.append(line.strip())
            if "Ctrl-C" in line:
                return process, said
        raise AssertionError("\n".join(said))

    yield start
    for process in started:
        process.kill()


def stop(process):
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 0
    return process.stdout.read()


def of_home(home):
    """Processes that still have this home in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"STUDIO_HOME={home}\0".encode() in path.read_bytes():
                found.append(path.parent.name)
        except OSError:
            continue
    return found


def test_it_starts_lets_the_owner_in_stops_whole_and_has_lost_nothing(studio, manage, tmp_path):
    home = tmp_path / "home"
    process, said = studio(home)
    link = next(line.split()[-1] for line in said if line.startswith("sign in once"))
    with urllib.request.urlopen(link) as page:
        assert "owner@studio.local" in page.read().decode()
    assert broker.answers(f"redis+socket://{broker.socket_path(home)}")
    manage("person", "ada@example.org", home=home)
    assert "studio: stopped" in stop(process)
    assert not broker.answers(f"redis+socket://{broker.socket_path(home)}")
    if Path("/proc/self/environ").exists():
        assert not of_home(home)

    process, said = studio(home)
    assert not any("sample" in line or "preparing" in line for line in said)
    people = (
        "from authoring.models import User; print(*User.objects.values_list('email', flat=True))"
    )
    assert "ada@example.org" in manage("shell", "-v0", "-c", people, home=home).stdout
    stop(process)
