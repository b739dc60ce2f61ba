"""A studio's command line in a home of its own."""

import os
import subprocess
import sys

import pytest
from django.conf import settings


@pytest.fixture
def manage(tmp_path):
    """Run manage.py in a fresh STUDIO_HOME (or `home=`); returns the finished process."""

    def run(*arguments, home=None, check=True, **environment):
        place = home or tmp_path / "home"
        done = subprocess.run(
            [sys.executable, "manage.py", *map(str, arguments)],
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "instructstudio.settings",
                "DATABASE_URL": "",
                "SECRET_KEY": "",
                "STUDIO_HOME": str(place),
                **environment,
            },
        )
        if check:
            assert done.returncode == 0, done.stdout + done.stderr
        return done

    return run
