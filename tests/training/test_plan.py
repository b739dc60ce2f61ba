"""Before a launch: tokens to the token, warnings with what to do, examples with their loss mask."""

import json
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from authoring.models import Revision, Split
from engine.calibration import KEPT
from engine.calibration import Calibration as Measured
from engine.settings import settings_for
from engine.work import Passes
from tests.engine.conftest import QUESTIONS
from tests.engine.translators import FROM, TO, translator
from training import forecasts, token_counts
from training.first_examples import first_examples
from training.models import BaseModel, Calibration, Checkpoint, Forecast, Run, TokenCount
from training.plan import _looks, plan

pytestmark = pytest.mark.usefixtures("no_broker")
MEASURED = Measured(
    device="a test's", dtype="float32", threads=1, tuning="full", weights=10, trained_weights=10,
    start_up=5.0, train=Passes(0.01, 0.001, 0, 0), forward=Passes(0.01, 0.0005, 0, 0),
    optimiser=0.1, merge=0.0, decode_round=0.01, decode_row=0.001, checkpoint=1.0,
    checkpoint_bytes=2**20, load_bytes=2**28, held_bytes=2**29, train_bytes=Passes(0, 1e6, 0, 0),
    save_bytes=2**28, decode_bytes=0.0, memory=2**32,
)  # fmt: skip


@pytest.fixture
def planned(snapshot, nano):
    """planned(epochs=3) → the plan of an SFT run of the nano model."""

    def made(method="sft", base=nano, checkpoint=None, **settings):
        settings = {"tuning": "full", **settings}
        return plan(snapshot, settings_for(method, settings), base, checkpoint)

    return made


@pytest.fixture
def calibrated(nano):
    def made(apart=None, **changed):
        values = MEASURED.to_json() | changed
        return Calibration.objects.create(
            base_model=nano,
            tuning="full",
            dtype="auto",
            settings=apart or {},
            state="done",
            values=values,
        )

    return made


def finished(launch, calibration, said, real, correction=1.0):
    Forecast.objects.create(
        run=launch(), calibration=calibration, steps=1, tokens=1, seconds=said, real_seconds=real,
        start_up=20, correction=correction,
    )  # fmt: skip


def codes(plan):
    return {one.code for one in plan.warnings}


def test_without_a_measurement_tokens_are_known_and_time_is_not(planned):
    made = planned(epochs=2, batch_size=2)
    assert (made.steps, made.checkpoints, made.expected) == (4, 2, None)
    assert made.counts.exact
    assert made.counts.work.tokens == 2 * (made.counts.prompt_tokens + made.counts.label_tokens)
    assert planned(epochs=2, batch_size=2, train_rows=1).steps == 1


def test_time_and_memory_are_what_the_measurement_says(planned, calibrated):
    calibrated()
    made = planned(epochs=2, batch_size=2)
    work, run = made.counts.work, made.expected.run
    assert run.steps == pytest.approx(
        0.01 * work.passes.calls + 0.001 * work.passes.tokens + 0.1 * work.steps
    )
    assert run.checkpoints == pytest.approx(2.0)
    assert run.memory_bytes == KEPT + 2**29 + max(one.tokens for one in work.largest) * 1e6
    assert made.disk_bytes == 2 * 2**20
    assert made.expected.evaluation_count == 2


def test_a_finished_run_corrects_the_next_estimate(planned, calibrated):
    calibration = calibrated()
    before = planned().expected.run.steps
    calibration.learn(estimated=100.0, real=200.0, corrected=1.0)
    assert planned().expected.run.steps == pytest.approx(1.5 * before)


def test_a_plan_says_how_far_off_it_may_be(planned, calibrated, launch):
    """The benchmark's 25 % until five runs have finished, then as far as they were off."""
    calibration = calibrated()
    made = planned().expected
    assert made.seconds_between == pytest.approx((made.seconds / 1.25, made.seconds / 0.75))
    for real in (100, 90, 120, 100):
        finished(launch, calibration, said=100, real=real)
    assert planned().basis.runs == 0
    finished(launch, calibration, said=100, real=95)
    basis = planned().basis
    assert (basis.runs, *basis.time) == (5, 0.9, 1.2)


def test_runs_from_before_a_correction_moved_are_held_against_what_would_be_said_now(
    planned, calibrated, launch
):
    """Twice as slow as was said, until the correction learnt it; start-up is never corrected."""
    calibration = calibrated()
    for _ in range(3):
        finished(launch, calibration, said=100, real=180)
    for _ in range(2):
        finished(launch, calibration, said=180, real=180, correction=2.0)
    Calibration.objects.filter(pk=calibration.pk).update(correction=2.0)
    assert planned().basis.time == pytest.approx((0.95, 1.05))
    Forecast.objects.update(correction=None)
    assert planned().basis.runs == 0, "of what was said before it was kept nothing is known"


