"""SFT from nothing, adapters on its checkpoint, GRPO on those: real engines, one after the other."""

import json

import pytest

from training.actions import runs
from training.runner import attempt
from training.states import JobState

pytestmark = [pytest.mark.redis, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def finished(studio, tao, project, snapshot):
    """finished(method=…, …) → a run that was launched and carried out."""

    def finish(**asked):
        run = runs.launch(by=tao, project=project, snapshot=snapshot, evaluate=False, **asked)
        assert attempt.work()
        run.refresh_from_db()
        assert (run.state, run.failure) == (JobState.FINISHED, None)
        return run

    return finish


def test_a_model_is_trained_from_nothing_then_by_adapters_then_by_reward(finished, nano, home):
    settings = {"batch_size": 4, "threads": 1}
    first = finished(method="sft", base_model=nano, settings={**settings, "epochs": 3})
    second = finished(
        method="sft", checkpoint=first.best_checkpoint, settings={**settings, "epochs": 1}
    )
    third = finished(
        method="grpo",
        checkpoint=second.best_checkpoint,
        settings={
            "steps": 2,
            "prompts_per_step": 2,
            "group_size": 2,
            "max_new_tokens": 4,
            "threads": 1,
        },
    )

    layouts = [run.best_checkpoint.layout for run in (first, second, third)]
    assert layouts == ["full", "adapter", "adapter"]
    spec = json.loads((home / "runs" / str(third.pk) / "spec.json").read_text())
    assert spec == third.spec
    assert spec["model"]["path"] == str(first.best_checkpoint.folder)
    assert spec["model"]["adapter"] == str(second.best_checkpoint.folder)
    assert [step for step, _ in third.values_of("grpo/reward")] == [1, 2]
    assert third.samples.filter(revision__isnull=False).exists()
    assert (third.best_checkpoint.folder / "adapter_model.safetensors").is_file()
