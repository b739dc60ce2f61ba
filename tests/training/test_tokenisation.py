"""The tokenisation preview: sentences, tokens, ids and what each script costs, of a text or a pair."""

import pytest

from authoring.models import Pair, Revision
from engine.learnt_tokenizer import train_tokenizer
from engine.records import Record
from training.models import BaseModel

pytestmark = pytest.mark.django_db
TEXT = {"instruction": "Sum it up. 谢谢！再见。", "response": "Done."}


@pytest.fixture
def tiny(home):
    folder = home / "models" / "tiny"
    turns = [{"role": "user", "content": "Sum it up. Done."}]
    train_tokenizer([Record(1, 1, "t", turns, "Done.")], 300, folder)
    return BaseModel.objects.create(name="Tiny", slug="tiny", source="folder", reference="tiny")


def test_a_pasted_text_shows_sentences_tokens_and_scripts(client, vera, tiny):
    client.force_login(vera)
    page = client.post("/p/letters/models/tokens/", TEXT | {"model": tiny.pk})
    found = page.context["found"]
    assert found.sentences["instruction"] == ["Sum it up. ", "谢谢！", "再见。"]
    [chinese, other] = found.scripts
    assert (chinese.name, chinese.characters) == ("zh", 4)
    assert chinese.tokens > other.tokens_a_character * 4
    assert sum(len(one.ids) for one in found.seen.pieces) == found.seen.tokens


def test_a_pair_is_taken_by_its_number(client, tao, project, task, tiny):
    pair = Pair.objects.create(project=project, task=task, author=tao)
    turns = [{"role": "user", "content": "Where is it?"}]
    pair.head = Revision.objects.create(pair=pair, number=1, author=tao, turns=turns, response="x")
    pair.save()
    client.force_login(tao)
    page = client.get("/p/letters/models/tokens/", {"pair": pair.pk})
    assert page.context["found"].sentences["instruction"] == ["Where is it?"]
    assert "found" not in client.get("/p/letters/models/tokens/", {"pair": pair.pk + 1}).context


def test_over_rest_ids_and_mask_come_too(client, vera, tiny, eve):
    client.force_login(vera)
    at = "/api/v1/projects/letters/tokenisations/"
    found = client.post(at, TEXT | {"base_model": tiny.pk}, "application/json").json()
    trained = [one for one in found["pieces"] if one["trained"]]
    assert "".join(one["text"] for one in trained) == "Done.<|im_end|>"
    assert found["trained"] == sum(len(one["ids"]) for one in trained)
    client.force_login(eve)
    assert client.post(at, TEXT | {"base_model": tiny.pk}, "application/json").status_code == 404


def test_markup_is_text(client, vera, tiny):
    client.force_login(vera)
    form = {"model": tiny.pk, "instruction": "<script>x</script>", "response": "y"}
    assert "<script>x" not in client.post("/p/letters/models/tokens/", form).content.decode()
