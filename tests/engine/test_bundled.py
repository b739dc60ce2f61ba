"""The bundled model, unpacked, is the one in the GGUF file; its tokenizer is SmolLM2's."""

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

from engine.__main__ import main
from engine.bundled import _gguf_path, smollm2_folder
from engine.bundles import MINILM_FOLDER
from engine.errors import ModelError
from engine.formatting import Formatter
from tests.engine.runs import question

pytestmark = pytest.mark.smollm


@pytest.mark.slow
def test_its_weights_are_those_transformers_reads_from_the_file(smollm2):
    path = _gguf_path()
    ours = AutoModelForCausalLM.from_pretrained(smollm2)
    theirs = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name)
    assert type(ours) is LlamaForCausalLM
    assert ours.config.rope_parameters["rope_theta"] == 100_000
    expected = theirs.state_dict()
    for name, weight in ours.state_dict().items():
        assert torch.equal(weight, expected[name].to(torch.bfloat16)), name


def test_it_answers_and_stops(smollm2):
    model, formatter = AutoModelForCausalLM.from_pretrained(smollm2), Formatter.from_folder(smollm2)
    prompt = formatter.prompt(question(1, "What is the capital of France?", ""))
    answer = model.generate(torch.tensor([prompt.ids]), max_new_tokens=20, do_sample=False)[0]
    ids = answer[len(prompt.ids) :].tolist()
    assert "Paris" in formatter.decode(ids)
    assert ids[-1] in formatter.stop_ids


def test_digits_are_tokens_of_their_own(smollm2):
    tokenizer = AutoTokenizer.from_pretrained(smollm2)
    assert tokenizer.tokenize("in 1984") == ["in", "Ġ", "1", "9", "8", "4"]
    assert tokenizer.decode(tokenizer.encode("In 1984, naïve 北京.")) == "In 1984, naïve 北京."


def test_its_special_tokens_are_those_of_its_chat(smollm2):
    tokenizer = AutoTokenizer.from_pretrained(smollm2)
    assert (tokenizer.bos_token, tokenizer.eos_token) == ("<|im_start|>", "<|im_end|>")
    assert tokenizer.encode("<|im_start|><|im_end|>") == [1, 2]


def test_unpacking_twice_does_it_once(smollm2, capsys):
    home = smollm2.parents[1]
    written = (smollm2 / "model.safetensors").stat().st_mtime_ns
    assert main(["bundle", str(home)]) == 0
    assert capsys.readouterr().out.split() == [str(smollm2), str(home / "models" / MINILM_FOLDER)]
    assert (smollm2 / "model.safetensors").stat().st_mtime_ns == written


def test_a_missing_package_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.path", [])
    monkeypatch.setattr("sys.path_importer_cache", {})
    with pytest.raises(ModelError) as caught:
        smollm2_folder(tmp_path)
    assert "requirements-models.txt" in caught.value.remedy
    assert not list(tmp_path.rglob("*.tmp"))
