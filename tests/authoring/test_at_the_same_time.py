"""People who act at the same moment, in threads of their own, on a database that serialises in earnest."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from authoring import import_work
from authoring.actions import pairs, people, projects, review_queue, reviews, snapshots
from authoring.errors import Conflict
from authoring.models import IdempotentReply, Import, Pair, Snapshot, User
from tests.cast import member
from tests.training.studio import PATIENCE

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.database,
    pytest.mark.usefixtures("database_url"),
]


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """What each deed returned, or the exception it raised; all begin at the same moment."""
    start = Barrier(len(deeds))

    def run(deed: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return deed()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(run, deeds))


def test_of_many_who_use_one_link_one_comes_in(project, olga):
    token = people.invite(project=project, email="new@example.org", role="author", by=olga)
    came = at_once(*[lambda: people.redeem(token=token, password="correct horse 9")] * 4)
    assert sum(isinstance(one, User) for one in came) == 1
    assert sum(isinstance(one, Conflict) for one in came) == 3
    assert User.objects.filter(email="new@example.org").count() == 1


def test_a_sign_in_link_lets_one_in(ada):
    root = people.create_owner(email="root@example.org")
    token = people.sign_in_link(user=ada, by=root)
    came = at_once(*[lambda: people.redeem(token=token)] * 4)
    assert sum(one == ada for one in came) == 1
    assert sum(isinstance(one, Conflict) for one in came) == 3


def test_every_reviewer_gets_another_pair(submit, project):
    submitted = {submit(f"Question {n}").pk for n in range(4)}
    reviewers = [member(f"Reviewer{n}", project, "reviewer") for n in range(4)]
    given = at_once(
        *[lambda by=by: review_queue.next_for(project=project, by=by) for by in reviewers]
    )
    assert {pair.pk for pair in given} == submitted


def test_everything_that_was_typed_is_kept_and_told_apart(write, project):
    pair = write("Say hello", "Hello!")
    writers = [member(f"Writer{n}", project, "author") for n in range(4)]
    written = at_once(
        *[
            lambda by=by: pairs.write(
                pair=pair, content={"response": f"From {by}"}, parent=1, by=by
            )
            for by in writers
        ]
    )
    assert sorted(one.revision.number for one in written) == [2, 3, 4, 5]
    assert sum(not one.conflict for one in written) == 1
    kept = set(pair.revisions.values_list("response", flat=True))
    assert kept == {"Hello!", *(f"From {by}" for by in writers)}


def test_two_who_approve_at_once_approve_once(submit, rui, olga):
    pair = submit("Say hello")
    judged = at_once(
        *[
            lambda by=by: reviews.judge(revision=pair.head, verdict="approve", by=by)
            for by in (rui, olga)
        ]
    )
    assert sum(isinstance(one, Conflict) for one in judged) == 1
    assert pair.head.reviews.count() == 1


def test_two_owners_who_step_down_at_once_leave_one_behind(project, olga, ada):
    projects.set_role(project=project, user=ada, role="owner", by=olga)
    at_once(
        *[
            lambda by=by: projects.remove_member(project=project, user=by, by=by)
            for by in (olga, ada)
        ]
    )
    assert project.memberships.filter(role="owner").count() == 1


def test_snapshots_frozen_at_once_have_numbers_of_their_own(approve, project, tao):
    for number in range(10):
        approve(f"Question {number}")
    at_once(*[lambda: snapshots.freeze(project=project, by=tao)] * 3)
    assert sorted(Snapshot.objects.values_list("number", flat=True)) == [1, 2, 3]


def test_two_workers_with_one_message_write_each_row_once(upload, ada, monkeypatch):
    monkeypatch.setattr(import_work, "BATCH", 5)
    rows = (json.dumps({"instruction": f"Question {n}", "response": "Yes"}) for n in range(40))
    checked = upload("in.jsonl", "\n".join(rows))
    Import.objects.filter(pk=checked.pk).update(state="committing")
    message = checked.pk
    worked = at_once(*[lambda: import_work.work(dataset_import=Import.objects.get(pk=message))] * 3)
    assert worked == [None] * 3
    checked.refresh_from_db()
    assert (checked.state, checked.rows_done) == ("committed", 40)
    assert Pair.objects.count() == 40


def test_a_request_sent_while_the_same_is_under_way_gets_its_answer(rest, ada, chat):
    client = rest(ada)
    body = {"task": "chat", "instruction": "Say hello", "response": "Hello!"}
    url = "/api/v1/projects/letters/pairs/"
    answers = at_once(*[lambda: client.post(url, body, headers={"Idempotency-Key": "one"})] * 4)
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["pair"]["id"] for answer in answers}) == 1
    assert Pair.objects.count() == 1


def test_a_submission_sent_while_the_same_is_under_way_gets_its_answer(rest, write, ada):
    client, pair = rest(ada), write("Say hello", "Hello!")
    url = f"/api/v1/pairs/{pair.pk}/submission/"
    answers = at_once(*[lambda: client.post(url, headers={"Idempotency-Key": "one"})] * 4)
    assert [answer.status_code for answer in answers] == [201] * 4


@pytest.fixture
def frozen(rest, project, approve, tao):
    """frozen() → the answer to freezing twelve pairs under the key `one`."""
    for number in range(12):
        approve(f"Question {number}")
    client = rest(tao)

    def freeze():
        url = f"/api/v1/projects/{project.slug}/snapshots/"
        return client.post(url, {}, headers={"Idempotency-Key": "one"})

    return freeze


def test_others_write_while_a_snapshot_is_planned_under_a_key(frozen, write, monkeypatch):
    planned = snapshots.plan

    def plan(**asked):
        [meanwhile] = at_once(lambda: write("Meanwhile"))  # by a connection of its own
        assert isinstance(meanwhile, Pair), meanwhile
        return planned(**asked)

    monkeypatch.setattr(snapshots, "plan", plan)
    assert frozen().status_code == 201
    assert Snapshot.objects.get().items.count() == 12
    assert frozen()["Idempotent-Replay"] == "true"


def test_of_many_that_planned_the_same_under_one_key_one_is_frozen(frozen, monkeypatch):
    planned, together = snapshots.plan, Barrier(3)

    def plan(**asked):
        made = planned(**asked)
        together.wait(PATIENCE)  # nobody has the key yet
        return made

    monkeypatch.setattr(snapshots, "plan", plan)
    answers = at_once(*[frozen] * 3)
    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert Snapshot.objects.count() == IdempotentReply.objects.count() == 1
