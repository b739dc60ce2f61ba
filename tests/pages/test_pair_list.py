"""The list of pairs: found by filters and words, in pages, and acted on together."""

import re

import pytest

from authoring.models import Pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def listed(browse, at, ada):
    """listed("q=hello") → ids on the page, in order."""

    def ids(query=""):
        return [pair.pk for pair in browse(ada).get(f"{at('pairs')}?{query}").context["pairs"]]

    return ids


def test_the_newest_stands_first(listed, write):
    first, second = write("one"), write("two")
    assert listed() == [second.pk, first.pk]
    assert listed("sort=id") == [first.pk, second.pk]


def test_the_last_changed_stands_first_when_asked(listed, write, ada):
    first, second = write("one"), write("two")
    first.save()
    assert listed("sort=-updated") == [first.pk, second.pk]


def test_chinese_is_found_by_words_inside_it(listed, write):
    pair = write("我想退掉昨天在北京买的书", language="zh")
    write("退款到了吗", language="zh")
    assert listed("q=北京") == [pair.pk]
    assert listed("q=京北") == []


def test_each_filter_narrows(listed, write, submit, intent, rui):
    draft = write("a draft", tags=["odd one"])
    waiting = submit("waiting")
    labelled = write("labelled", task=intent)
    chinese = write("中文", language="zh")
    by_rui = write("Rui's", by=rui)
    assert listed("state=submitted") == [waiting.pk]
    assert listed("task=intent") == [labelled.pk]
    assert listed("language=zh") == [chinese.pk]
    assert listed(f"author={rui.pk}") == [by_rui.pk]
    assert listed("tag=odd+one") == [draft.pk]
    assert listed(f"q=%23{draft.pk}") == [draft.pk]


def test_an_unknown_filter_value_filters_nothing(listed, write):
    pair = write("one")
    assert listed("state=nonsense&task=gone&author=x&sort=password") == [pair.pk]


def test_all_pages_together_hold_every_pair_once(browse, at, ada, write, monkeypatch):
    monkeypatch.setattr("authoring.views.pairs.SIZE", 3)
    made = [write(f"number {n}").pk for n in range(8)]
    browser, url, seen, pages = browse(ada), at("pairs") + "?", [], []
    while url:
        answer = browser.get(url)
        pages.append([pair.pk for pair in answer.context["pairs"]])
        seen += pages[-1]
        url = answer.context["next_url"] and at("pairs") + answer.context["next_url"]
    assert seen == made[::-1]
    back = browser.get(at("pairs") + answer.context["previous_url"])
    assert [pair.pk for pair in back.context["pairs"]] == pages[-2]


@pytest.mark.parametrize(
    "cursor", ["x", "bm9wZQ", "WyJhIiwgMV0", "W10", "bnVsbA", "W3t9LCAxXQ", "WzUsIDFd"]
)
def test_a_broken_cursor_is_no_error(browse, at, ada, write, cursor):
    write("one")
    for query in (f"after={cursor}", f"before={cursor}", f"sort=updated&after={cursor}"):
        assert browse(ada).get(f"{at('pairs')}?{query}").status_code == 200


def test_a_deed_is_done_to_the_chosen_and_taken_back(browse, at, ada, write):
    one, two, other = write("1"), write("2"), write("3")
    browser = browse(ada)
    chosen = {"deed": "delete", "pair": [one.pk, two.pk]}
    page = browser.post(at("pairs_bulk"), chosen, follow=True).content.decode()
    assert "2 pairs are deleted." in page
    assert set(Pair.objects.present()) == {other}
    browser.post(at("pairs_undo"))
    assert Pair.objects.present().count() == 3


def test_what_could_not_be_done_is_named(browse, at, ada, write):
    whole, half = write("1", "response"), write("2")
    chosen = {"deed": "submit", "pair": [whole.pk, half.pk]}
    page = browse(ada).post(at("pairs_bulk"), chosen, follow=True).content.decode()
    assert "1 pair awaits review." in page
    assert f"#{half.pk}:" in page
    assert {pair.pk: pair.state for pair in Pair.objects.all()} == {
        whole.pk: "submitted",
        half.pk: "draft",
    }


def test_a_reviewer_approves_the_chosen_in_bulk_and_takes_it_back(browse, at, ada, rui, submit):
    chosen = {"deed": "approve", "pair": [submit("1").pk, submit("2").pk]}
    browser = browse(rui)
    assert 'value="approve"' in browser.get(at("pairs")).content.decode()
    assert 'value="approve"' not in browse(ada).get(at("pairs")).content.decode()
    page = browser.post(at("pairs_bulk"), chosen, follow=True).content.decode()
    assert "You approved 2 pairs in bulk." in page
    browser.post(at("pairs_undo"))
    assert {pair.state for pair in Pair.objects.all()} == {"submitted"}


def test_who_only_writes_approves_nothing_in_bulk(browse, at, ada, submit):
    chosen = {"deed": "approve", "pair": [submit("1").pk]}
    assert browse(ada).post(at("pairs_bulk"), chosen).status_code == 403


def test_a_deed_that_does_not_exist_is_refused_on_the_page(browse, at, ada, write):
    pair = write("1")
    answer = browse(ada).post(at("pairs_bulk"), {"deed": "__class__", "pair": [pair.pk]})
    assert answer.status_code == 400
    assert "There is no such deed." in answer.content.decode()


def test_pairs_of_another_project_are_out_of_reach(browse, at, ada, eve, write):
    from authoring.actions import pairs, project_tasks, projects

    other = projects.create(name="Other", by=eve)
    task = project_tasks.add(project=other, name="Free", kind="free", by=eve)
    theirs = pairs.write(task=task, content={"instruction": "x"}, by=eve).pair
    browse(ada).post(at("pairs_bulk"), {"deed": "delete", "pair": [theirs.pk]})
    theirs.refresh_from_db()
    assert theirs.deleted_at is None


def test_after_a_deed_one_is_back_at_the_filtered_list_and_nowhere_else(browse, at, ada, write):
    pair = write("1")
    chosen = {"deed": "delete", "pair": [pair.pk]}
    filtered = at("pairs") + "?state=draft"
    assert browse(ada).post(at("pairs_bulk"), chosen | {"next": filtered}).url == filtered
    evil = "//evil.example/" + at("pairs")
    assert browse(ada).post(at("pairs_bulk"), chosen | {"next": evil}).url == at("pairs")


def test_deleted_pairs_have_a_list_of_their_own(listed, browse, at, ada, write):
    pair = write("gone")
    browse(ada).post(at("pair_delete", pk=pair.pk))
    assert listed() == []
    assert listed("deleted=on") == [pair.pk]


def test_an_empty_project_teaches_the_next_step(browse, at, ada, chat):
    page = browse(ada).get(at("pairs")).content.decode()
    assert at("pair_new") in page
    assert "<table" not in page


def test_imported_markup_is_shown_and_never_run(browse, at, ada, write):
    write("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", tags=["<b>"])
    page = browse(ada).get(at("pairs")).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert not re.search(r"<b>\s*</span>", page)
    assert "&lt;script&gt;alert(1)" in page


def test_an_absurd_number_is_no_error(browse, at, ada, write):
    write("one")
    for query in ("author", "origin", "q"):
        assert browse(ada).get(f"{at('pairs')}?{query}={'9' * 30}").status_code == 200
    chosen = {"deed": "delete", "pair": ["9" * 30, "x", "-1"]}
    assert browse(ada).post(at("pairs_bulk"), chosen).status_code == 302
    assert Pair.objects.present().count() == 1
