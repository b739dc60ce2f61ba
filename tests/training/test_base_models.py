"""Base models: folders by name, ids of the hub, shapes from nothing; and never a path."""

import json
import struct

import pytest
from django.core.exceptions import PermissionDenied

from authoring.errors import Conflict, Invalid
from training.actions import base_models, runs
from training.models import BaseModel, Source

pytestmark = pytest.mark.database

LLAMA = {"architectures": ["LlamaForCausalLM"], "model_type": "llama"}


@pytest.fixture
def folder(home):
    """folder("tiny") → a model folder under the studio's models, of 2 × 3 + 4 weights."""

    def made(name: str, config=LLAMA):
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
        (path / "config.json").write_text(json.dumps(config))
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

    lstm = base_models.add_preset(
        by=tao, name="Deep", architecture="lstm", overrides={"width": 64, "depth": 3}
    )
    assert (lstm.architecture, lstm.overrides) == ("lstm", {"width": 64, "depth": 3})

    for odd in (
        {"overrides": {"width": 100, "heads": 7}},
        {"overrides": {"heads": 4}, "architecture": "lstm"},
    ):
        with pytest.raises(Invalid) as refused:
            base_models.add_preset(by=tao, name="Odd", **odd)
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


@pytest.mark.parametrize(
    ("config", "architecture"),
    [
        ({"architectures": ["T5ForConditionalGeneration"], "model_type": "t5"}, "encoder_decoder"),
        ({"architectures": ["BertModel"], "model_type": "bert"}, "encoder_classifier"),
        ({"model_type": "instructstudio_lstm"}, "lstm"),
    ],
)
def test_a_folders_architecture_is_told_from_its_config(folder, tao, config, architecture):
    folder("tiny", config)
    assert base_models.add_folder(by=tao, folder="tiny").architecture == architecture


@pytest.mark.parametrize("config", [{}, {"architectures": ["CLIPModel"]}, [], {"architectures": 7}])
def test_a_folder_of_another_kind_is_refused(folder, tao, config):
    folder("tiny", config)
    with pytest.raises(Invalid) as refused:
        base_models.add_folder(by=tao, folder="tiny")
    assert "reference" in refused.value.fields


def test_the_bundled_models_are_listed_once_they_are_unpacked(home, db):
    base_models.ensure_bundled()
    presets = BaseModel.objects.values_list("slug", "architecture")
    assert dict(presets) == {
        "nano": "decoder",
        "nano-encoder-decoder": "encoder_decoder",
        "nano-classifier": "encoder_classifier",
        "nano-lstm": "lstm",
    }
    smollm2, minilm = base_models.bundles_missing()

    for bundle in (smollm2, minilm):
        folder = home / "models" / bundle.folder
        folder.mkdir(parents=True)
        (folder / "config.json").write_text("{}")
    base_models.ensure_bundled()
    base_models.ensure_bundled()

    assert not base_models.bundles_missing()
    first, second = BaseModel.objects.filter(source=Source.BUNDLED)
    assert first.name == "SmolLM2-135M-Instruct (dequantised Q4_1)"
    assert second.name == "all-MiniLM-L6-v2"
    assert (first.architecture, second.architecture) == ("decoder", "encoder_classifier")
    assert second.folder == home / "models" / minilm.folder
    assert first.can_answer
    assert not second.can_answer  # until it is given a head


def test_a_model_that_runs_started_from_stays(tao, project, snapshot, nano, no_broker):
    runs.launch(by=tao, project=project, method="sft", snapshot=snapshot, base_model=nano)

    with pytest.raises(Conflict):
        base_models.remove(by=tao, model=nano)

    unused = base_models.add_preset(by=tao, name="Unused")
    base_models.remove(by=tao, model=unused)
    assert list(BaseModel.objects.all()) == [nano]
