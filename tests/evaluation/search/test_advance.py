"""A search is carried on by looks: each begins from the database, and may come twice or never."""

import pytest

from authoring.actions import projects
from authoring.errors import Invalid, NothingToDo
from authoring.models import Membership
from authoring.permissions import Role
from authoring.words import told
from evaluation.actions.search import advance as advancing
from evaluation.actions.search import control
from evaluation.actions.search import launch as searches
from evaluation.models import Search, Trial
from evaluation.search import tasks
from evaluation.search.lineage import of_run
from training.actions import jobs
from training.models import Checkpoint, Job, Run

pytestmark = pytest.mark.database


def trial_of(search: Search, number: int) -> Trial:
    return search.trials.select_related("run").get(number=number)


def test_the_first_trial_is_a_run_in_the_queue_that_tries_the_defaults(begin, no_broker):
    search = begin()
    [trial] = search.trials.all()
    run = trial.run
    assert (run.state, run.evaluate, run.method) == ("queued", False, "sft")
    assert (run.settings["learning_rate"], run.settings["epochs"]) == (1e-3, 2.0)
    assert str(run) == "run 1: search-1-trial-1"


def test_the_next_trial_follows_when_one_is_over_until_all_were_asked_for(begin, hand):
    search = begin(trials=3)
    for number, value in ((1, 0.2), (2, 0.6), (3, 0.4)):
        assert search.state == "running"
        hand.complete(search, trial_of(search, number), value)
    assert (search.state, search.trials.count()) == ("finished", 3)
    assert [one.value for one in search.ranked()] == [0.6, 0.4, 0.2]
    assert search.best().number == 2
    tried = [tuple(sorted(one.settings.items())) for one in search.trials.all()]
    assert len(set(tried)) == 3


def test_what_is_measured_is_the_best_checkpoint_on_the_validation_split(begin, hand):
    search = begin()
    trial = trial_of(search, 1)
    good = hand.save(trial, 2, 4, loss=0.1, accuracy=0.9)
    hand.save(trial, 4, 4, loss=0.2, accuracy=0.5)
    hand.end(trial)
    hand.look(search)
    trial.refresh_from_db()
    assert (trial.state, trial.reported) == ("measuring", {"50": 0.9, "100": 0.5})
    assert (trial.evaluation.split, trial.evaluation.checkpoint) == ("validation", good)
    assert not search.trials.filter(number=2).exists(), "one at a time"

    hand.score(trial, 0.75)
    hand.look(search)
    trial.refresh_from_db()
    assert (trial.state, trial.value, trial.low, trial.high, trial.n) == ("complete", 0.75, 0, 1, 1)


def test_the_loss_needs_no_evaluation_and_less_of_it_is_better(begin, hand):
    search = begin(metric="loss", trials=2)
    for number, loss in ((1, 0.5), (2, 0.9)):
        trial = trial_of(search, number)
        hand.save(trial, 4, 4, loss=loss, accuracy=loss)
        hand.end(trial)
        hand.look(search)
    assert (search.state, search.best().number) == ("finished", 1)
    assert trial_of(search, 2).evaluation is None


def test_a_look_that_comes_twice_asks_for_nothing_twice(begin, hand):
    search = begin()
    hand.complete(search, trial_of(search, 1), 0.5)
    for _ in range(3):
        tasks.look(search.pk)
    assert search.trials.count() == 2
    tasks.look(10**6)  # of a search that is no more


def test_the_same_trials_give_the_same_next_settings_after_a_restart(begin, hand):
    first, second = begin(seed=3), begin(seed=3)
    for search in (first, second):
        hand.complete(search, trial_of(search, 1), 0.5)
    assert trial_of(first, 2).settings == trial_of(second, 2).settings


def test_several_are_at_work_at_once_and_differ(begin, hand):
    search = begin(trials=5, at_once=3)
    hand.look(search)
    assert search.trials.open().count() == 3
    hand.complete(search, trial_of(search, 2), 0.5)
    assert (search.trials.count(), search.trials.open().count()) == (4, 3)


def test_a_failed_trial_is_told_and_the_search_goes_on(begin, hand):
    search = begin()
    failure = {
        "type": "diverged",
        "message": "the loss is nan",
        "remedy": "Lower it.",
        "traceback": "",
    }
    hand.end(trial_of(search, 1), "failed", failure=failure)
    hand.look(search)
    trial = trial_of(search, 1)
    assert (trial.state, trial.failure) == (
        "failed",
        {"message": "the loss is nan", "remedy": "Lower it."},
    )
    assert (search.state, search.trials.count()) == ("running", 2)


def test_three_failures_in_a_row_halt_it_and_going_on_goes_on(begin, hand, tao):
    search = begin(trials=9)
    for number in (1, 2, 3):
        hand.end(trial_of(search, number), "failed", failure={"message": "no", "remedy": ""})
        hand.look(search)
    assert (search.state, search.trials.count()) == ("paused", 3)
    assert "last 3 trials failed" in told(search.halted["message"])

    control.resume(by=tao, search=search)
    hand.look(search)
    assert (search.state, search.halted, search.trials.count()) == ("running", None, 4)


