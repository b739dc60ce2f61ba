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
from instructstudio.settings import DATABASES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
"""Half a second a password is for those who guess."""
WHITENOISE_AUTOREFRESH = True
"""Files are looked for when they are asked for, not all of them anew for each test's client."""
if "timeout" in DATABASES["default"].get("OPTIONS", {}):
    DATABASES["default"]["OPTIONS"]["timeout"] = 600  # a slow machine's turn comes too
