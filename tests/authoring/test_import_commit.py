"""Good rows become pairs of whoever uploaded them: each once, however often a worker tries."""

import json
from datetime import timedelta

import pytest
from django.db import OperationalError, transaction
from django.utils import timezone

from authoring import import_rows, import_work
from authoring.actions import imports, projects
from authoring.models import Import, Pair, Revision
from authoring.tasks import look_after_imports, work_on_import
from tests.authoring.conftest import worked

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def jsonl(rows: int) -> str:
    many = (json.dumps({"instruction": f"Question {n}", "response": "Yes"}) for n in range(rows))
    return "\n".join(many)


@pytest.fixture
def large(monkeypatch):
    """Every file is large: a worker has to look at it. Nothing listens where Redis should."""
    monkeypatch.setattr(imports, "AT_ONCE", 0)


def test_pairs_are_the_uploaders_and_know_where_they_came_from(upload, ada):
    committed = imports.commit(dataset_import=upload("in.jsonl", jsonl(2)), by=ada)
    pair = committed.pairs.get(origin_row=2)
    assert (pair.author, pair.head.author, pair.state) == (ada, ada, "submitted")
    assert (pair.head.number, pair.head.instruction) == (1, "Question 1")
    assert pair.submitted_at is not None
    assert Pair.objects.search("question 1").get() == pair


def test_content_hashes_are_those_of_pairs_written_by_hand(upload, ada, write):
    imports.commit(dataset_import=upload("in.jsonl", jsonl(1)), by=ada)
    by_hand = write("Question 0", "Yes")
    assert Revision.objects.values_list("content_hash", flat=True).distinct().get()
    assert by_hand.head.content_hash == Pair.objects.exclude(origin=None).get().head.content_hash


def test_pairs_stay_drafts_where_that_was_asked(upload, ada):
    checked = upload("in.jsonl", jsonl(2), submit=False)
    committed = imports.commit(dataset_import=checked, by=ada)
    assert set(committed.pairs.values_list("state", flat=True)) == {"draft"}


def test_the_split_column_is_kept(upload, ada, intent):
    table = "input,label,split\na b,book,train\nc d,refund,DEV\ne f,book,test\ng h,book,\n"
    committed = imports.commit(dataset_import=upload("in.csv", table, task=intent), by=ada)
    splits = committed.pairs.order_by("origin_row").values_list("split", flat=True)
    assert list(splits) == ["train", "validation", "test", ""]


def test_a_row_without_instruction_takes_the_tasks(upload, ada, intent):
    intent.system = "You are brief."
    intent.save()
    row = '{"input": "money back", "label": "refund"}'
    committed = imports.commit(dataset_import=upload("in.jsonl", row, task=intent), by=ada)
    head = committed.pairs.get().head
    assert (head.instruction, head.system, head.input, head.response) == (
        intent.instruction,
        "You are brief.",
        "money back",
        "refund",
    )


def test_a_row_whose_instruction_is_empty_keeps_it_empty(upload, ada, intent):
    row = '{"instruction": "", "input": "money back", "label": "refund"}'
    committed = imports.commit(dataset_import=upload("in.jsonl", row, task=intent), by=ada)
    assert committed.pairs.get().head.instruction == ""


def test_languages_are_told_apart_unless_one_is_given(upload, ada):
    rows = (
        '{"instruction": "怎么退款？", "response": "好"}\n'
        '{"instruction": "How?", "response": "So"}\n'
        '{"instruction": "Comment ?", "response": "Ainsi", "language": "fr"}'
    )

    def languages(**options):
        committed = imports.commit(dataset_import=upload("in.jsonl", rows, **options), by=ada)
        return [pair.head.language for pair in committed.pairs.order_by("origin_row")]

    assert languages() == ["zh", "en", "fr"]
    assert languages(language="de") == ["de", "de", "fr"]


