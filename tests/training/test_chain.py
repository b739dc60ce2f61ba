"""A run that waits for another's checkpoint: released, cancelled, or gone on with, as its launch said."""

import pytest

from authoring.errors import Invalid, NothingToDo
from authoring.words import told
from training import chains, upkeep
from training.actions import jobs, runs
from training.models import Checkpoint, Job, Run
from training.runner import attempt

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("no_broker")]


@pytest.fixture
def chain(tao, project, snapshot, nano):
    """chain(**of the second) → (SFT run, the GRPO run that waits for it)."""

    def launched(**second) -> tuple[Run, Run]:
        first = runs.launch(
            by=tao, project=project, method="sft", snapshot=snapshot, base_model=nano,
            settings={"epochs": 2, "threads": 1}, evaluate=False,
            then=[{"method": "grpo", "settings": {"steps": 2, "group_size": 2, "threads": 1},
                   **second}],
        )  # fmt: skip
        return first, first.followers.get()

    return launched


@pytest.fixture
def save():
    """save(run, step) → a checkpoint of the run, with a folder."""

    def saved(run: Run, step: int, loss: float = 1.0) -> Checkpoint:
        made = Checkpoint.objects.create(
            run=run, step=step, fence=1, path=f"{run.pk}/step-{step}", layout="full",
            sha256="a" * 64, bytes=1000, values={"validation/loss": loss},
        )  # fmt: skip
        made.folder.mkdir(parents=True)
        run.choose_best()
        return made

    return saved


def end(run: Run, state: str, **failure) -> None:
    Job.objects.filter(pk=run.pk).update(state=state, failure=failure or None)
    chains.settle()


def test_a_follower_waits_and_no_worker_takes_it(chain):
    first, second = chain()

    assert (second.state, second.after, second.parent) == ("waiting", first, None)
    assert [one.pk for one in Job.objects.claimable()] == [first.pk]


@pytest.mark.parametrize(("takes", "step"), [("best", 4), ("last", 8)])
def test_it_starts_from_the_checkpoint_that_its_launch_named(chain, save, takes, step):
    first, second = chain(takes=takes)
    save(first, 4, loss=0.1), save(first, 8, loss=0.9)

    end(first, "finished")

    second.refresh_from_db()
    assert (second.state, second.parent.step) == ("queued", step)


@pytest.mark.parametrize("state", ["failed", "stopped"])
def test_it_is_cancelled_with_the_reason(chain, save, state):
    first, second = chain()
    save(first, 4)

    end(first, state, message="The loss is nan.")

    second.refresh_from_db()
    assert (second.state, second.failure["type"]) == ("stopped", "chain")
    assert "It waited for run 1" in told(second.failure["message"])
    assert "The loss is nan." in told(second.failure["message"])


@pytest.mark.parametrize("state", ["failed", "stopped"])
def test_it_goes_on_from_the_newest_good_checkpoint_if_its_launch_said_so(chain, save, state):
    first, second = chain(if_failed="continue")
    save(first, 4, loss=0.1), save(first, 8, loss=0.9)
    save(first, 12).folder.rmdir()

    end(first, state)

    second.refresh_from_db()
    assert (second.state, second.parent.step) == ("queued", 8)


def test_going_on_needs_something_to_go_on_from(chain):
    first, second = chain(if_failed="continue")
    end(first, "failed")
    second.refresh_from_db()
    assert second.state == "stopped"


def test_what_waits_for_a_cancelled_run_is_cancelled_with_it(tao, chain):
    first, second = chain()
    third = runs.launch(by=tao, project=first.project, method="grpo", snapshot=first.snapshot,
                        after=second, evaluate=False)  # fmt: skip

    jobs.stop(by=tao, job=first)

    third.refresh_from_db()
    assert third.state == "stopped"
    assert "It waited for run 2, which was cancelled: It waited for run 1" in told(
        third.failure["message"]
    )


def test_a_paused_run_keeps_its_follower_waiting(tao, chain, save):
    first, second = chain()
    save(first, 4)
    jobs.pause(by=tao, job=first)
    chains.settle()
    second.refresh_from_db()
    assert second.state == "waiting"


def test_both_tried_again_are_a_chain_again(tao, chain, save):
    first, second = chain()
    end(first, "failed")
    jobs.retry(by=tao, job=first)
    second.refresh_from_db()

    jobs.retry(by=tao, job=second)
    assert (second.state, second.failure) == ("waiting", None)
    save(first, 8)
    end(first, "finished")

    second.refresh_from_db()
    assert (second.state, second.parent.step) == ("queued", 8)