def test_a_run_teaches_by_the_correction_it_was_told_with(calibrated):
    calibration = calibrated()
    for _ in range(2):  # both were told before either had finished
        calibration.learn(estimated=100.0, real=200.0, corrected=1.0)
    assert calibration.correction == pytest.approx(1.75)


def test_a_plan_says_what_a_measurement_would_take(planned, calibrated, nano):
    assert (planned().basis.state, planned().basis.seconds) == ("none", 40)
    done = calibrated()
    at = Now()
    Calibration.objects.filter(pk=done.pk).update(started_at=at - timedelta(seconds=12), measured_at=at)  # fmt: skip
    assert planned(optimiser="muon").basis.state == "none"
    assert planned(optimiser="muon").basis.seconds == pytest.approx(12)
    assert planned().basis.calibration == done


def test_measurements_between_checkpoints_are_counted(planned, calibrated):
    calibrated()
    assert planned(epochs=6, batch_size=4).steps == 6
    looks = {every: _looks(6, 3, settings_for("sft", {"evaluate_every": every})) for every in (0, 2, 3)}  # fmt: skip
    assert looks == {0: 2, 2: 4, 3: 2}


@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        ({"learning_rate": 1e-6}, "learning_rate"),
        ({"learning_rate": 0.5}, "learning_rate"),
        ({"batch_size": 64}, "batch"),
        ({"validation_rows": 0}, "no_validation"),
    ],
)
def test_a_setting_that_will_mislead_is_said(planned, chosen, code):
    assert code not in codes(planned(batch_size=2))
    found = {one.code: one for one in planned(**{"batch_size": 2, **chosen}).warnings}
    assert found[code].remedy


def test_pairs_that_will_be_left_out_are_said(planned, snapshot):
    long = [{"role": "user", "content": "where is my order? " * 9}]
    Revision.objects.filter(pk=snapshot.items.first().revision_id).update(turns=long)
    assert "left_out" not in codes(planned())
    [said] = [one for one in planned(max_length=16).warnings if one.code == "left_out"]
    assert said.remedy


def test_where_every_pair_is_too_long_nothing_is_planned(planned, snapshot):
    long = [{"role": "user", "content": "where is my order? " * 9}]
    Revision.objects.filter(pk__in=snapshot.items.values("revision")).update(turns=long)
    made = planned(max_length=16, epochs=200)
    assert (made.steps, made.checkpoints, made.expected) == (0, 0, None)
    [said] = [one for one in made.warnings if one.code == "left_out"]
    assert (said.level, "nothing" in said.message) == ("bad", True)


def test_kernels_that_a_model_has_no_use_for_are_said(planned, nano):
    assert "no_kernels" not in codes(planned(liger=True))
    nano.architecture = "lstm"
    for chosen in ({"liger": True}, {"compile": True}):
        assert "no_kernels" in codes(planned(**chosen))


def test_a_translator_that_is_not_told_its_language_is_said(planned, home, settings):
    settings.MODELS_ROOT = home / "models"
    ids = translator("nllb", home / "models" / "nllb", QUESTIONS)
    base = BaseModel.objects.create(
        name="NLLB", slug="nllb", source="folder", reference="nllb", architecture="encoder_decoder"
    )
    told = planned(base=base)
    assert "no_language" not in codes(told)
    said = base.folder / "generation_config.json"
    text = json.loads(said.read_text())
    assert text.pop("forced_bos_token_id") == ids[TO]
    said.write_text(json.dumps(text))
    [caution] = [one for one in planned(base=base).warnings if one.code == "no_language"]
    assert FROM in caution.message
    assert planned(base=base).counts.label_tokens == told.counts.label_tokens + 4, "one a pair"


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"memory": 2**29}, "memory"), ({"checkpoint_bytes": 2**60}, "disk"), ({"optimiser": 9e4}, "time")],
)  # fmt: skip
def test_what_the_worker_can_not_hold_is_said(planned, calibrated, changed, code):
    calibrated(**changed)
    assert code in codes(planned(batch_size=2))


