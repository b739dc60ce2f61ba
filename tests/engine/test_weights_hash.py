"""The hash of a folder's weights: right, and read from the disk once."""

import hashlib
import json

import pytest

from engine import events
from engine.process import run as run_job
from engine.weights_hash import REMEMBERED, remembered_weights_hash, weights_hash
from tests.engine.runs import said, write_run


@pytest.fixture
def folder(tmp_path):
    for name, content in (("b.safetensors", b"two"), ("a.safetensors", b"one"), ("c.txt", b"no")):
        (tmp_path / name).write_bytes(content)
    return tmp_path


def test_it_is_of_the_weights_in_order_of_their_names(folder):
    assert weights_hash(folder) == hashlib.sha256(b"onetwo").hexdigest()


def test_it_is_remembered_until_a_file_changes(folder):
    first = remembered_weights_hash(folder)
    known = json.loads((folder / REMEMBERED).read_text())
    (folder / REMEMBERED).write_text(json.dumps(known | {"sha256": "remembered"}))
    assert remembered_weights_hash(folder) == "remembered"
    (folder / "b.safetensors").write_bytes(b"three")
    assert remembered_weights_hash(folder) == hashlib.sha256(b"onethree").hexdigest() != first


def test_a_torn_memory_is_no_memory(folder):
    (folder / REMEMBERED).write_text("{")
    assert remembered_weights_hash(folder) == weights_hash(folder)


def test_a_run_says_what_it_began_with_and_none_from_nothing(tmp_path, nano, questions):
    run = write_run(tmp_path / "run", "sft", nano, {"train": questions[:4]}, epochs=1, threads=1)
    assert run_job("sft", run.root, 1, None) == events.EXIT_FINISHED
    [machine] = said(run, "machine")
    whole = (tmp_path / nano.path / "model.safetensors").read_bytes()
    assert machine["base_weights"] == hashlib.sha256(whole).hexdigest()
