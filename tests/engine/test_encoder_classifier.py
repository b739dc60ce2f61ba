"""Encoder classifiers: the loss is Trainer's, an answer is a label, and other tasks are refused."""

import dataclasses
import json
import math

import pytest
import torch
from peft import PeftModel
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

from engine.decoding import Decoding
from engine.errors import DataError, ModelError
from engine.families.encoder_classifier import FAMILY
from engine.families.family import Material
from engine.generation import in_order
from engine.models import load_for_prediction
from engine.process import run as run_job
from engine.reading import ClassFormatter, label_space
from engine.records import TaskInfo
from engine.settings import PredictSettings
from engine.spec import ModelRef
from tests.engine.runs import COLOURS, LABELS, TINY, question, said, write_run

TASKS = {slug: TaskInfo(**one) for slug, one in COLOURS.items()}
PLAIN = PredictSettings(dtype="float32")


@pytest.fixture(scope="module")
def bert(questions, tmp_path_factory):
    """The folder of a small BERT with random weights and a head for the three colours."""
    folder = tmp_path_factory.mktemp("bert")
    torch.manual_seed(5)
    model = FAMILY.new(TINY["encoder_classifier"].overrides, folder, Material(questions, TASKS))
    model.config.hidden_dropout_prob = model.config.attention_probs_dropout_prob = 0.0
    model.save_pretrained(folder)
    return folder


def opened(folder):
    return AutoModelForSequenceClassification.from_pretrained(folder).eval()


@pytest.mark.parametrize("budget", [10_000, 40], ids=["at once", "split"])
def test_loss_and_gradients_equal_those_of_trainer(bert, questions, tmp_path, budget):
    from datasets import Dataset
    from transformers import DataCollatorWithPadding, Trainer, TrainingArguments

    tokenizer, records = AutoTokenizer.from_pretrained(bert), questions[:8]
    texts = [one.turns[0]["content"] for one in records]
    rows = [
        dict(tokenizer(text), labels=LABELS.index(one.response))
        for text, one in zip(texts, records, strict=True)
    ]
    model = opened(bert)
    settings = TrainingArguments(
        str(tmp_path),
        per_device_train_batch_size=8,
        use_cpu=True,
        report_to="none",
        disable_tqdm=True,
    )
    trainer = Trainer(
        model, settings, train_dataset=Dataset.from_list(rows),
        data_collator=DataCollatorWithPadding(tokenizer),
    )  # fmt: skip
    [batch] = trainer.get_train_dataloader()
    loss = trainer.compute_loss(trainer.model.train(), batch)
    loss.backward()
    theirs = {name: one.grad for name, one in model.named_parameters()}

    ours, total = opened(bert).train(), 0.0
    formatter = FAMILY.formatter(bert, ours)
    examples = [formatter.example(one, 500) for one in records]
    for micro in FAMILY.split(examples, budget, share=False):
        logits, targets = FAMILY.label_logits(ours, micro)
        share = torch.nn.functional.cross_entropy(logits, targets, reduction="sum") / 8
        share.backward()
        total += share.item()
    assert total == pytest.approx(loss.item(), rel=1e-5)
    for name, weight in ours.named_parameters():
        distance = (weight.grad - theirs[name]).norm()
        assert distance <= 1e-5 * theirs[name].norm() + 1e-8, name


def test_an_answer_is_a_label_with_its_log_probability_whatever_stands_beside_it(bert, questions):
    model = opened(bert)
    formatter = FAMILY.formatter(bert, model)
    prompts = [formatter.prompt(one).ids for one in questions]
    for budget in (10_000, 1):
        how = Decoding(tokens_per_batch=budget)
        answers = in_order(FAMILY.answers(model, formatter, prompts, how, None), len(prompts))
        for prompt, [answer] in zip(prompts, answers, strict=True):
            logprobs = model(torch.tensor([prompt])).logits[0].log_softmax(-1)
            assert formatter.decode(answer.ids) == LABELS[logprobs.argmax()]
            assert answer.logprobs == pytest.approx([logprobs.max().item()], abs=1e-5)
            told = dict(zip(LABELS, logprobs.tolist(), strict=True))
            assert answer.by_label == pytest.approx(told, abs=1e-5)


def test_labels_keep_the_heads_own_probabilities_however_an_answer_is_drawn(bert, questions):
    model = opened(bert)
    formatter = FAMILY.formatter(bert, model)
    prompts = [formatter.prompt(one).ids for one in questions[:3]]
    drawn = Decoding(temperature=5.0, samples=2)
    [[[greedy], *_], sampled] = (
        in_order(FAMILY.answers(model, formatter, prompts, how, None), 3)
        for how in (Decoding(), drawn)
    )
    assert [one.by_label for one in sampled[0]] == [greedy.by_label] * 2
    assert sampled[0][0].logprobs[0] > min(greedy.by_label.values())


