"""An export as the studio leaves one, servers to push it to, and the job that does."""

import hashlib

import pytest

from engine.process import run as run_job
from engine.push import push as job_of_pushing
from engine.run_dir import RunDir, write_atomically
from engine.settings import settings_for
from engine.spec import JobSpec, ModelRef
from tests.engine.runs import said
from tests.servers.hub import TOKEN, hub_server
from tests.servers.s3 import KEY, SECRET, s3_server

FILES = {"README.md": b"# Card\n", "config.json": b"{}", "model.safetensors": b"weights" * 400}


@pytest.fixture
def hub(monkeypatch):
    monkeypatch.setenv("HUB_TOKEN", TOKEN)
    with hub_server() as server:
        yield server


@pytest.fixture(scope="module")
def s3_service():
    with s3_server() as served:
        yield served


@pytest.fixture
def bucket(s3_service, monkeypatch, request):
    """(the server, a client of its own for looking, the bucket's name)"""
    import boto3

    address, server = s3_service
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    client = boto3.client("s3", endpoint_url=address, region_name="us-east-1")
    name = f"bucket-{hashlib.sha256(request.node.name.encode()).hexdigest()[:16]}"
    client.create_bucket(Bucket=name)
    server.refuse = lambda method, path: None
    server.seen.clear()
    return server, client, name


@pytest.fixture
def export(tmp_path):
    """export(**files) → the folder, its sums beside the files."""

    def made(files: dict[str, bytes] = FILES, name: str = "export"):
        folder = tmp_path / name
        folder.mkdir()
        for one, content in files.items():
            (folder / one).write_bytes(content)
        sums = (f"{hashlib.sha256(files[one]).hexdigest()}  {one}\n" for one in sorted(files))
        (folder / "SHA256SUMS").write_text("".join(sums))
        return folder

    return made


@pytest.fixture
def push(tmp_path, monkeypatch):
    """push(folder, …settings) → the run directory and the exit code."""
    monkeypatch.setattr(job_of_pushing, "PATIENCE", (0.0,))

    def pushed(folder, *, fence=1, ask=None, **asked):
        run = RunDir(tmp_path / "job")
        run.root.mkdir(exist_ok=True)
        lineage = {"name": "Letters, run 1, step 4"}
        model = ModelRef("folder", path=str(folder))
        spec = JobSpec("push", model, {}, settings_for("push", asked), lineage=lineage)
        write_atomically(run.spec_path, spec.to_json())
        return run, run_job("push", run.root, fence, None)

    return pushed


def failure_of(run, fence=1):
    [failure] = said(run, "failure", fence)
    return failure