def test_what_no_run_would_be_launched_with_is_refused_at_once(begin, no_broker):
    """From nothing there is nothing to put adapters on."""
    with pytest.raises(Invalid) as refused:
        begin(fixed={"tuning": "lora"})
    assert "choose full" in refused.value.fields["tuning"][0]
    assert not Search.objects.exists()


def test_settings_that_contradict_each_other_are_a_failed_trial_and_the_search_goes_on(begin, hand):
    search = begin(trials=9)
    search.space_json["tuning"] = {"choices": ["lora", "full"]}
    search.save()
    Trial.objects.update(settings={**trial_of(search, 1).settings, "tuning": "full"})
    while not search.trials.filter(state="failed").exists():
        hand.complete(search, search.trials.open().select_related("run").get(), 0.5)
    refused = search.trials.filter(state="failed").first()
    assert (refused.run, refused.settings["tuning"]) == (None, "lora")
    assert "choose full" in told(refused.failure["message"])
    assert search.trials.open().count() == 1


def test_a_run_that_a_person_stopped_is_a_stopped_trial(begin, hand, tao):
    search = begin()
    jobs.stop(by=tao, job=trial_of(search, 1).run)
    hand.look(search)
    assert trial_of(search, 1).state == "stopped"
    assert search.trials.count() == 2


def test_a_failed_run_that_a_person_retries_is_open_again(begin, hand, tao):
    search = begin(trials=1)
    trial = trial_of(search, 1)
    hand.end(trial, "failed", failure={"message": "no", "remedy": ""})
    hand.look(search)
    assert search.state == "finished"
    jobs.retry(by=tao, job=trial.run)
    hand.look(search)
    assert trial_of(search, 1).state == "waiting"
    hand.complete(search, trial_of(search, 1), 0.5)
    assert search.best().value == 0.5


def test_a_metric_that_is_undefined_is_a_failed_trial(begin, hand):
    search = begin()
    trial = trial_of(search, 1)
    hand.save(trial, 4, 4, loss=0.1)
    hand.end(trial)
    hand.look(search)
    hand.score(trial, None)
    hand.look(search)
    assert "undefined" in told(trial_of(search, 1).failure["message"])


def test_pausing_leaves_the_device_and_going_on_takes_it_up_again(begin, hand, tao):
    search = begin()
    control.pause(by=tao, search=search)
    hand.look(search)
    assert (search.state, trial_of(search, 1).run.state) == ("paused", "paused")
    assert search.trials.count() == 1
    control.resume(by=tao, search=search)
    assert trial_of(search, 1).run.state == "queued"


def test_stopping_ends_its_runs_and_asking_for_more_goes_on(begin, hand, tao):
    search = begin()
    control.stop(by=tao, search=search)
    hand.look(search)
    assert (search.state, trial_of(search, 1).state) == ("stopped", "stopped")
    assert search.finished_at is not None
    searches.extend(by=tao, search=search, trials=4)
    hand.look(search)
    assert (search.state, search.trials.count()) == ("running", 2)


def test_a_search_whose_owner_may_no_longer_train_is_halted_with_the_reason(begin, hand, tao):
    search = begin()
    Membership.objects.filter(user=tao).update(role=Role.VIEWER)
    hand.complete(search, trial_of(search, 1), 0.5)
    assert search.state == "paused"
    assert "may not train in this project any more" in told(search.halted["message"])


def test_a_full_disk_halts_it_and_asks_for_nothing(begin, hand, settings):
    search = begin()
    settings.DISK_RESERVE = 2**60
    hand.complete(search, trial_of(search, 1), 0.5)
    assert (search.state, search.trials.count()) == ("paused", 1)
    assert "MiB" in told(search.halted["message"])


def test_a_space_that_is_tried_out_ends_the_search(begin, hand):
    search = begin(space={"batch_size": {"choices": [2, 4]}}, trials=9)
    for number in (1, 2):
        hand.complete(search, trial_of(search, number), 0.5)
    assert (search.state, search.tried_out, search.trials.count()) == ("finished", True, 2)


def test_only_the_best_trials_keep_their_weights(begin, hand):
    search = begin(trials=3, keep=1)
    for number, value in ((1, 0.2), (2, 0.6), (3, 0.4)):
        hand.complete(search, trial_of(search, number), value)
    kept = Checkpoint.objects.kept()
    assert [one.run for one in kept] == [search.best().run]