def test_a_worker_that_died_between_batches_is_continued_and_nothing_comes_twice(
    upload, ada, monkeypatch
):
    monkeypatch.setattr(import_work, "BATCH", 10)
    checked = upload("in.jsonl", jsonl(35))
    batches = iter([import_rows.write_rows, import_rows.write_rows])

    def dies_after_two(*args):
        try:
            return next(batches)(*args)
        except StopIteration:
            raise KeyboardInterrupt from None

    monkeypatch.setattr(import_work, "write_rows", dies_after_two)
    with pytest.raises(KeyboardInterrupt):
        imports.commit(dataset_import=checked, by=ada)
    checked.refresh_from_db()
    assert (checked.state, checked.rows_done) == ("committing", 20)
    monkeypatch.setattr(import_work, "write_rows", import_rows.write_rows)
    work_on_import(checked.pk)
    checked.refresh_from_db()
    assert (checked.state, checked.rows_done) == ("committed", 35)
    assert Pair.objects.count() == 35


def test_a_message_that_comes_twice_writes_nothing_twice(upload, ada):
    committed = imports.commit(dataset_import=upload("in.jsonl", jsonl(3)), by=ada)
    Import.objects.filter(pk=committed.pk).update(state="committing")
    work_on_import(committed.pk)
    work_on_import(committed.pk)
    committed.refresh_from_db()
    assert (committed.state, committed.rows_done, Pair.objects.count()) == ("committed", 3, 3)


def test_a_worker_whose_import_another_one_finished_leaves_it_as_it_is(upload, ada, monkeypatch):
    checked = upload("in.jsonl", jsonl(3))

    def meanwhile(*args):
        Import.objects.filter(pk=checked.pk).update(state="committed")
        return True

    monkeypatch.setattr(import_work, "write_rows", meanwhile)
    committed = imports.commit(dataset_import=checked, by=ada)
    assert (committed.state, committed.committed_at) == ("committed", None)


def test_a_large_file_waits_for_the_worker_and_a_dead_broker_loses_nothing(
    large, project, chat, ada, settings, django_capture_on_commit_callbacks
):
    from django.core.files.base import ContentFile

    settings.CELERY_BROKER_URL = "redis+socket:///no/redis.sock"
    with django_capture_on_commit_callbacks(execute=True):
        file = ContentFile(jsonl(3).encode(), name="in.jsonl")
        waiting = imports.upload(project=project, task=chat, file=file, by=ada)
    assert (waiting.state, waiting.rows_good) == ("uploaded", 0)
    look_after_imports()
    waiting.refresh_from_db()
    assert waiting.state == "uploaded", "younger than a minute: a worker may be at it"
    Import.objects.update(asked_at="2024-01-01T00:00Z")
    look_after_imports()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.rows_good) == ("checked", 3)


def test_a_large_import_is_written_by_the_worker(large, upload, ada):
    committing = imports.commit(dataset_import=upload("in.jsonl", jsonl(3)), by=ada)
    assert (committing.state, Pair.objects.count()) == ("committing", 0)
    assert worked(committing).state == "committed"
    assert Pair.objects.count() == 3


def test_checking_again_sees_what_changed(upload, ada, intent):
    checked = upload("in.csv", "input,label\nhello,greeting\n", task=intent)
    assert checked.warnings == 1
    intent.labels = [*intent.labels, "greeting"]
    intent.save()
    again = imports.check(dataset_import=Import.objects.get(pk=checked.pk), by=ada)
    assert (again.state, again.warnings) == ("checked", 0)


def test_a_discarded_file_is_gone_and_one_with_pairs_stays(
    upload, ada, django_capture_on_commit_callbacks
):
    from authoring.errors import Conflict

    checked = upload("in.jsonl", jsonl(1))
    storage, name = checked.file.storage, checked.file.name
    with django_capture_on_commit_callbacks(execute=True):
        imports.discard(dataset_import=checked, by=ada)
    assert not storage.exists(name)
    committed = imports.commit(dataset_import=upload("in.jsonl", jsonl(1)), by=ada)
    with pytest.raises(Conflict):
        imports.discard(dataset_import=committed, by=ada)


