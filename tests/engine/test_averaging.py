"""The final checkpoint holds the average that was asked for, and the last weights otherwise."""

import pytest
import torch
from safetensors.torch import load_file

from engine.averaging import Average
from engine.process import run as run_job
from engine.settings import SFTSettings
from tests.engine.runs import NANO, curve, said, write_run


def test_a_moving_average_weighs_the_past_by_its_decay():
    weight = torch.nn.Parameter(torch.tensor([0.0]))
    chosen = SFTSettings(averaging="ema", ema_decay=0.5)
    average = Average({"w": weight}, chosen, total=3, every=1)
    for step, value in enumerate([1.0, 2.0, 4.0], start=1):
        weight.data.fill_(value)
        average.after(step)
    second = 1.0 * 3 / 12 + 2.0 * 9 / 12  # d = (1 + 2) / (10 + 2), below 0.5
    third = second * 4 / 13 + 4.0 * 9 / 13
    assert average.tensors["w"].item() == pytest.approx(third)
    average.put()
    assert weight.item() == pytest.approx(third)


@pytest.fixture
def trained(questions, tmp_path):
    def train(**settings):
        run = write_run(tmp_path / str(len(list(tmp_path.iterdir()))), "sft", NANO,
                        {"train": questions, "validation": questions[:4]}, tuning="full", epochs=3,
                        batch_size=6, checkpoint_every=3, learning_rate=5e-3, **settings)  # fmt: skip
        assert run_job("sft", run.root, 1, None) == 0
        return run, [
            load_file(run.attempt(1).folder / one["path"] / "model.safetensors")
            for one in said(run, "checkpoint")
        ]

    return train


def test_the_last_checkpoints_are_averaged_in_the_final_one_which_is_what_was_measured(trained):
    plain, at_steps = trained()
    run, averaged = trained(averaging="last_k", average_last=3)
    assert [one["step"] for one in said(run, "checkpoint")] == [3, 6, 9, 12]
    for name, final in averaged[-1].items():
        mean = torch.stack([one[name] for one in at_steps[1:]]).mean(0)
        assert torch.allclose(final, mean, atol=1e-6), name
        assert torch.equal(averaged[2][name], at_steps[2][name])  # on the way nothing is averaged
    assert curve(run, "validation/loss")[-1] != curve(plain, "validation/loss")[-1]
