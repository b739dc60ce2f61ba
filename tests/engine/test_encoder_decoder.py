"""Encoder–decoders: the loss is Seq2SeqTrainer's, answers are `generate`'s, and reward trains them."""

import pytest
import torch
from transformers import (
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    BartConfig,
    BartForConditionalGeneration,
)

from engine.decoding import Decoding
from engine.families.encoder_decoder import FAMILY, encode
from engine.families.family import Material
from engine.formatting import Example
from engine.generation import in_order
from tests.engine.runs import TINY, question


@pytest.fixture(scope="module")
def t5(questions, tmp_path_factory):
    """The folder of a small T5 with random weights."""
    folder = tmp_path_factory.mktemp("t5")
    torch.manual_seed(5)
    model = FAMILY.new(TINY["encoder_decoder"].overrides, folder, Material(questions, {}))
    model.save_pretrained(folder)
    return folder


def bart():
    torch.manual_seed(5)
    config = BartConfig(
        vocab_size=300, d_model=32, encoder_layers=1, decoder_layers=2, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32, dropout=0.0, init_std=0.3,
        max_position_embeddings=64, forced_eos_token_id=None, bos_token_id=0, eos_token_id=1,
        pad_token_id=2, decoder_start_token_id=1,
    )  # fmt: skip
    return BartForConditionalGeneration(config).eval()


@pytest.fixture
def records(questions):
    return [*questions[:7], question(90, "why?", "a longer answer, in red", system="Be kind.")]


def our_gradients(model, examples, budget):
    labels = sum(len(one.ids) - one.prompt_length for one in examples)
    total = 0.0
    for micro in FAMILY.split(examples, budget, share=False):
        logits, targets = FAMILY.label_logits(model, micro)
        loss = torch.nn.functional.cross_entropy(logits, targets, reduction="sum") / labels
        loss.backward()
        total += loss.item()
    return total, {name: one.grad for name, one in model.named_parameters()}


@pytest.mark.parametrize("budget", [10_000, 60], ids=["at once", "split"])
def test_loss_and_gradients_equal_those_of_seq2seqtrainer(t5, records, tmp_path, budget):
    """The trainer tokenises, pads and masks for itself; it is given texts."""
    from datasets import Dataset
    from transformers import DataCollatorForSeq2Seq, Seq2SeqTrainer, Seq2SeqTrainingArguments

    tokenizer = AutoTokenizer.from_pretrained(t5)
    model = AutoModelForSeq2SeqLM.from_pretrained(t5)
    formatter = FAMILY.formatter(t5, model)
    rows = [
        dict(tokenizer(formatter.prompt(one).text), labels=tokenizer(text_target=one.response).input_ids)
        for one in records
    ]  # fmt: skip
    settings = Seq2SeqTrainingArguments(
        str(tmp_path),
        per_device_train_batch_size=8,
        use_cpu=True,
        report_to="none",
        disable_tqdm=True,
    )
    trainer = Seq2SeqTrainer(
        model, settings, train_dataset=Dataset.from_list(rows),
        data_collator=DataCollatorForSeq2Seq(tokenizer, model),
    )  # fmt: skip
    [batch] = trainer.get_train_dataloader()
    loss = trainer.compute_loss(trainer.model.train(), batch)
    loss.backward()
    theirs = {name: one.grad for name, one in model.named_parameters()}
    ours, gradients = our_gradients(
        AutoModelForSeq2SeqLM.from_pretrained(t5), [formatter.example(one, 500) for one in records], budget
    )  # fmt: skip
    assert ours == pytest.approx(loss.item(), rel=1e-5)
    assert gradients.keys() == theirs.keys()
    for name, gradient in theirs.items():
        assert (gradients[name] - gradient).norm() / gradient.norm() < 1e-5, name


def test_answers_to_one_prompt_are_read_by_the_encoder_once(t5):
    examples = [Example([5, 6, 7, 1, *answer, 1], 4, 0, 0) for answer in ([9], [10, 11], [12])]
    [micro] = FAMILY.split([*examples, Example([5, 8, 1, 9, 1], 3, 1, 0)], 10_000, share=False)
    assert micro.sources == [[5, 8, 1], [5, 6, 7, 1]]
    assert (micro.source, micro.labels) == ([0, 1, 1, 1], [2, 2, 2, 3])
    assert micro.order == [3, 0, 2, 1]


def test_padding_changes_no_logit():
    model = bart()
    one, longer = [5, 6, 7], [8, 9, 10, 11, 12, 13]
    alone, beside = encode(model, [one]), encode(model, [one, longer])
    assert torch.allclose(alone.states[0], beside.states[0, :3], atol=1e-6)
    examples = [Example([*one, 20, 1], 3, 0, 0), Example([*longer, 21, 22, 23, 1], 6, 1, 0)]
    [both] = FAMILY.split(examples, 10_000, share=False)
    [first] = FAMILY.split(examples[:1], 10_000, share=False)
    both_logits, first_logits = (
        FAMILY.label_logits(model, micro).logits for micro in (both, first)
    )
    assert torch.allclose(both_logits[:2], first_logits, atol=1e-5)


@pytest.mark.parametrize("which", ["t5", "bart"])
def test_greedy_answers_equal_those_of_transformers_generate(t5, which):
    model = bart() if which == "bart" else AutoModelForSeq2SeqLM.from_pretrained(t5).eval()
    stop = model.config.eos_token_id
    formatter = FAMILY.formatter(t5, model)
    formatter.stop_ids = frozenset({stop})
    prompts = [[5 + at, *range(20, 20 + at), stop] for at in range(6)]
    how = Decoding(max_new_tokens=10)
    found = in_order(FAMILY.answers(model, formatter, prompts, how, None), len(prompts))
    for prompt, [completion] in zip(prompts, found, strict=True):
        made = model.generate(
            torch.tensor([prompt]), max_new_tokens=10, do_sample=False, num_beams=1
        )
        assert completion.ids == made[0, 1:].tolist()  # the first is the decoder's start


def test_a_sampled_answer_does_not_depend_on_its_batch():
    model = bart()
    formatter = type("Stops", (), {"stop_ids": frozenset({1})})()
    prompts = [[5 + at, *range(20, 20 + at)] for at in range(6)]
    found = []
    for budget in (100_000, 1):
        how = Decoding(max_new_tokens=8, temperature=1.0, samples=3, tokens_per_batch=budget)
        found.append(in_order(FAMILY.answers(model, formatter, prompts, how, None), 6))
    together, alone = ([[one.ids for one in group] for group in answers] for answers in found)
    assert together == alone
    assert len({tuple(one) for group in together for one in group}) > 6
