"""What an optimiser is given is never longer than `clip`, and what is shorter is left as it is."""

import pytest
import torch

from engine.dataset import examples_of, read_split
from engine.learner import Learner
from engine.objectives.sft import SFT
from engine.optimisers import Optimiser, cut
from engine.start import start
from tests.engine.runs import NANO, open_job, write_run


@pytest.mark.parametrize("clip", [0.0, 0.01, 100.0])
def test_a_gradient_is_cut_to_the_length_that_is_asked(questions, tmp_path, monkeypatch, clip):
    run = write_run(tmp_path / "run", "sft", NANO, {"train": questions}, tuning="full", clip=clip,
                    batch_size=6)  # fmt: skip
    job = open_job(run)
    records = read_split(job, "train")
    loaded, _ = start(job, records)
    learner = Learner(job, loaded, total=1, every=1)
    given = []

    def seen(self, rate):
        given.append(torch.cat([one.grad.flatten() for one in self.weights]).norm().item())

    monkeypatch.setattr(Optimiser, "step", seen)
    found = learner.step(SFT(job, loaded, examples_of(job, loaded.formatter, records)), 0)
    assert found.grad_norm > 0.01
    assert given == [pytest.approx(clip if clip == 0.01 else found.grad_norm, rel=1e-4)]


@pytest.mark.parametrize(("most", "left"), [(4.9, 4.9), (5.1, 5.0), (0.0, 5.0)])
def test_the_length_is_that_of_all_gradients_together(most, left):
    weights = [torch.nn.Parameter(torch.zeros(1)) for _ in range(3)]
    for one, gradient in zip(weights, (3.0, 4.0), strict=False):  # the third has none
        one.grad = torch.tensor([gradient])
    assert cut(weights, most) == pytest.approx(5.0)
    assert torch.hypot(weights[0].grad, weights[1].grad).item() == pytest.approx(left, rel=1e-5)
