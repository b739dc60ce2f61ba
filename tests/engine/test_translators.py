"""What a translator's answers must begin with, and may never hold: as transformers has it, in training
and in answers."""

import json
from pathlib import Path

import pytest
import torch

from engine.decoding import Decoding
from engine.families.encoder_decoder import FAMILY
from engine.families.family import Material
from engine.formatting import Example
from engine.generation import in_order
from engine.learnt_tokenizer import PAD, START, STOP
from engine.models import load_for_prediction
from engine.policy import score
from engine.process import run as run_job
from engine.reading import SourceFormatter
from engine.settings import PredictSettings
from engine.spec import ModelRef
from tests.engine.runs import final_checkpoint, question, write_run
from tests.engine.translators import FROM, KINDS, TO, translator

PLAIN = PredictSettings(dtype="float32", device="cpu", threads=1)


@pytest.fixture
def made(questions, tmp_path):
    """made(name, …) → its model as the engine reads it, its formatter, the ids of special tokens."""

    def make(name, **more):
        folder = tmp_path / f"{name}-{len(list(tmp_path.iterdir()))}"
        ids = translator(name, folder, questions, **more)
        model = FAMILY.read(folder, torch.float32, adapter="", material=Material()).eval()
        return model, FAMILY.formatter(folder, model), ids

    return make


def answers(model, formatter, prompts, **how):
    found = FAMILY.answers(model, formatter, prompts, Decoding(**how), None)
    return in_order(found, len(prompts))


def generated(model, prompt, new):
    """By transformers itself: what follows what the decoder begins with."""
    begins = 1 if model.generation_config.forced_bos_token_id is None else 2
    made = model.generate(
        torch.tensor([prompt]), max_new_tokens=new + begins - 1, do_sample=False, num_beams=1
    )
    return made[0, begins:].tolist()


@pytest.mark.parametrize("legacy", [False, True], ids=["as kept now", "in config.json"])
@pytest.mark.parametrize("name", KINDS)
def test_greedy_answers_are_those_of_transformers_generate(made, questions, name, legacy):
    model, formatter, ids = made(name, legacy=legacy)
    prompts = [formatter.prompt(one).ids for one in questions[:6]]
    for prompt, [completion] in zip(prompts, answers(model, formatter, prompts, max_new_tokens=9), strict=True):  # fmt: skip
        assert completion.ids == generated(model, prompt, 9)
    model.generation_config.forced_bos_token_id = ids[FROM]
    other = answers(model, formatter, prompts, max_new_tokens=9)
    assert [one[0].ids for one in other] == [generated(model, one, 9) for one in prompts]
    if KINDS[name].forced:
        now = answers(*made(name)[:2], prompts, max_new_tokens=9)
        assert [one[0].ids for one in now] != [one[0].ids for one in other], "it matters"


def test_what_no_answer_may_hold_is_never_said(made, questions):
    """A token, as Marian's padding, and a sequence: both in rows of a batch that end at different times."""
    model, formatter, ids = made("marian")
    prompts = [formatter.prompt(one).ids for one in questions[:6]]
    with torch.no_grad():
        model.final_logits_bias[0, ids[PAD]] = 40.0
    free = [one[0].ids for one in answers(model, formatter, prompts, max_new_tokens=9)]
    assert {token for one in free for token in one} == {ids[PAD]}

    model.generation_config.bad_words_ids = [[ids[PAD]], [ids[STOP]]]
    once = [one[0].ids for one in answers(model, formatter, prompts, max_new_tokens=9)]
    assert once == [generated(model, one, 9) for one in prompts]
    first = next(one for one in once if len(one) > 3)
    phrases = [
        first[:2],
        [ids[PAD], *once[0][:1]],
        first[1:4],
    ]  # the second begins at the start token
    model.generation_config.bad_words_ids = [[ids[PAD]], *phrases]
    twice = [one[0].ids for one in answers(model, formatter, prompts, max_new_tokens=9)]
    assert twice == [generated(model, one, 9) for one in prompts]
    assert twice != once


@pytest.mark.parametrize("name", KINDS)
def test_loss_and_gradients_are_those_of_transformers_after_the_same_tokens(made, questions, name):
    model, formatter, ids = made(name)
    examples = [formatter.example(one, 500) for one in [*questions[:5], question(9, "why?", "in red, and blue")]]  # fmt: skip
    labels = sum(len(one.ids) - one.prompt_length for one in examples)
    begins = [ids[one] for one in (KINDS[name].start, KINDS[name].forced) if one]
    theirs = 0.0
    for one in examples:
        prompt, answer = one.ids[: one.prompt_length], one.ids[one.prompt_length :]
        loss = model(
            input_ids=torch.tensor([prompt]),
            decoder_input_ids=torch.tensor([[*begins, *answer[:-1]]]),
            labels=torch.tensor([[*[-100] * (len(begins) - 1), *answer]]),
        ).loss
        share = loss * len(answer) / labels
        share.backward()
        theirs += share.item()
    expected = {n: one.grad.clone() for n, one in model.named_parameters() if one.grad is not None}
    model.zero_grad()
    ours = 0.0
    for micro in FAMILY.split(examples, 80, share=False):
        share = FAMILY.summed_loss(model, micro) / labels
        share.backward()
        ours += share.item()
    assert ours == pytest.approx(theirs, rel=1e-5)
    weights = dict(model.named_parameters())
    for n, gradient in expected.items():
        found = weights[n].grad
        assert (found - gradient).norm() <= 1e-5 * gradient.norm() + 1e-7, n


