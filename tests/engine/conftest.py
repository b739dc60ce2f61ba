"""Real models small enough to make in a moment, and the bundled one, unpacked once."""

import os
from pathlib import Path

import pytest
import torch

from engine import scratch
from engine.bundled import smollm2_folder
from engine.spec import ModelRef
from tests.engine.runs import LABELS, NANO, question

THINGS = ["blood", "grass", "the sky"]
QUESTIONS = [
    question(i, f"which colour is {THINGS[i % 3]}{' today' * (i % 5)}?", LABELS[i % 3])
    for i in range(1, 25)
]


@pytest.fixture(scope="session")
def questions():
    return QUESTIONS


@pytest.fixture(scope="session")
def nano_folder(tmp_path_factory):
    """A nano decoder with random weights as a Hugging Face folder."""
    folder = tmp_path_factory.mktemp("models") / "nano"
    scratch.train_tokenizer(QUESTIONS, NANO.overrides["vocabulary"], folder)
    torch.manual_seed(5)
    scratch.nano(folder, NANO.overrides).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def nano(nano_folder):
    return ModelRef("folder", path=str(nano_folder))


@pytest.fixture(scope="session")
def smollm2():
    """The bundled model's folder, kept between sessions under var/ or $TEST_MODELS."""
    home = Path(__file__).parents[2] / "var" / "test-models"
    return smollm2_folder(Path(os.environ.get("TEST_MODELS", home)))
