"""Where nothing is approved, the snapshots offer what this person can do about it."""

import pytest

from authoring.toward_approval import toward_approval

pytestmark = pytest.mark.django_db


def test_in_an_empty_project_a_pair_is_to_be_written(project, rui, vera):
    assert toward_approval(rui, project).url.endswith("/write/")
    assert toward_approval(vera, project) is None, "who only looks has nothing to do"


def test_what_others_wait_for_goes_before_ones_own_drafts(project, ada, rui, write, submit):
    write("a draft")
    assert f"author={ada.pk}" in toward_approval(ada, project).url
    write("another draft", by=rui)
    assert "state=draft" in toward_approval(rui, project).url
    submit("waiting")
    assert toward_approval(rui, project).url.endswith("/review/")
    assert "state=draft" in toward_approval(ada, project).url, "nobody reviews their own"