@pytest.mark.parametrize("legacy", [False, True], ids=["as kept now", "in config.json"])
@pytest.mark.parametrize("name", KINDS)
def test_an_answer_is_its_text_and_one_stop_token(made, questions, name, legacy):
    model, formatter, ids = made(name, legacy=legacy)
    plain = formatter.tokenizer.encode("in red", add_special_tokens=False).ids
    for text, own in (("in red", plain), ("", [])):
        example = formatter.example(question(1, "why?", text), 500)
        assert example.ids[example.prompt_length :] == [*own, ids[STOP]]
    folder = model.name_or_path
    alone = SourceFormatter.from_folder(Path(folder))
    assert alone.example(questions[0], 500) == formatter.example(questions[0], 500)


def test_a_first_token_that_is_not_forced_is_learnt(made):
    model, _, ids = made("bart")
    model.generation_config.forced_bos_token_id = None
    folder = Path(model.name_or_path)
    example = FAMILY.formatter(folder, model).example(question(1, "why?", "red"), 500)
    assert example.ids[example.prompt_length] == ids[START]


def test_rewards_are_learnt_under_the_distribution_that_was_sampled(questions, tmp_path):
    ids = translator("marian", tmp_path / "marian", questions)
    said = json.loads((tmp_path / "marian/generation_config.json").read_text())
    said["bad_words_ids"] = [[ids[PAD]], [20, 21], [ids[PAD], 22]]
    (tmp_path / "marian/generation_config.json").write_text(json.dumps(said))
    ref = ModelRef("folder", path=str(tmp_path / "marian"), architecture="encoder_decoder")
    loaded = load_for_prediction(ref, PLAIN)
    with torch.no_grad():
        loaded.transformer.final_logits_bias[0, [ids[PAD], 20, 21, 22]] = 5.0
    prompts = [loaded.formatter.prompt(one).ids for one in questions[:4]]
    groups = loaded.answers(prompts, Decoding(max_new_tokens=8, temperature=0.7, samples=4))
    rows = [(prompt, one) for prompt, group in zip(prompts, groups, strict=True) for one in group]
    assert not any(ids[PAD] in one.ids for _, one in rows)
    examples = [Example([*prompt, *one.ids], len(prompt), 0, 0) for prompt, one in rows]
    for rolled in FAMILY.plant(examples, 100, share=False):
        scored = score(loaded, rolled, temperature=0.7)
        sampled = torch.tensor([one for at in rolled.order for one in rows[at][1].logprobs])
        assert torch.allclose(scored.logprobs, sampled, atol=1e-4)
        assert scored.entropy.isfinite().all()


@pytest.mark.parametrize("tuning", ["lora", "full"])
def test_a_translator_learns_and_its_checkpoint_begins_answers_alike(questions, tmp_path, tuning):
    """Of an older folder, whose config.json alone says how: an adapter's checkpoint says it too."""
    translator("nllb", tmp_path / "nllb", questions, legacy=True)
    ref = ModelRef("folder", path=str(tmp_path / "nllb"), architecture="encoder_decoder")
    run = write_run(
        tmp_path / "1", "sft", ref, {"train": questions}, tuning=tuning, epochs=12, batch_size=8,
        learning_rate=1e-2, checkpoint_every=1000,
    )  # fmt: skip
    assert run_job("sft", run.root, 1, None) == 0
    folder = final_checkpoint(run)
    assert SourceFormatter.from_folder(folder).first_is_forced
    trained = (
        ModelRef("folder", path=str(folder), architecture="encoder_decoder")
        if tuning == "full"
        else ModelRef("folder", path=ref.path, adapter=str(folder), architecture="encoder_decoder")
    )
    loaded = load_for_prediction(trained, PLAIN)
    prompts = [loaded.formatter.prompt(one).ids for one in questions]
    found = loaded.answers(prompts, Decoding(max_new_tokens=9))
    said = [loaded.formatter.decode(one.ids) for [one] in found]
    right = sum(one == record.response for one, record in zip(said, questions, strict=True))
    assert right > len(questions) * 0.8
    assert found[0][0].ids == generated(loaded.transformer, prompts[0], 9)
    assert TO not in "".join(said)
