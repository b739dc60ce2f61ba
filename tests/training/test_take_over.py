"""A worker is killed with -9 in mid-run; the next one finishes the run, and no person does a thing."""

import pytest

from training.actions import runs
from training.states import JobState

from .studio import until

pytestmark = [pytest.mark.redis, pytest.mark.django_db(transaction=True)]


def test_a_run_finishes(studio, tao, project, snapshot, nano):
    run = runs.launch(by=tao, project=project, method="sft", snapshot=snapshot, base_model=nano,
                      settings={"epochs": 4, "batch_size": 2})  # fmt: skip
    studio.worker()

    until(lambda: runs.Run.objects.get(pk=run.pk).is_over)

    run.refresh_from_db()
    print(studio.logs())
    print(run.failure)
    for c in run.log_chunks.all():
        print(c.text)
    assert (run.state, run.failure) == (JobState.FINISHED, None)
    print(run.__dict__)
    print(run.points.count(), run.samples.count(), list(run.checkpoints.values()))
    for c in run.log_chunks.all():
        print(c.text)
