"""What is vendored is what VENDOR.md says it is."""

import hashlib
import re

from django.conf import settings

FOLDER = settings.BASE_DIR / "static/vendor"
ROWS = dict(
    re.findall(r"^\| `([^`]+)` .*\| `([0-9a-f]{64})` \|$", (FOLDER / "VENDOR.md").read_text(), re.M)
)


def test_every_file_has_the_sum_that_is_written():
    assert {name: hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() for name in ROWS} == ROWS


def test_no_file_is_without_a_row():
    there = {
        str(path.relative_to(FOLDER))
        for path in FOLDER.rglob("*")
        if path.suffix in {".js", ".css", ".woff2"}
    }
    assert there == set(ROWS)
