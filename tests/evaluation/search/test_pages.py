"""The pages of searches: the form makes what REST makes, the search shows what came of it."""

import pytest

from engine.settings import options
from evaluation.models import Search, Trial
from evaluation.search.forms import SearchForm
from evaluation.search.plots import GAP, Scale, places
from evaluation.search.space import NOT_LEARNT_BY, Choices
from tests.evaluation.search.test_advance import trial_of

HERE = "/p/letters/searches/"


@pytest.fixture
def send(client, tao, project, snapshot, nano, no_broker):
    """send(trials="3") → the answer to the form as it opens, some of it changed."""

    def sent(**changes):
        client.force_login(tao)
        form = client.get(f"{HERE}new/").context["form"]
        filled = {one.html_name: one.value() for one in form if one.value() not in (None, False)}
        filled |= {"snapshot": snapshot.pk, "tuning_ticks": ["full"], "lora_rank_how": "fixed"}
        return client.post(f"{HERE}new/", filled | changes)

    return sent


def test_every_setting_of_the_engine_stands_in_the_form_fixed_or_searched(project, snapshot):
    for method in ("sft", "grpo"):
        form = SearchForm(project=project, method=method)
        rows = {row.name: row for row in form.rows()}
        assert rows.keys() == {one.name for one in options(method)} - {"seed"}
        for name, row in rows.items():
            offered = row.how is not None or (row.ticks and len(row.ticks.subwidgets) > 1)
            if name in NOT_LEARNT_BY:
                assert row.how is None, name
            else:
                assert offered, name


def test_sending_it_begins_a_search(send):
    answer = send(trials="4", epochs_how="list", epochs_list="1, 2 3", name="First look")
    search = Search.objects.get()
    assert answer["Location"] == f"{HERE}{search.number}/"
    assert (search.budget, search.name, search.metric) == (4, "First look", "f1_macro")
    space = search.space()
    assert space.keys() == {"learning_rate", "batch_size", "epochs"}
    assert space["epochs"] == Choices((1.0, 2.0, 3.0))
    assert search.fixed["tuning"] == "full"
    assert search.trials.count() == 1


def test_more_than_one_tick_is_searched_among(send):
    send(schedule_ticks=["cosine", "linear"])
    assert Search.objects.get().space()["schedule"] == Choices(("cosine", "linear"))


@pytest.mark.parametrize(
    ("changes", "field", "why"),
    [
        ({"learning_rate_low": "0.5"}, "learning_rate_low", "low must be below high"),
        ({"learning_rate_low": "7"}, "learning_rate_low", "less than or equal to 1"),
        ({"learning_rate_low": ""}, "learning_rate_low", "number"),
        ({"batch_size_list": "8, many"}, "batch_size_low", "must be a number"),
        ({"lora_rank_how": "list"}, "lora_rank_low", "no adapters"),
        ({"tuning_ticks": ["lora"]}, "tuning_ticks", "choose full"),
        ({"trials": "0"}, "trials", "greater than or equal to 1"),
    ],
)
def test_what_can_not_be_is_named_at_its_field_with_everything_kept(send, changes, field, why):
    page = send(name="Keep me", **changes)
    assert page.status_code == 400
    form = page.context["form"]
    assert why in str(form.errors[field])
    assert why in page.content.decode()
    assert form["name"].value() == "Keep me"
    assert not Search.objects.exists()


def test_one_like_it_opens_with_its_space(send, client):
    send(epochs_how="list", epochs_list="1 2", schedule_ticks=["cosine", "linear"])
    form = client.get(f"{HERE}new/?like=1").context["form"]
    assert (form["epochs_how"].value(), form["epochs_list"].value()) == ("list", "1.0, 2.0")
    assert form["schedule_ticks"].value() == ["cosine", "linear"]
    assert form["learning_rate_how"].value() == "log"
    assert form["tuning_ticks"].value() == ["full"]


def test_the_page_tells_the_best_with_its_interval_and_where_to_go_on(
    begin, hand, client, vera, tao
):
    search = begin(trials=3)
    for number, value in ((1, 0.25), (2, 0.75)):
        hand.complete(search, trial_of(search, number), value)
    client.force_login(vera)
    page = client.get(f"{HERE}{search.number}/").content.decode()
    assert "Best so far: trial 2, F1, macro 0.750" in page
    assert "(0.000–1.000, n = 1)" in page
    assert "The defaults, trial 1, reached 0.250." in page
    assert page.count("<polyline") == 2
    assert "Launch a run with these settings" not in page, "she may not train"
    first, second = (trial_of(search, number).run.number for number in (1, 2))
    assert f"/p/letters/runs/beside/?run={first}&amp;run={second}" in page
    client.force_login(tao)
    page = client.get(f"{HERE}{search.number}/").content.decode()
    assert f"/p/letters/runs/new/?like={trial_of(search, 2).run.number}" in page


