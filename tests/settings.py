"""The studio's own settings, in a home of the tests' own: they never touch yours."""

import atexit
import os
import shutil
import tempfile

if "INSTRUCTSTUDIO_TEST_HOME" not in os.environ:
    folder = tempfile.mkdtemp(prefix="studio-test-")
    os.environ.update(
        INSTRUCTSTUDIO_TEST_HOME=folder, STUDIO_HOME=folder, SECRET_KEY="tests only, " + "k" * 40
    )
    for name in (
        "REDIS_URL",
        "PRODUCTION",
        "HOST",
        "PORT",
        "ALLOWED_HOSTS",
        "METRICS_TOKEN",
        "EMAIL_HOST",
        "HUB_ENDPOINT",
        "S3_BUCKET",
        "S3_PREFIX",
        "S3_ENDPOINT",
    ):
        os.environ.pop(name, None)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)

from instructstudio.settings import *  # noqa: F403