def test_tried_again_alone_it_says_again_what_it_lacks(tao, chain):
    first, second = chain()
    end(first, "failed")
    second.refresh_from_db()
    jobs.retry(by=tao, job=second)
    assert (second.state, second.failure["type"]) == ("stopped", "chain")


def test_after_a_run_that_is_over_there_is_nothing_to_wait_for(tao, chain, save):
    first, _second = chain()
    saved = save(first, 8)
    end(first, "finished")
    asked = {"by": tao, "project": first.project, "snapshot": first.snapshot, "evaluate": False}

    third = runs.launch(method="sft", after=first, **asked)

    assert (third.state, third.parent) == ("queued", saved)
    saved.folder.rmdir()
    with pytest.raises(NothingToDo):
        runs.launch(method="sft", after=first, **asked)


def test_a_chain_is_launched_whole_or_not_at_all(chain):
    with pytest.raises(Invalid) as refused:
        chain(settings={"group_size": 1})
    assert "group_size" in refused.value.fields["then"][0]
    assert not Run.objects.exists()


def test_a_failed_run_does_not_block_the_queue(tao, launch):
    failing, next_one = launch(), launch()
    Job.objects.filter(pk=failing.pk).update(state="failed")
    assert [one.pk for one in Job.objects.claimable()] == [next_one.pk]


def test_over_rest_a_chain_is_one_request_and_its_links_are_seen(client, tao, snapshot, nano):
    client.force_login(tao)
    body = {
        "method": "sft", "snapshot": snapshot.pk, "base_model": nano.pk,
        "then": [{"method": "grpo", "takes": "last", "if_failed": "continue"}],
    }  # fmt: skip
    made = client.post("/api/v1/projects/letters/runs/", body, content_type="application/json")
    assert made.status_code == 201, made.content
    first = client.get(f"/api/v1/runs/{made.json()['id']}/").json()
    second = client.get(f"/api/v1/runs/{first['followers'][0]}/").json()
    assert (second["state"], second["after"]) == ("waiting", first["id"])
    assert (second["takes"], second["if_failed"]) == ("last", "continue")
    queue = client.get("/api/v1/queue/").json()
    assert [(one["run"], one["waits_for"]) for one in queue] == [(1, None), (2, 1)]


@pytest.mark.slow
def test_sft_then_reward_run_by_themselves_to_the_end(chain):
    """With real engines: nobody touches anything between the two."""
    first, second = chain()

    while attempt.work():
        upkeep.tidy_up()

    first.refresh_from_db(), second.refresh_from_db()
    assert (first.state, first.failure) == ("finished", None)
    assert (second.state, second.failure) == ("finished", None)
    assert second.parent == first.best_checkpoint
    assert second.checkpoints.exists()


def test_the_launch_page_launches_a_chain(client, tao, snapshot, nano):
    client.force_login(tao)
    form = {
        "method": "sft", "start": f"model:{nano.pk}", "snapshot": snapshot.pk, "then": "grpo",
        "takes": "last", "if_failed": "continue", "keep_best": "2",
    }  # fmt: skip
    page = client.get("/p/letters/runs/new/")
    defaults = {one.name: one.default for one in page.context["form"].options}
    answer = client.post("/p/letters/runs/new/", {**defaults, **form, "tuning": "full"})

    assert answer.status_code == 302, answer.content.decode()
    first, second = Run.objects.order_by("number")
    assert (second.after, second.takes, second.if_failed) == (first, "last", "continue")
    assert (first.keep_best, second.method, second.state) == (2, "grpo", "waiting")


def test_a_runs_page_says_what_it_waits_for_and_what_comes_then(client, chain, tao, vera):
    client.force_login(vera)
    chain()
    assert "run 1" in client.get("/p/letters/runs/2/live/?part=progress").content.decode()
    assert "/p/letters/runs/2/" in client.get("/p/letters/runs/1/").content.decode()
    client.force_login(tao)
    then = client.get("/p/letters/runs/new/?method=grpo&after=2")
    assert f"after:{Run.objects.get(number=2).pk}" in str(then.context["form"]["start"])
    assert then.context["form"].initial["start"] == f"after:{Run.objects.get(number=2).pk}"