def test_what_is_predicted_comes_with_every_labels_probability(bert, questions, tmp_path):
    ref = ModelRef("folder", path=str(bert), architecture="encoder_classifier")
    run = write_run(tmp_path / "1", "predict", ref, {"test": questions[:4]}, dtype="float32")
    assert run_job("predict", run.root, 1, None) == 0
    rows = [json.loads(one) for one in run.attempt(1).predictions.read_text().splitlines()]
    for row in rows:
        told = row["label_logprobs"]
        assert max(told, key=told.get) == row["output"]
        assert sum(map(math.exp, told.values())) == pytest.approx(1, abs=1e-5)


def test_it_learns_labels_only_and_says_what_to_do_with_other_tasks(questions, tmp_path):
    tasks = COLOURS | {"news": {"kind": "summarization"}}
    other = dataclasses.replace(question(99, "Sum it up.", "It rained."), task="news")
    run = write_run(
        tmp_path / "1", "sft", TINY["encoder_classifier"], {"train": [*questions, other]}, tasks,
        tuning="full",
    )  # fmt: skip
    assert run_job("sft", run.root, 1, None) == 1
    [failure] = said(run, "failure")
    assert failure["type"] == DataError.kind
    assert "task news is of kind summarization" in failure["message"]
    assert "decoder" in failure["remedy"]


def test_two_tasks_share_the_labels_that_both_have(questions):
    tasks = TASKS | {"mood": TaskInfo("classification", ["happy", "blue"])}
    moody = dataclasses.replace(questions[0], task="mood")
    assert label_space(questions, tasks) == LABELS
    assert label_space([*questions, moody], tasks) == [*LABELS, "happy"]


def test_a_head_keeps_what_it_knows_when_a_label_is_added(bert, questions):
    before = opened(bert)
    with torch.no_grad():
        before.classifier.weight.normal_()
    tasks = {"classification": TaskInfo("classification", ["brown", *reversed(LABELS)])}
    folder = bert.parent / "changed"
    before.save_pretrained(folder)
    model = FAMILY.read(folder, torch.float32, adapter="", material=Material(questions, tasks))
    assert list(model.config.id2label.values()) == ["brown", *reversed(LABELS)]
    assert torch.equal(model.classifier.weight[1:].flip(0), before.classifier.weight)
    assert torch.equal(
        model.bert.embeddings.word_embeddings.weight, before.bert.embeddings.word_embeddings.weight
    )


def test_an_adapter_carries_its_head_and_its_labels(bert, questions, tmp_path):
    """From a base without head, as MiniLM is; peft opens it with the config that lies beside it."""
    headless, base = tmp_path / "base", opened(bert)
    base.bert.save_pretrained(headless)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        (headless / name).write_bytes((bert / name).read_bytes())
    ref = ModelRef("folder", path=str(headless), architecture="encoder_classifier")
    with pytest.raises(ModelError, match="no head yet"):
        load_for_prediction(ref, PLAIN)
    run = write_run(
        tmp_path / "1", "sft", ref, {"train": questions, "validation": questions[:6]},
        epochs=4, learning_rate=1e-2, checkpoint_every=2,
    )  # fmt: skip
    assert run_job("sft", run.root, 1, None) == 0
    assert run_job("sft", run.root, 2, run.attempt(1).checkpoint(4)) == 0
    final = said(run, "checkpoint")[-1]
    assert final["layout"] == "adapter"
    assert said(run, "checkpoint", 2)[-1]["sha256"] == final["sha256"]
    folder = run.attempt(1).folder / final["path"]
    adapted = dataclasses.replace(ref, adapter=str(folder))
    loaded = load_for_prediction(adapted, PLAIN)
    assert loaded.formatter.labels == LABELS
    ids = torch.tensor([loaded.formatter.prompt(questions[0]).ids])
    config = AutoConfig.from_pretrained(folder)
    under = AutoModelForSequenceClassification.from_pretrained(headless, config=config)
    theirs = PeftModel.from_pretrained(under, folder).eval()
    assert list(config.id2label.values()) == LABELS
    assert torch.allclose(loaded.model(ids).logits, theirs(ids).logits, atol=1e-5)


def test_a_token_view_shows_the_prompt_and_nothing_trained(bert, questions):
    formatter = ClassFormatter.from_folder(bert)
    alone = formatter.example(questions[0], 500)
    assert alone.ids == formatter.prompt(questions[0]).ids
    whole = formatter.for_labels(LABELS).example(questions[0], 500)
    assert whole.ids == [*alone.ids, LABELS.index(questions[0].response)]
    assert formatter.visible(whole) == alone