def test_what_the_data_lacks_is_said(planned, snapshot):
    counts = snapshot.counts
    counts["train"]["labels"] = {"track": 40, "cancel": 2}
    counts["test"] = {"rows": 1, "labels": {"refund": 1}}
    snapshot.leaks = [{"train": 1, "test": 2, "similarity": 1, "exact": True}]
    assert {"uneven_labels", "unseen_labels", "leaks", "few_pairs"} <= codes(planned())
    counts["train"]["labels"] = {"track": 4}
    counts["test"]["rows"] = 0
    assert {"one_label", "no_test"} <= codes(planned())


def test_reward_from_where_it_can_teach_nothing_is_said(planned, launch, nano):
    run = launch()
    one = Checkpoint(run=run, step=1, fence=1, path="1", layout="full", sha256="0", bytes=1)
    one.values = {"validation/accuracy": 1.0}
    one.save()
    assert "no_spread" in codes(planned("grpo"))
    assert "no_spread" in codes(planned("grpo", checkpoint=one))
    one.values = {"validation/accuracy": 0.4}
    assert "no_spread" not in codes(planned("grpo", checkpoint=one))
    assert "short_answers" in codes(planned("grpo", checkpoint=one, max_new_tokens=1))


def test_a_large_snapshot_is_sampled_until_the_light_worker_has_counted_it(
    planned, snapshot, monkeypatch
):
    monkeypatch.setattr(token_counts, "AT_ONCE", 2)
    monkeypatch.setattr(token_counts, "SAMPLE", 3)
    guessed = planned()
    assert (guessed.counts.exact, guessed.counts.sampled) == (False, 3)
    token_counts.carry_out(TokenCount.objects.get().pk)
    counted = planned().counts
    assert counted.exact
    monkeypatch.setattr(token_counts, "AT_ONCE", 400)
    assert counted == planned().counts
    assert guessed.counts.work.tokens == pytest.approx(counted.work.tokens, rel=0.3)


def test_a_count_whose_message_got_lost_is_asked_for_again_and_once(planned, monkeypatch):
    monkeypatch.setattr(token_counts, "AT_ONCE", 2)
    said = []
    monkeypatch.setattr(
        token_counts.announce, "announce_now", lambda task, pk: said.append((task, pk))
    )
    monkeypatch.setattr(token_counts.transaction, "on_commit", lambda tell, robust: tell())
    planned()
    planned()
    assert said == [("training.tasks.count_tokens", TokenCount.objects.get().pk)]
    TokenCount.objects.update(asked_at=Now() - timedelta(minutes=2))
    planned()
    planned()
    assert len(said) == 2
    token_counts.carry_out(said[0][1])
    TokenCount.objects.update(asked_at=Now() - timedelta(minutes=2))
    assert planned().counts.exact
    assert len(said) == 2, "nothing is left to count"


def test_over_rest_the_plan_has_tokens_warnings_and_the_loss_mask(client, tao, snapshot, nano):
    client.force_login(tao)
    asked = {"method": "sft", "snapshot": snapshot.pk, "base_model": nano.pk, "settings": {"epochs": 1}}  # fmt: skip
    answer = client.post("/api/v1/projects/letters/plans/", asked, "application/json")
    found = answer.json()
    assert answer.status_code == 200, found
    assert found["counts"]["exact"]
    assert found["counts"]["tokens"] == found["counts"]["prompt_tokens"] + found["counts"]["label_tokens"]  # fmt: skip
    assert "few_pairs" in {one["code"] for one in found["warnings"]}
    assert (found["basis"]["state"], found["basis"]["calibration"]) == ("none", None)
    assert found["basis"]["measuring_seconds"] > 0
    first = found["examples"][0]
    text = "".join(one["text"] for one in first["pieces"])
    trained = "".join(one["text"] for one in first["pieces"] if one["trained"])
    assert "Where is my parcel?" in text
    assert trained == "track<|im_end|>"
    assert first["trained"] == sum(one["tokens"] for one in first["pieces"] if one["trained"])


@pytest.mark.parametrize(
    ("who", "status"), [("ada", 403), ("vera", 403), ("eve", 404), ("tao", 200)]
)
def test_plans_and_advice_are_for_those_who_may_train(request, who, status, client, snapshot, nano):
    client.force_login(request.getfixturevalue(who))
    asked = {"method": "sft", "snapshot": snapshot.pk, "base_model": nano.pk}
    plans = client.post("/api/v1/projects/letters/plans/", asked, "application/json")
    advice = client.get("/api/v1/projects/letters/advice/", {"snapshot": snapshot.pk})
    assert (plans.status_code, advice.status_code) == (status, status)


