"""What docker-compose.yml and the Dockerfile name exists and runs, tested without Docker."""

import contextlib
import os
import re
import subprocess
import sys

import pytest
import yaml
from django.conf import settings

from instructstudio.demo.studio import free_port
from tests.servers import redis
from tests.training.studio import PATIENCE, until

COMPOSE = yaml.safe_load((settings.BASE_DIR / "docker-compose.yml").read_text())
OURS = {
    name: one for name, one in COMPOSE["services"].items() if one.get("image") == "instructstudio"
}


def python(command):
    """The command as this interpreter runs it."""
    assert command[0] == "python"
    return [sys.executable, *command[1:]]


@contextlib.contextmanager
def running(command, environment):
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE)


def healthy(service, environment):
    """Whether the service's own healthcheck passes now."""
    command = python(OURS[service]["healthcheck"]["test"][1:])
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True)
    return done.returncode == 0


@pytest.fixture
def production(tmp_path):
    """The environment that the compose file gives, with SQLite for the database."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "instructstudio.settings",
        "PRODUCTION": "1",
        "SECRET_KEY": "k" * 50,
        "STUDIO_HOME": str(tmp_path / "home"),
        "DATABASE_URL": "",
        "ALLOWED_HOSTS": "studio.example.org,127.0.0.1",
        "PORT": str(free_port()),
        "SITE_URL": "https://studio.example.org",
    }


def test_every_secret_is_required_from_the_environment():
    text = (settings.BASE_DIR / "docker-compose.yml").read_text()
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"):
        assert "${" + name + ":?" in text
    assert "redis://:${REDIS_PASSWORD" in text


def test_what_operations_md_names_for_production_reaches_the_containers():
    """Compose passes on what it names and nothing else: a variable left out here is silently ignored."""
    told = (settings.BASE_DIR / "docs" / "operations.md").read_text()
    rows = [line.split("|")[1] for line in told.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([A-Z_0-9]+)`", row)}
    of_one_machine = {"PORT", "HOST", "STUDIO_HOME", "DEVICES", "WORKER_DEVICES"}
    passed = {name for one in OURS.values() for name in one.get("environment", {})}
    assert named - of_one_machine <= passed
    mail = {"EMAIL_HOST", "EMAIL_PORT", "EMAIL_USE_TLS", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD"}
    assert {*mail, "DEFAULT_FROM_EMAIL"} <= passed


def test_named_volumes_hold_what_must_last():
    assert set(COMPOSE["volumes"]) == {"studio-home", "database", "broker"}


def test_every_lasting_part_has_a_healthcheck():
    assert {name for name, one in COMPOSE["services"].items() if "healthcheck" not in one} == {
        "setup",
        "scheduler",
    }


def test_the_web_command_serves_and_its_healthcheck_passes(production):
    dockerfile = (settings.BASE_DIR / "Dockerfile").read_text()
    command = yaml.safe_load(dockerfile.rsplit("CMD ", 1)[1])
    assert command[:4] == ["python", "-m", "gunicorn", "instructstudio.wsgi"]
    bind = command.index("--bind") + 1
    command[bind] = f"127.0.0.1:{production['PORT']}"
    with running(python(command), production):
        until(lambda: healthy("web", production))
    assert not healthy("web", production)


@pytest.mark.redis
@pytest.mark.parametrize("queue", ["light", "device"])
def test_a_worker_command_starts_and_its_healthcheck_passes(production, queue):
    with redis.server() as url:
        environment = {**production, "REDIS_URL": url}
        with running(python(OURS[queue]["command"]), environment):
            until(lambda: healthy(queue, environment))


def test_the_scheduler_command_is_one_that_celery_knows():
    command = python(OURS["scheduler"]["command"])
    done = subprocess.run(
        [*command, "--help"], cwd=settings.BASE_DIR, capture_output=True, text=True
    )
    assert done.returncode == 0
    assert "beat" in done.stdout
