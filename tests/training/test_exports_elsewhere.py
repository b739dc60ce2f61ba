"""Every architecture's exports open by the lines of their card where there is no studio, and answer alike."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
import torch

from engine import events
from engine.architectures import ARCHITECTURES
from engine.bundles import minilm_folder
from engine.models import load_for_prediction
from engine.predict import answer
from engine.process import run as run_job
from engine.run_dir import RunDir, write_atomically
from engine.settings import PredictSettings, settings_for
from engine.spec import JobSpec, ModelRef
from tests.engine.runs import LABELS, TINY, final_checkpoint, question, said, write_run
from tests.training.elsewhere import opened_elsewhere
from training.opening import ELSEWHERE, how_to_open_export

THINGS = ["blood", "grass", "the sky"]
RECORDS = [question(i, f"which colour is {THINGS[i % 3]}?", LABELS[i % 3]) for i in range(12)]
ASKED = RECORDS[0]
SETTINGS = PredictSettings(dtype="float32", device="cpu", threads=1, max_new_tokens=64)

pytestmark = pytest.mark.smollm  # MiniLM's folder lies beside it


def trained(root: Path, model: ModelRef, **settings) -> Path:
    """The last checkpoint of a short run: enough to move the weights from where they were."""
    run = write_run(
        root, "sft", model, {"train": RECORDS}, batch_size=6, learning_rate=2e-2,
        checkpoint_every=1000, **settings,
    )  # fmt: skip
    assert run_job("sft", root, 1, None) == events.EXIT_FINISHED, said(run, "failure")
    return final_checkpoint(run)


def exported(root: Path, model: ModelRef, form: str) -> Path:
    run = RunDir(root)
    root.mkdir()
    lineage = {"base": "Nano, trained", "name": "Colours"}
    spec = JobSpec("export", model, {}, settings_for("export", {"form": form}), lineage=lineage)
    write_atomically(run.spec_path, spec.to_json())
    assert run_job("export", root, 1, None) == events.EXIT_FINISHED, said(run, "failure")
    return run.attempt(1).folder / "export"


class Exported(NamedTuple):
    form: str
    folder: Path
    model: ModelRef
    opened: dict
    """What another process found."""


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> dict[str, ModelRef]:
    """One trained model an architecture, an adapter on whole weights where it takes any; and MiniLM."""
    root, made = tmp_path_factory.mktemp("models"), {}
    home = Path(__file__).parents[2] / "var" / "test-models"
    minilm = minilm_folder(Path(os.environ.get("TEST_MODELS", home)))
    bases = {"MiniLM": ModelRef("folder", path=str(minilm), architecture="encoder_classifier")}
    for name in ARCHITECTURES:
        folder = trained(root / name, TINY[name], tuning="full", epochs=6)
        bases[name] = ModelRef("folder", path=str(folder), architecture=name)
    for name, base in bases.items():
        made[name] = base
        if "lora" in ARCHITECTURES[base.architecture].tunings:
            folder = trained(root / f"{name}-lora", base, epochs=2, lora_rank=4)
            made[name] = replace(base, adapter=str(folder))
    return made


@pytest.fixture(scope="module")
def exports(models, tmp_path_factory) -> dict[tuple[str, str], Exported]:
    root, asked, found = tmp_path_factory.mktemp("exports"), [], {}
    for name, model in models.items():
        for form in ("adapter", "merged") if model.adapter else ("merged",):
            folder = exported(root / f"{name}-{form}", model, form)
            lines = how_to_open_export(model.architecture, form)
            code = lines.replace("…", ASKED.turns[0]["content"]).replace(ELSEWHERE, model.path)
            asked.append({"folder": str(folder), "code": code})
            found[name, form] = Exported(form, folder, model, {})
    opened = opened_elsewhere(asked)
    return {
        key: one._replace(opened=what)
        for (key, one), what in zip(found.items(), opened, strict=True)
    }


CASES = [
    (name, form)
    for name in (*ARCHITECTURES, "MiniLM")
    for form in ("adapter", "merged")
    if (name, form) != ("lstm", "adapter")
]


@pytest.mark.parametrize(("name", "form"), CASES)
def test_it_opens_without_the_studio_and_gives_its_answers_and_logits(exports, name, form):
    one = exports[name, form]
    loaded = load_for_prediction(one.model, SETTINGS)
    ids = loaded.formatter.prompt(ASKED).ids
    assert one.opened["ids"] == ids
    [[predicted]] = answer(loaded, [ASKED], SETTINGS)
    given = one.opened["said"].rstrip("\n")
    if one.model.architecture == "encoder_classifier":
        given = given.partition(" ")[0]
    assert given == predicted.output
    asked = {"input_ids": torch.tensor([ids])}
    if one.model.architecture == "encoder_decoder":
        asked["decoder_input_ids"] = torch.tensor(
            [[loaded.transformer.config.decoder_start_token_id]]
        )
    with torch.no_grad():
        logits = loaded.transformer(**asked).logits.flatten(0, -2)[-1]
    assert torch.allclose(torch.tensor(one.opened["logits"]), logits, atol=1e-4)


@pytest.mark.parametrize(("name", "form"), CASES)
def test_it_holds_what_it_needs_and_no_path_of_this_machine(exports, name, form):
    one = exports[name, form]
    names = {file.name for file in one.folder.iterdir()}
    weights = {"adapter": "adapter_model.safetensors", "merged": "model.safetensors"}[form]
    assert {weights, "tokenizer.json", "tokenizer_config.json"} <= names
    assert ("instructstudio_lstm.py" in names) == (name == "lstm")
    for file in one.folder.glob("*.json"):
        text = file.read_text(encoding="utf-8")
        assert one.model.path not in text
        assert one.model.adapter not in text or not one.model.adapter
    if one.model.architecture == "encoder_classifier":
        labels = json.loads((one.folder / "config.json").read_text())["id2label"]
        assert list(labels.values()) == LABELS
