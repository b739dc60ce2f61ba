"""all-MiniLM-L6-v2 out of its package: whole in the home, and an encoder that learns labels."""

import pytest

from engine import weights_hash
from engine.architectures import architecture_of, has_head
from engine.bundles import BUNDLES, MINILM_FILES, minilm_folder
from engine.families.folder import read_config
from engine.process import run as run_job
from engine.spec import ModelRef
from tests.engine.runs import curve, said, write_run

pytestmark = pytest.mark.smollm


@pytest.fixture(scope="module")
def minilm(smollm2):
    return minilm_folder(smollm2.parents[1])


def test_its_folder_is_whole_and_named_as_an_encoder(minilm):
    made = {one.name for one in minilm.iterdir()} - {weights_hash.REMEMBERED}  # runs add that
    assert made == set(MINILM_FILES)
    config = read_config(minilm)
    assert architecture_of(config) == BUNDLES[1].architecture == "encoder_classifier"
    assert not has_head(config)


def test_it_learns_labels_by_an_adapter(minilm, questions, tmp_path):
    ref = ModelRef("folder", path=str(minilm), architecture="encoder_classifier")
    run = write_run(
        tmp_path / "1", "sft", ref, {"train": questions, "validation": questions[:6]},
        epochs=4, batch_size=8, learning_rate=3e-3, checkpoint_every=1000,
    )  # fmt: skip
    assert run_job("sft", run.root, 1, None) == 0
    assert said(run, "checkpoint")[-1]["layout"] == "adapter"
    assert curve(run, "validation/accuracy")[-1] == 1.0