def test_settings_out_of_range_are_named(client, tao, snapshot, nano):
    client.force_login(tao)
    asked = {"method": "sft", "snapshot": snapshot.pk, "base_model": nano.pk, "settings": {"epochs": -1}}  # fmt: skip
    answer = client.post("/api/v1/projects/letters/plans/", asked, "application/json")
    assert answer.status_code == 400
    assert "epochs" in answer.content.decode()


def test_the_page_shows_tokens_examples_and_the_measurement_to_ask_for(client, tao, snapshot, nano):
    client.force_login(tao)
    page = client.get("/p/letters/runs/new/").content.decode()
    assert "Where is my parcel?" not in page  # it is in pieces
    assert 'class="token trained"' in page
    assert "Measure it" in page
    part = client.get("/p/letters/runs/new/plan/", {"method": "sft", "snapshot": snapshot.pk, "start": f"model:{nano.pk}"})  # fmt: skip
    assert 'hx-swap-oob="true"' in part.content.decode()


def test_a_click_asks_a_worker_once(client, tao, snapshot, nano):
    client.force_login(tao)
    form = {"method": "sft", "snapshot": snapshot.pk, "start": f"model:{nano.pk}"}
    for _ in range(2):
        answer = client.post("/p/letters/runs/new/calibration/", form, HTTP_HX_REQUEST="true")
    assert "A worker measures this model" in answer.content.decode()
    assert Calibration.objects.count() == 1
    assert Calibration.objects.get().tuning == "full"


def test_over_rest_the_plan_says_what_it_is_based_on(client, tao, snapshot, nano, calibrated):
    calibration = calibrated()
    Calibration.objects.update(machine="workshop: a test's", measured_at=Now())
    client.force_login(tao)
    asked = {"method": "sft", "snapshot": snapshot.pk, "base_model": nano.pk}
    found = client.post("/api/v1/projects/letters/plans/", asked, "application/json").json()
    assert (found["basis"]["calibration"], found["basis"]["machine"]) == (calibration.pk, "workshop: a test's")  # fmt: skip
    assert found["basis"]["measured_at"]
    expected = found["expected"]
    assert expected["seconds_low"] < expected["seconds"] < expected["seconds_high"]
    assert expected["memory_bytes_low"] < expected["memory_bytes"] < expected["memory_bytes_high"]
    form = {"method": "sft", "snapshot": snapshot.pk, "start": f"model:{nano.pk}"}
    page = client.get("/p/letters/runs/new/plan/", form).content.decode()
    assert "Measured on workshop" in page
    assert "The benchmark holds time within" in page


def test_split_names_are_those_of_the_snapshot(planned):
    assert set(planned().rows) == set(Split.values)


def test_what_was_said_of_a_run_is_held_against_what_it_took(client, tao, launch, calibrated):
    """By the worker: written before the first attempt, corrected when it finished in one go."""
    calibration = calibrated({"threads": 1}, start_up=100.0)
    run = launch(2)
    forecasts.write(run)
    said = Forecast.objects.get(run=run)
    assert said.seconds > 100
    assert (said.start_up, said.correction) == (100, 1)
    assert (said.steps, said.calibration) == (2, calibration)
    Run.objects.filter(pk=run.pk).update(started_at=Now() - timedelta(seconds=3 * said.seconds))
    forecasts.learn(run)
    calibration.refresh_from_db()
    assert calibration.correction == pytest.approx(2.0, rel=0.01)
    client.force_login(tao)
    told = client.get(f"/api/v1/runs/{run.pk}/").json()["forecast"]
    assert told["real_seconds"] == pytest.approx(3 * said.seconds, rel=0.01)
    assert "Expected" in client.get(f"/p/letters/runs/{run.number}/").content.decode()


def test_a_forecast_that_can_not_be_made_holds_no_run_up(launch, monkeypatch):
    run = launch()
    monkeypatch.setattr(forecasts, "plan", lambda *_args, **_more: 1 / 0)
    forecasts.write(run)
    assert not Forecast.objects.exists()


@pytest.mark.parametrize("architecture", ["lstm", "encoder_decoder", "encoder_classifier"])
def test_every_architecture_is_counted_as_it_reads(snapshot, architecture):
    base = BaseModel.objects.create(
        name="Other", slug="other", source="scratch", reference="nano", architecture=architecture
    )
    settings = settings_for("sft", {"tuning": "full", "epochs": 1})
    made = plan(snapshot, settings, base)
    assert first_examples(snapshot, settings, base, None, made.counts).seen[0].pieces
    assert (made.counts.exact, made.counts.left_out) == (True, 0)
    if architecture == "encoder_classifier":
        assert made.counts.label_tokens == 4  # a class a pair
