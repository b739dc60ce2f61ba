"""Names are names: none of them leads out of its folder, and no upload is ever served.

MLflow CVE-2023-1177, CVE-2024-1560, CVE-2025-15031; Label Studio CVE-2023-47115.
"""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from authoring.models import Import
from tests.security.routes import routes
from training.models import BaseModel

pytestmark = pytest.mark.django_db
ROWS = b'{"instruction": "Say hello", "response": "Hello!"}\n'
NAMES = [
    "../../../../tmp/escaped.jsonl",
    "..\\..\\escaped.jsonl",
    "/etc/cron.d/escaped",
    "rows.jsonl\r\nX-Evil: 1",
    "<script>alert(1)</script>.jsonl",
    "x" * 5000 + ".jsonl",
    "行" * 300 + ".jsonl",
    ".",
    "..",
    "con:",
    "rows.html",
]
ELSEWHERE = [
    *(
        "../secret",
        "..",
        ".",
        "/etc",
        "a/../../b",
        "..%2f..",
        "a\\..\\..",
        "~root",
        "$HOME",
        "a;id",
    ),
    *("models/../../keys", "\x00", "-rf", "file:///etc/passwd", "http://127.0.0.1/x", "x" * 200),
]


@pytest.mark.parametrize("name", NAMES)
def test_an_uploads_name_is_only_shown(script, ada, chat, name, tmp_path):
    file = SimpleUploadedFile("rows.jsonl", ROWS)
    file._name = name  # past Django's own cleaning, as a parser with a hole in it would pass it
    made = script(ada).post(
        "/api/v1/projects/letters/imports/", {"file": file, "task": "chat"}, format="multipart"
    )
    assert made.status_code in {201, 400}
    for one in Import.objects.all():
        kept = Path(one.file.path).resolve()
        assert kept.is_relative_to((tmp_path / "files").resolve())
        assert name.strip() not in kept.name or name == "."
        assert "/" not in one.filename
        assert "\n" not in one.filename


def test_an_uploaded_page_is_never_served(browse, script, ada, chat, world):
    page = b"<html><script>alert('served')</script></html>\n"
    file = SimpleUploadedFile("page.html", page, content_type="text/html")
    made = script(ada).post(
        "/api/v1/projects/letters/imports/", {"file": file, "task": "chat"}, format="multipart"
    )
    stored = Import.objects.get(pk=made.json()["id"]).file
    browser = browse(ada)
    for path in (stored.url, f"/files/{stored.name}", f"/media/{stored.name}", f"/{stored.name}"):
        assert browser.get(path).status_code == 404, path
    here = world | {"p": "letters", "projects": "letters", "imports": made.json()["id"]}
    for route in routes():
        if "import" in route.name and "GET" in route.methods:
            answer = (script(ada) if route.is_api else browser).get(route.address(here))
            assert page not in b"".join(answer), route.name


@pytest.mark.parametrize("folder", ELSEWHERE)
@pytest.mark.parametrize("source", ["folder", "hub"])
def test_a_base_model_is_a_name_and_never_a_path(
    script, browse, tao, folder, source, settings, tmp_path
):
    settings.MODELS_ROOT = tmp_path / "models"
    (tmp_path / "models").mkdir()
    for place in (tmp_path, tmp_path / "secret"):
        place.mkdir(exist_ok=True)
        for name in ("config.json", "tokenizer.json", "model.safetensors"):
            (place / name).write_text("{}")
    asked = {"source": source, "reference": folder, "name": "Mine"}
    assert script(tao).post("/api/v1/base-models/", asked).status_code == 400
    assert browse(tao).post("/p/letters/models/new/", asked).status_code == 400
    assert not BaseModel.objects.filter(name="Mine").exists()


@pytest.mark.parametrize(
    "path",
    [
        "/static/../manage.py",
        "/static/..%2fmanage.py",
        "/static/%2e%2e/manage.py",
        "/static//etc/passwd",
        "/static/css/../../instructstudio/settings.py",
        "/var/keys/secret_key",
        "/.git/config",
    ],
)
def test_static_files_lead_nowhere_else(browse, path):
    assert browse(None).get(path).status_code in {302, 400, 404}


def test_a_downloads_name_is_made_of_an_address(script, browse, world, olga):
    """The project's name, which may hold anything, never stands in a header."""
    answers = [
        browse(olga).get(f"/p/poison/snapshots/{world['snapshots']}/export/"),
        script(olga).get(f"/api/v1/snapshots/{world['snapshots']}/export/"),
        script(olga).get("/api/v1/projects/poison/export/"),
    ]
    for answer in answers:
        assert answer.status_code == 200
        disposition = answer["Content-Disposition"]
        assert disposition.startswith('attachment; filename="')
        assert disposition.isascii()
        assert "<" not in disposition
        assert "json" in answer["Content-Type"]
