"""What the model sees: every token, special ones named, and the loss on the response alone."""

import json

import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from training.models import BaseModel

pytestmark = pytest.mark.django_db


@pytest.fixture
def tiny(settings, tmp_path):
    """A base model whose folder holds a byte-level tokenizer and a chat template, and no weights."""
    settings.MODELS_ROOT = tmp_path
    folder = tmp_path / "tiny"
    folder.mkdir()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(
        models.BPE(vocab={sign: at for at, sign in enumerate(alphabet)}, merges=[])
    )
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken("<|end|>", special=True)])
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "eos_token": "<|end|>",
        "chat_template": "{% for m in messages %}{{ m.role }}:{{ m.content }}<|end|>{% endfor %}"
        "{% if add_generation_prompt %}assistant:{% endif %}",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return BaseModel.objects.create(name="Tiny", slug="tiny", source="folder", reference="tiny")


@pytest.fixture
def seen(browse, at, ada, chat):
    """seen(response="是") → what the editor's token part shows."""

    def shown(**fields):
        fields = {"task": chat.pk, "turn": ["Hi"], "response": "Yo", "language": "en"} | fields
        return browse(ada).post(at("token_view"), fields)

    return shown


def test_the_exact_text_is_shown_with_the_response_trained(seen, tiny):
    found = seen().context["seen"]
    assert "".join(piece.text for piece in found.pieces) == "user:Hi<|end|>assistant:Yo<|end|>"
    assert "".join(piece.text for piece in found.pieces if piece.trained) == "Yo<|end|>"
    assert [piece.text for piece in found.pieces if piece.special] == ["<|end|>", "<|end|>"]


def test_a_chinese_character_in_several_tokens_is_one_piece(seen, tiny):
    found = seen(response="是").context["seen"]
    trained = [(piece.text, piece.tokens) for piece in found.pieces if piece.trained]
    assert trained == [("是", 3), ("<|end|>", 1)]
    assert found.trained == 4


def test_input_and_system_stand_where_training_puts_them(seen, tiny):
    found = seen(system="Be brief", input="the text").context["seen"]
    text = "".join(piece.text for piece in found.pieces)
    assert text.startswith("system:Be brief<|end|>user:Hi\n\nthe text<|end|>")


def test_markup_in_a_pair_is_shown_as_text(seen, tiny):
    assert "<script>" not in seen(response="<script>x</script>").content.decode()


def test_without_a_model_the_part_says_what_to_do(seen, at, settings, tmp_path):
    settings.MODELS_ROOT = tmp_path / "nothing"
    page = seen().content.decode()
    assert "No model is set up on this machine yet." in page
    assert at("models") in page


def test_a_template_that_refuses_is_said_in_words(seen, tiny, settings):
    config = settings.MODELS_ROOT / "tiny" / "tokenizer_config.json"
    broken = json.loads(config.read_text()) | {"chat_template": "{{ raise_exception('no') }}"}
    config.write_text(json.dumps(broken))
    tokenizer = settings.MODELS_ROOT / "tiny" / "tokenizer.json"
    tokenizer.write_text(tokenizer.read_text())
    answer = seen()
    assert answer.status_code == 200
    assert "the chat template refused a conversation" in answer.content.decode()


def test_a_saved_revision_has_a_page_of_its_own_without_javascript(browse, at, tiny, vera, write):
    pair = write("Hi", "Yo")
    url = at("token_view_of", pk=pair.pk)
    whole = browse(vera).get(url, {"revision": 1}).content.decode()
    part = browse(vera).get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" in whole
    assert "<html" not in part
    assert 'class="token trained"' in part
