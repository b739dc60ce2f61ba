"""Base models: folders by name, ids of the hub, shapes from nothing; and never a path."""

import json
import struct

import pytest
from django.core.exceptions import PermissionDenied

from authoring.errors import Conflict, Invalid
from training.actions import base_models, runs
from training.models import BaseModel, Source

pytestmark = pytest.mark.database


@pytest.fixture
def folder(home):
    """folder("tiny") → a model folder under the studio's models, of 2 × 3 + 4 weights."""

    def made(name: str):
        path = home / "models" / name
        path.mkdir(parents=True)
        header = json.dumps(
            {
                "__metadata__": {"format": "pt"},
                "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
                "b": {"dtype": "F32", "shape": [4], "data_offsets": [24, 40]},
            }
        ).encode()
        weights = struct.pack("<Q", len(header)) + header + bytes(40)
        (path / "model.safetensors").write_bytes(weights)
        (path / "config.json").write_text("{}")
        (path / "tokenizer.json").write_text("{}")
        return path

    return made


def test_a_folder_is_added_by_its_name(folder, tao):
    folder("tiny-v1.0")
    assert base_models.available_folders() == ["tiny-v1.0"]

    added = base_models.add_folder(by=tao, folder="tiny-v1.0", licence="MIT")

    assert (added.name, added.source, added.parameters) == ("tiny-v1.0", Source.FOLDER, 10)
    assert (added.licence, added.added_by) == ("MIT", tao)
    assert base_models.available_folders() == []


@pytest.mark.parametrize(
    "name", ["../models/tiny", "/etc", "tiny/../../keys", ".", "..", "", "missing", "tiny\n"]
)
def test_what_is_no_name_of_a_folder_there_is_refused(folder, tao, name):
    folder("tiny")

    with pytest.raises(Invalid) as refused:
        base_models.add_folder(by=tao, folder=name)

    assert "reference" in refused.value.fields


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_folder_that_is_no_whole_model_is_refused(folder, tao, missing):
    (folder("tiny") / missing).unlink()

    with pytest.raises(Invalid):
        base_models.add_folder(by=tao, folder="tiny")


@pytest.mark.parametrize("hub_id", ["gpt2", "HuggingFaceTB/SmolLM2-135M-Instruct", "a/b_c.d"])
def test_a_hub_id_is_added(tao, hub_id):
    assert base_models.add_hub_id(by=tao, hub_id=hub_id).reference == hub_id


@pytest.mark.parametrize(
    "hub_id", ["", "a/b/c", "../x", "a/..", "a b", "https://huggingface.co/a/b", "a/-b", "x" * 200]
)
def test_what_is_no_hub_id_is_refused(tao, hub_id):
    with pytest.raises(Invalid) as refused:
        base_models.add_hub_id(by=tao, hub_id=hub_id)

    assert "reference" in refused.value.fields


def test_a_shape_from_nothing_is_added_and_must_fit(tao):
    added = base_models.add_preset(by=tao, name="Wider nano", overrides={"width": 256})
    assert (added.source, added.reference, added.overrides) == ("scratch", "nano", {"width": 256})

    with pytest.raises(Invalid) as refused:
        base_models.add_preset(by=tao, name="Odd", overrides={"width": 100, "heads": 7})
    assert "overrides" in refused.value.fields


def test_a_name_is_given_once(tao):
    base_models.add_preset(by=tao, name="Mine")

    with pytest.raises(Conflict):
        base_models.add_preset(by=tao, name="Mine")


@pytest.mark.parametrize("person", ["ada", "rui", "vera", "eve"])
def test_people_who_may_not_train_add_nothing(person, request):
    someone = request.getfixturevalue(person)

    assert not base_models.may_add(someone)
    with pytest.raises(PermissionDenied):
        base_models.add_hub_id(by=someone, hub_id="gpt2")


def test_the_bundled_model_is_listed_once_it_is_unpacked(home, db):
    base_models.ensure_bundled()
    assert list(BaseModel.objects.values_list("slug", flat=True)) == ["nano"]

    folder = home / "models" / "SmolLM2-135M-Instruct-dequantised-Q4_1"
    folder.mkdir(parents=True)
    (folder / "config.json").touch()
    base_models.ensure_bundled()
    base_models.ensure_bundled()

    bundled = BaseModel.objects.get(source=Source.BUNDLED)
    assert bundled.name == "SmolLM2-135M-Instruct (dequantised Q4_1)"
    assert bundled.folder == folder


def test_a_model_that_runs_started_from_stays(tao, project, snapshot, nano, no_broker):
    runs.launch(by=tao, project=project, method="sft", snapshot=snapshot, base_model=nano)

    with pytest.raises(Conflict):
        base_models.remove(by=tao, model=nano)

    unused = base_models.add_preset(by=tao, name="Unused")
    base_models.remove(by=tao, model=unused)
    assert list(BaseModel.objects.all()) == [nano]
