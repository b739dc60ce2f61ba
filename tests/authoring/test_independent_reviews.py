"""Who let somebody into the studio is kept, shown beside verdicts, and may keep them from judging.

Without e-mail an owner can invite an address of their own making and use the link themselves.
"""

from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied

from authoring.actions import bulk, imports, pairs, people, projects, reviews
from authoring.models import Pair, Review, User

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def invented(project, olga):
    """A reviewer whom Olga invited; nobody knows who used the link."""
    token = people.invite(project=project, email="nobody@example.org", role="reviewer", by=olga)
    return people.redeem(token=token, name="Nobody", password="a-long-enough-password-1")


def ask_for_independence(project, olga):
    projects.change(project=project, independent_reviews=True, by=olga)
    project.refresh_from_db()


def test_an_account_keeps_who_let_it_in(invented, olga, rest, project):
    assert User.objects.get(pk=invented.pk).let_in_by == olga
    members = rest(olga).get(f"/api/v1/projects/{project.slug}/members/").json()["results"]
    told = {one["person"]["name"]: one["let_in_by"] for one in members}
    assert (told["Nobody"], told["Olga"]) == ("Olga", None)


def test_a_verdict_says_whether_it_is_independent(submit, invented, olga, ada, rui, rest):
    own, others = submit("A", by=olga), submit("B")
    for pair in (own, others):
        reviews.judge(revision=pair.head, verdict="approve", by=invented)
    said = [
        rest(ada).get(f"/api/v1/pairs/{pair.pk}/reviews/").json()["results"][0]["independent"]
        for pair in (own, others)
    ]
    assert said == [False, True]


def test_a_project_may_refuse_verdicts_among_kin_both_ways(submit, invented, olga, project):
    ask_for_independence(project, olga)
    for pair, reviewer in ((submit("A", by=olga), invented), (submit("B", by=invented), olga)):
        assert pair not in Pair.objects.for_review_by(reviewer)
        with pytest.raises(PermissionDenied):
            reviews.judge(revision=pair.head, verdict="approve", by=reviewer)
        done = bulk.apply(project=project, deed="approve", ids=[pair.pk], by=reviewer)
        assert list(done.refused) == [pair.pk]
    assert not Review.objects.exists()


def test_everybody_else_judges_as_before(submit, invented, olga, rui, project):
    ask_for_independence(project, olga)
    pair = submit("A", by=olga)
    assert pair in Pair.objects.for_review_by(rui)
    assert reviews.judge(revision=pair.head, verdict="approve", by=rui).pair.state == "approved"
    theirs = submit("B")
    assert reviews.judge(revision=theirs.head, verdict="approve", by=invented).review.independent


def test_an_import_is_not_approved_in_bulk_by_its_importers_kin(upload, invented, olga, project):
    ask_for_independence(project, olga)
    rows = '{"instruction": "a", "response": "b"}\n{"instruction": "c", "response": "d"}'
    made = imports.commit(dataset_import=upload("in.jsonl", rows, by=olga), by=olga)
    edited = made.pairs.first()
    pairs.write(pair=edited, content={"response": "e"}, by=User.objects.get(name="Ada"))
    pairs.submit(pair=edited, by=olga)
    assert reviews.approve_import(dataset_import=made, by=invented) == 1
    assert list(Pair.objects.approved()) == [edited]


def test_accounts_of_before_are_told_by_the_links_that_were_used(invented, olga):
    User.objects.update(let_in_by=None)
    import_module("authoring.migrations.0004_remember_who_let_in").remember(apps, None)
    told = dict(User.objects.values_list("name", "let_in_by__name"))
    assert told == {"Nobody": "Olga"} | dict.fromkeys(set(told) - {"Nobody"})