def test_the_lines_of_the_plot_say_what_the_table_says(begin, hand, client, vera):
    search = begin(trials=4)
    for number, value in ((1, 0.25), (2, 0.75)):
        hand.complete(search, trial_of(search, number), value)
    hand.end(trial_of(search, 3), "failed", failure={"message": "the loss is nan", "remedy": ""})
    hand.look(search)
    client.force_login(vera)
    answer = client.get(f"{HERE}{search.number}/live/")
    plot = answer.context["plot"]
    assert [(one.number, one.depth) for one in plot.lines] == [
        (3, "none"), (1, "deep-0"), (2, "deep-9"),
    ]  # fmt: skip
    assert [len(one.points.split()) for one in plot.lines] == [2, 3, 3], "a failure reaches nothing"
    best, worst = (float(plot.lines[i].points.split()[-1].split(",")[1]) for i in (2, 1))
    assert (best, worst) == (plot.top, plot.bottom)
    assert "the loss is nan" in answer.content.decode()


def test_the_buttons_do_what_the_table_of_states_allows(begin, no_broker, client, tao):
    search = begin()
    client.force_login(tao)
    for deed, state in (("pause", "paused"), ("resume", "running"), ("stop", "stopped")):
        client.post(f"{HERE}{search.number}/do/", {"deed": deed})
        search.refresh_from_db()
        assert search.state == state
    client.post(f"{HERE}{search.number}/do/", {"deed": "extend", "trials": "9"})
    search.refresh_from_db()
    assert (search.state, search.budget) == ("running", 9)
    client.post(f"{HERE}{search.number}/do/", {"deed": "fly"})


def test_a_halted_search_says_why(begin, no_broker, client, vera):
    search = begin()
    Search.objects.update(state="paused", halted={"message": "The disk is full.", "remedy": "x"})
    client.force_login(vera)
    assert "The disk is full." in client.get(f"{HERE}{search.number}/").content.decode()
    assert "Search 1" in client.get(HERE).content.decode()


def test_a_trials_run_names_its_search(begin, no_broker, client, vera):
    search = begin()
    run = Trial.objects.get().run
    client.force_login(vera)
    page = client.get(f"/p/letters/runs/{run.number}/").content.decode()
    assert f'Trial 1 of <a href="{HERE}{search.number}/">search 1</a>' in page


@pytest.mark.parametrize("who", ["ada", "vera"])
def test_who_may_not_train_gets_no_form(request, who, client, snapshot, no_broker):
    client.force_login(request.getfixturevalue(who))
    assert client.get(f"{HERE}new/").status_code == 403
    assert "No search yet" in client.get(HERE).content.decode()


def test_a_search_starts_from_what_is_there_not_from_a_run_to_wait_for(begin, project):
    begin(trials=1)  # its run is in the queue
    groups = SearchForm(project=project, method="sft").fields["start"].choices
    starts = [value for _name, found in groups for value, _words in found]
    assert starts
    assert not [one for one in starts if one.startswith("after:")]


@pytest.mark.parametrize(
    ("low", "high", "log", "named"),
    [
        (1e-4, 2e-2, True, ["0.0001", "0.001", "0.01", "0.02"]),
        (0, 0.2, False, ["0", "0.05", "0.1", "0.15", "0.2"]),
        (0.5, 0.5, False, ["0.5", "0.5"]),
    ],
)
def test_an_axis_names_its_ends_and_round_numbers_between(low, high, log, named):
    ticks = Scale({"low": low, "high": high, "log": log}).ticks()
    assert [label for _at, label in ticks] == named


def test_a_long_choice_does_not_run_into_the_axis_before_it():
    rate = Scale({"low": 1e-3, "high": 1e-2, "log": True})
    first, second, result = places([rate, Scale({"choices": ["cosine", "wsd"]})])
    assert second - first > GAP, "warm-up, stable, decay (WSD)"
    assert result - second == GAP