def test_the_name_on_disk_is_not_the_uploaders(upload):
    checked = upload("../../etc/passwd.jsonl", jsonl(1))
    assert checked.filename == "passwd.jsonl"
    assert "passwd" not in checked.file.name


@pytest.fixture
def breaks(monkeypatch):
    """breaks(an import, …) → from now on the second batch of these does what the database refuses; called
    with none, it is mended."""
    written = import_rows.write_rows
    monkeypatch.setattr(import_work, "BATCH", 2)

    def broken(*imports_: Import) -> None:
        def write(dataset_import, rows):
            if dataset_import in imports_ and rows[0].row > 2:
                with transaction.atomic():
                    Pair.objects.filter(origin=dataset_import).update(state="nonsense")
            return written(dataset_import, rows)

        monkeypatch.setattr(import_work, "write_rows", write)

    return broken


def look_later():
    Import.objects.update(asked_at=timezone.now() - timedelta(minutes=2))
    look_after_imports()


def test_an_import_that_breaks_ends_failed_keeps_no_other_waiting_and_goes_on_when_tried_again(
    upload, ada, large, breaks, caplog
):
    broken, whole = (
        imports.commit(dataset_import=upload(f"{name}.jsonl", jsonl(3)), by=ada) for name in "ab"
    )
    breaks(broken)
    look_later()
    for one in (broken, whole):
        one.refresh_from_db()
    assert (broken.state, broken.failure, broken.rows_done) == ("failed", "fault", 2)
    assert "IntegrityError" in broken.error
    assert (whole.state, whole.failure, whole.error) == ("committed", "", "")
    assert "Traceback" in caplog.text

    caplog.clear()
    look_later()
    assert not caplog.records, "it is not tried again by itself"

    breaks()
    checked = worked(imports.check(dataset_import=broken, by=ada))
    again = worked(imports.commit(dataset_import=checked, by=ada))
    assert (again.state, again.failure, again.rows_done) == ("committed", "", 3)
    assert list(again.pairs.order_by("pk").values_list("origin_row", flat=True)) == [1, 2, 3]


def test_a_small_file_over_which_the_studio_breaks_is_kept_and_no_crash(upload, rest, ada, breaks):
    checked = upload("in.jsonl", jsonl(3))
    breaks(checked)
    answer = rest(ada).post(f"/api/v1/imports/{checked.pk}/commit/")
    assert (answer.status_code, answer.json()["failure"]) == (201, "fault")
    breaks()
    for step in ("check", "commit"):
        answer = rest(ada).post(f"/api/v1/imports/{checked.pk}/{step}/")
    assert (answer.json()["state"], answer.json()["failure"]) == ("committed", "")


def test_a_database_that_is_away_fails_no_import(upload, ada, large, monkeypatch):
    waiting = imports.commit(dataset_import=upload("in.jsonl", jsonl(1)), by=ada)

    def away(*_):
        raise OperationalError("database is locked")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(import_work, "write_rows", away)
        look_later()
    waiting.refresh_from_db()
    assert waiting.state == "committing"
    look_later()
    waiting.refresh_from_db()
    assert waiting.state == "committed"


def test_a_deleted_projects_import_rests_and_goes_on_when_it_is_back(
    upload, project, ada, olga, large, breaks, monkeypatch
):
    waiting = imports.commit(dataset_import=upload("in.jsonl", jsonl(6)), by=ada)
    written = import_rows.write_rows

    def deleted_after_one(*args):
        done = written(*args)
        projects.delete(project=project, by=olga)
        return done

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(import_work, "write_rows", deleted_after_one)
        look_later()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.rows_done) == ("committing", 2)
    look_later()
    assert waiting.pairs.count() == 2
    projects.restore(project=project, by=olga)
    look_later()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.rows_done) == ("committed", 6)