def test_what_falls_behind_the_median_is_asked_to_stop_and_is_pruned(begin, hand):
    search = begin(trials=9)
    for number in range(1, 5):
        trial = trial_of(search, number)
        hand.save(trial, 2, 4, accuracy=0.5 + number / 100)
        hand.complete(search, trial, 0.6)
    trial = trial_of(search, 5)
    Run.objects.filter(pk=trial.run_id).update(state="running", owner="w", fence=1)
    Job.objects.filter(pk=trial.run_id).update(heartbeat_at="2100-01-01T00:00Z")
    hand.save(trial, 2, 4, accuracy=0.1)
    hand.look(search)
    assert Job.objects.get(pk=trial.run_id).wants == "stop"
    assert search.trials.count() == 5, "its worker is still at it"

    hand.end(trial, "stopped")
    hand.look(search)
    trial = trial_of(search, 5)
    assert (trial.state, trial.pruned_at, trial.value) == ("pruned", 50, None)
    assert search.trials.count() == 6


def test_a_search_without_pruning_lets_every_trial_finish(begin, hand):
    search = begin(trials=9, pruning=False)
    for number in range(1, 5):
        hand.complete(search, trial_of(search, number), 0.6)
    trial = trial_of(search, 5)
    hand.save(trial, 4, 4, accuracy=0.0)
    hand.look(search)
    assert Job.objects.get(pk=trial.run_id).wants == "run"


def test_a_run_that_finished_before_it_could_be_pruned_is_complete(begin, hand):
    search = begin()
    trial = trial_of(search, 1)
    Trial.objects.filter(pk=trial.pk).update(pruned_at=50)
    hand.complete(search, trial, 0.5)
    trial = trial_of(search, 1)
    assert (trial.state, trial.pruned_at) == ("complete", None)


def test_without_a_validation_split_there_is_nothing_to_choose_by(begin, snapshot):
    snapshot.counts.pop("validation")
    snapshot.save()
    with pytest.raises(NothingToDo):
        begin()
    assert not Run.objects.exists()


def test_its_place_is_written_into_the_runs_spec(begin, no_broker):
    search = begin()
    assert of_run(run=trial_of(search, 1).run) == {"search": search.number, "trial": 1}
    other = Run.objects.get()
    Trial.objects.all().delete()
    assert of_run(run=other) == {}


def test_what_falls_is_searched_downwards_and_only_for_models_that_give_probabilities(
    begin, hand, nano
):
    with pytest.raises(Invalid) as error:
        begin(metric="brier")
    assert error.value.fields.keys() == {"metric"}
    nano.architecture = "encoder_classifier"
    nano.save()
    search = begin(metric="brier", trials=2)
    assert search.fixed["best_metric"] == "brier"
    for number, value in ((1, 0.3), (2, 0.7)):
        trial = trial_of(search, number)
        good = hand.save(trial, 2, 4, loss=0.9, accuracy=0.1, brier=value)
        hand.save(trial, 4, 4, loss=0.1, accuracy=0.9, brier=1.5)
        hand.end(trial)
        hand.look(search)
        trial.refresh_from_db()
        assert trial.reported == {"50": value, "100": 1.5}
        assert trial.evaluation.checkpoint == good
        hand.score(trial, value, metric="brier")
        hand.look(search)
    assert [one.value for one in search.ranked()] == [0.3, 0.7]
    assert search.best().number == 1


def test_how_a_checkpoint_is_chosen_stays_as_it_was_asked_for(begin, nano):
    nano.architecture = "encoder_classifier"
    nano.save()
    asked = {"best_metric": "accuracy"}
    assert begin(metric="log_loss", fixed=asked).fixed["best_metric"] == "accuracy"
    assert begin(metric="log_loss").fixed["best_metric"] == "loss"
    blind = begin(metric="log_loss", fixed={"validation_rows": 0})
    assert "best_metric" not in blind.fixed


def test_a_deleted_projects_search_asks_for_no_more_trials_until_it_is_back(
    begin, hand, project, olga, no_broker
):
    search = begin(trials=3)
    [first] = search.trials.all()
    projects.delete(project=project, by=olga)
    hand.end(first)
    tasks.look(search.pk)
    tasks.look_after()
    assert search.trials.count() == 1
    projects.restore(project=project, by=olga)
    tasks.look_after()
    assert search.trials.count() == 2


def test_a_search_over_which_the_studio_breaks_is_halted_and_keeps_no_other_waiting(
    begin, hand, no_broker, tao, monkeypatch
):
    broken, whole = begin(), begin()
    for search in (broken, whole):
        hand.end(trial_of(search, 1), "failed", failure={"message": "no"})
    followed = advancing.follow

    def follow(*, search_id):
        return 1 / 0 if search_id == broken.pk else followed(search_id=search_id)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(advancing, "follow", follow)
        tasks.look_after()
    broken.refresh_from_db()
    assert (broken.state, whole.trials.count()) == ("paused", 2)
    assert "ZeroDivisionError" in told(broken.halted["message"])
    control.resume(by=tao, search=broken)
    tasks.look_after()
    assert broken.trials.count() == 2
