"""Whose a name at a destination is, and that two who ask at one moment don't both get it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest
from django.db import connections

from authoring.errors import Conflict
from authoring.models import Membership, Project
from authoring.permissions import Role
from training.actions import jobs, pushes
from training.models import Export, Job, Push

pytestmark = pytest.mark.database


def asked(by, export, name="team/letters", destination="hub") -> Push:
    return pushes.ask(by=by, export=export, destination=destination, name=name)


@pytest.fixture
def others(export, olga) -> Export:
    """A finished export of another project of the same owner's."""
    project = Project.objects.create(name="Other", slug="other", created_by=olga)
    Membership.objects.create(project=project, user=olga, role=Role.OWNER)
    made = Export.objects.get(pk=export.pk)
    made.pk = made.id = made.job_ptr_id = None
    made.project, made.numbers = project, "bfloat16"
    made.save(force_insert=True)
    return made


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["queued", "running", "paused", "finished"])
def test_what_goes_or_went_somewhere_holds_its_name(export, others, olga, configured, state):
    Job.objects.filter(pk=asked(olga, export).pk).update(state=state)
    with pytest.raises(Conflict, match="Another project"):
        asked(olga, others, name="Team/Letters")
    asked(olga, export, name="Team/Letters")


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["failed", "stopped"])
def test_what_never_arrived_holds_no_name_and_is_not_tried_again_over_anothers(
    export, others, olga, configured, state
):
    first = asked(olga, export)
    Job.objects.filter(pk=first.pk).update(state=state)
    asked(olga, others)
    for again in (lambda: jobs.retry(by=olga, job=first), lambda: asked(olga, export)):
        with pytest.raises(Conflict, match="Another project"):
            again()
    assert Job.objects.get(pk=first.pk).state == state


@pytest.mark.django_db
@pytest.mark.parametrize(("first", "second"), [("a/b", "a"), ("a", "a/b"), ("a/b", "a/b/c")])
def test_no_folder_of_a_bucket_lies_within_anothers(
    export, others, olga, configured, first, second
):
    asked(olga, export, name=first, destination="s3")
    for whose in (export, others):
        with pytest.raises(Conflict, match="within the other"):
            asked(olga, whose, name=second, destination="s3")


@pytest.mark.django_db
def test_folders_beside_one_another_and_buckets_of_other_services_are_free(
    export, others, olga, configured, settings
):
    asked(olga, export, name="a/b", destination="s3")
    asked(olga, others, name="a/bc", destination="s3")
    settings.S3_ENDPOINT = "https://minio.example.org"
    there = asked(olga, others, name="a", destination="s3")
    assert (there.target, there.service) == ("s3://ours/models/a", "https://minio.example.org")


@pytest.mark.django_db(transaction=True)
def test_of_projects_that_ask_at_the_same_moment_one_gets_the_name(
    studio, export, others, olga, configured, monkeypatch
):
    """Each holds its transaction open until the other is as far, where the other can get as far."""
    together, asking = Barrier(2), Barrier(2)

    def linger(push: Push) -> None:
        with suppress(BrokenBarrierError):
            asking.wait(timeout=1)

    monkeypatch.setattr(pushes, "announce", linger)

    def ask(whose: Export) -> bool:
        together.wait()
        try:
            asked(olga, whose)
        except Conflict:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(2) as people:
        assert sorted(people.map(ask, [export, others])) == [False, True]


@pytest.mark.django_db
def test_it_is_kept_who_stopped_it_and_who_tried_it_again(export, olga, tao, configured, client):
    push = asked(olga, export)
    jobs.stop(by=olga, job=push)
    asked(olga, export)
    assert [(one.deed, one.by) for one in push.deeds.all()] == [("stop", olga), ("retry", olga)]
    client.force_login(tao)
    told = client.get(f"/api/v1/pushes/{push.pk}/").json()
    assert [one["deed"] for one in told["deeds"]] == ["stop", "retry"]
    page = client.get(f"/p/letters/checkpoints/{export.checkpoint_id}/exports/").content.decode()
    assert f"tried again by {olga}" in page
