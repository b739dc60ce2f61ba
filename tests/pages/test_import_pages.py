"""A file on the page: looked at first, its good rows imported, approved in bulk by somebody else."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from authoring import import_work
from authoring.models import Import, Pair, Review

pytestmark = pytest.mark.django_db
GOOD = [{"instruction": f"Say {n}", "output": str(n)} for n in range(3)]


def file(text, name="rows.jsonl"):
    return SimpleUploadedFile(name, text.encode())


def lines(rows):
    return "\n".join(json.dumps(row) for row in rows)


@pytest.fixture
def send(at, chat):
    def sent(browser, text, **fields):
        fields = {"task": chat.pk, "submit": "on", "file": file(text)} | fields
        return browser.post(at("import_new"), fields, follow=True)

    return sent


def test_nothing_is_written_before_it_was_looked_at(browse, send, ada):
    page = send(browse(ada), lines(GOOD)).content.decode()
    assert not Pair.objects.exists()
    assert "Import all 3 rows" in page
    assert "Say 0" in page, "the first rows stand as pairs"


def test_bad_rows_are_named_by_row_and_field_and_the_good_ones_can_come_in(browse, at, send, ada):
    browser = browse(ada)
    text = lines([GOOD[0]]) + "\n{broken\n" + lines([{"instruction": "no output"}, GOOD[1]])
    shown = send(browser, text)
    problems = {(one.row, one.level) for one in shown.context["problems"]}
    assert problems >= {(2, "error"), (3, "error")}
    assert "Import the 2 good rows" in shown.content.decode()
    browser.post(at("import_commit", pk=Import.objects.get().pk))
    assert Pair.objects.count() == 2


@pytest.mark.parametrize("text", ["", "no json at all", "[]"])
def test_a_file_that_cannot_be_read_says_why_and_offers_to_forget_it(browse, at, send, ada, text):
    browser = browse(ada)
    if not text:
        assert send(browser, text).status_code == 400
        return
    page = send(browser, text).content.decode()
    assert at("import_discard", pk=Import.objects.get().pk) in page
    browser.post(at("import_discard", pk=Import.objects.get().pk))
    assert not Import.objects.exists()


def test_a_file_over_the_limit_is_refused_with_its_status(browse, send, ada, settings):
    settings.UPLOAD_LIMIT = 10
    answer = send(browse(ada), lines(GOOD))
    assert answer.status_code == 413
    assert "can be uploaded" in answer.content.decode()


def test_somebody_else_approves_the_import_in_bulk(browse, at, send, ada, rui):
    send(browse(ada), lines(GOOD))
    pk = Import.objects.get().pk
    browse(ada).post(at("import_commit", pk=pk))
    page = browse(rui).get(at("import", pk=pk)).content.decode()
    assert at("import_approve", pk=pk) in page
    browse(rui).post(at("import_approve", pk=pk))
    assert Pair.objects.approved().count() == 3
    assert "Rui approved 3 of them in bulk, now." in browse(ada).get(
        at("import", pk=pk)
    ).content.decode().replace("\xa0", " ")
    assert all(review.bulk for review in Review.objects.all())


def test_nobody_approves_their_own_import(browse, at, send, rui):
    browser = browse(rui)
    send(browser, lines(GOOD))
    pk = Import.objects.get().pk
    browser.post(at("import_commit", pk=pk))
    assert at("import_approve", pk=pk) not in browser.get(at("import", pk=pk)).content.decode()
    assert browser.post(at("import_approve", pk=pk)).status_code == 403
    assert not Review.objects.exists()


def test_importing_twice_writes_once(browse, at, send, ada):
    browser = browse(ada)
    send(browser, lines(GOOD))
    commit = at("import_commit", pk=Import.objects.get().pk)
    browser.post(commit)
    assert browser.post(commit).status_code == 409
    assert Pair.objects.count() == 3


def test_while_a_worker_reads_it_the_page_asks_for_itself(browse, at, project, chat, ada, upload):
    made = upload("rows.jsonl", lines(GOOD))
    Import.objects.filter(pk=made.pk).update(state="uploaded")
    url = at("import", pk=made.pk)
    assert f'data-live-url="{url}"' in browse(ada).get(url).content.decode()
    Import.objects.filter(pk=made.pk).update(state="checked")
    part = browse(ada).get(url, headers={"X-Live": "1"}).content.decode()
    assert "data-live-url" not in part
    assert "<html" not in part


def test_the_pairs_of_an_import_are_one_click_away(browse, at, send, ada, write):
    write("another one")
    browser = browse(ada)
    send(browser, lines(GOOD))
    pk = Import.objects.get().pk
    page = browser.post(at("import_commit", pk=pk), follow=True).content.decode()
    assert f"{at('pairs')}?origin={pk}" in page
    assert len(browser.get(f"{at('pairs')}?origin={pk}").context["pairs"]) == 3


def test_a_file_name_with_markup_is_harmless(browse, send, ada):
    page = send(browse(ada), lines(GOOD), file=file(lines(GOOD), "<img src=x>.jsonl"))
    assert "<img src=x>" not in page.content.decode()


def test_where_the_studio_broke_the_page_says_so_and_tries_again(
    browse, at, send, ada, monkeypatch
):
    browser = browse(ada)
    send(browser, lines(GOOD))
    found = Import.objects.get()
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(import_work, "write_rows", lambda *_: 1 / 0)
        page = browser.post(at("import_commit", pk=found.pk), follow=True).content.decode()
    assert "The studio could not finish with this file." in page
    assert "ZeroDivisionError" in page
    assert "Try again" in page
    browser.post(at("import_check", pk=found.pk))
    browser.post(at("import_commit", pk=found.pk))
    assert Pair.objects.count() == 3
