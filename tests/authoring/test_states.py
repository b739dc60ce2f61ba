"""The tables of states, walked whole: each deed from each state does what the table says, or is refused."""

import pytest

from authoring.actions import imports, pairs, reviews
from authoring.errors import Conflict
from authoring.models import Import, Pair
from authoring.states import IMPORT, PAIR, ImportState, NotAllowed, PairState, after

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def pair_in(submit, write, rui):
    """pair_in("approved") → a pair of Ada's in this state, reached by the deeds that lead there."""
    verdicts = {"approved": "approve", "rejected": "reject", "changes_requested": "request_changes"}

    def made(state: str) -> Pair:
        if state == "draft":
            return write("Say hello", "Hello!")
        pair = submit("Say hello", "Hello!")
        if state == "submitted":
            return pair
        judged = reviews.judge(
            revision=pair.head, verdict=verdicts[state], comment="Because.", by=rui
        )
        assert judged.pair.state == state
        return judged.pair

    return made


def act(deed: str, pair: Pair, ada, rui) -> Pair:
    match deed:
        case "write":
            return pairs.write(pair=pair, content={"response": "Good day!"}, by=ada).pair
        case "submit":
            return pairs.submit(pair=pair, by=ada)
        case "withdraw":
            return pairs.withdraw(pair=pair, by=ada)
        case "reopen":
            pair.project.approvals_required = 2
            pair.project.save()
            return reviews.judge(revision=pair.head, verdict="approve", by=rui).pair
    return reviews.judge(revision=pair.head, verdict=deed, comment="Because.", by=rui).pair


@pytest.mark.parametrize("deed", PAIR)
@pytest.mark.parametrize("state", PairState.values)
def test_a_pair_goes_where_the_table_says(deed, state, pair_in, ada, rui):
    pair = pair_in(state)
    if state in PAIR[deed].sources:
        after_deed = act(deed, pair, ada, rui)
        assert after_deed.state == PAIR[deed].target
    else:
        with pytest.raises((NotAllowed, Conflict)):
            act(deed, pair, ada, rui)
    pair.refresh_from_db()
    assert pair.state == (PAIR[deed].target if state in PAIR[deed].sources else state)


@pytest.mark.parametrize("state", PairState.values)
def test_deleting_and_restoring_keep_the_state(state, pair_in, ada):
    pair = pair_in(state)
    assert pairs.delete(pair=pair, by=ada).deleted_at
    restored = pairs.restore(pair=pair, by=ada)
    assert (restored.deleted_at, restored.state) == (None, state)


@pytest.mark.parametrize("deed", ["check", "commit"])
@pytest.mark.parametrize("state", ImportState.values)
def test_an_import_goes_where_the_table_says(deed, state, upload, ada):
    dataset_import = upload("in.jsonl", '{"instruction": "a", "response": "b"}')
    Import.objects.filter(pk=dataset_import.pk).update(state=state)
    dataset_import.refresh_from_db()
    run = {"check": imports.check, "commit": imports.commit}[deed]
    if state in IMPORT[deed].sources:
        end = {"check": "checked", "commit": "committed"}[deed]
        assert run(dataset_import=dataset_import, by=ada).state == end
    else:
        with pytest.raises(NotAllowed):
            run(dataset_import=dataset_import, by=ada)
        dataset_import.refresh_from_db()
        assert dataset_import.state == state


def test_a_refused_deed_says_which_and_from_where():
    with pytest.raises(NotAllowed) as refused:
        after(PAIR, "submit", "approved")
    assert (refused.value.deed, refused.value.state) == ("submit", "approved")
