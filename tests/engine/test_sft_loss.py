"""The loss and its gradients are those of transformers and TRL, however a step is run."""

import pytest
import torch
from transformers import AutoModelForCausalLM

from engine.families.decoder import FAMILY
from engine.families.family import Material
from engine.formatting import Formatter
from engine.forward import can_share
from engine.models import read_weights
from engine.objectives.sft import SFT, run
from engine.start import start
from tests.engine.runs import NANO, curve, open_job, question, said, write_run


@pytest.fixture
def examples(nano_folder, questions):
    formatter = Formatter.from_folder(nano_folder)
    more = [
        question(90, "why?", "a much longer answer than the others, in red", system="Be kind."),
        question(91, "why not?", "because " * 9),
    ]
    return [formatter.example(one, 500) for one in [*questions[:9], *more]]


def our_gradients(folder, examples, tokens_per_batch, share):
    model = FAMILY.read(folder, torch.float32, adapter="", material=Material())
    labels = sum(len(one.ids) - one.prompt_length for one in examples)
    total = 0.0
    for micro in FAMILY.split(examples, tokens_per_batch, share=share):
        loss = FAMILY.summed_loss(model, micro) / labels
        loss.backward()
        total += loss.item()
    return total, {name: one.grad for name, one in model.named_parameters()}


def their_gradients(folder, examples):
    """transformers' own loss on one padded batch with -100 where there is no label."""
    model = AutoModelForCausalLM.from_pretrained(folder)
    width = max(len(one.ids) for one in examples)
    ids = torch.zeros(len(examples), width, dtype=torch.long)
    mask, labels = torch.zeros_like(ids), torch.full_like(ids, -100)
    for row, one in enumerate(examples):
        ids[row, : len(one.ids)] = torch.tensor(one.ids)
        mask[row, : len(one.ids)] = 1
        labels[row, one.prompt_length : len(one.ids)] = torch.tensor(one.ids[one.prompt_length :])
    loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
    loss.backward()
    return loss.item(), {name: one.grad for name, one in model.named_parameters()}


def assert_same(ours, theirs):
    assert ours[0] == pytest.approx(theirs[0], rel=1e-5)
    assert ours[1].keys() == theirs[1].keys()
    for name, gradient in theirs[1].items():
        distance = (ours[1][name] - gradient).norm() / gradient.norm()
        assert distance < 1e-5, name


@pytest.mark.parametrize("share", [True, False], ids=["as a tree", "whole rows"])
@pytest.mark.parametrize("budget", [10_000, 150], ids=["at once", "split"])
def test_loss_and_gradients_equal_those_of_transformers(nano_folder, examples, budget, share):
    assert_same(
        our_gradients(nano_folder, examples, budget, share), their_gradients(nano_folder, examples)
    )


def test_a_model_that_scales_its_logits_is_asked_for_them(tmp_path, examples):
    """Cohere's logits are what the output layer says, times a number of its own."""
    from transformers import CohereConfig, CohereForCausalLM

    torch.manual_seed(4)
    model = CohereForCausalLM(
        CohereConfig(vocab_size=400, hidden_size=32, intermediate_size=64, num_hidden_layers=2,
                     num_attention_heads=2, num_key_value_heads=1, logit_scale=0.25)
    )  # fmt: skip
    model.save_pretrained(tmp_path)
    assert_same(our_gradients(tmp_path, examples, 150, True), their_gradients(tmp_path, examples))


def test_loss_and_gradients_equal_those_of_trl(nano_folder, questions, tmp_path):
    """TRL formats, masks and pads for itself; it is given the prompt's text and the response."""
    from datasets import Dataset
    from transformers import AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    formatter = Formatter.from_folder(nano_folder)
    records = [*questions[:7], question(90, "why?", "a longer answer, in red", system="Be kind.")]
    rows = [{"prompt": formatter.prompt(one).text, "completion": one.response} for one in records]
    settings = SFTConfig(
        str(tmp_path), max_length=500, per_device_train_batch_size=8, use_cpu=True, bf16=False,
        gradient_checkpointing=False, report_to="none", disable_tqdm=True,
    )  # fmt: skip
    model = AutoModelForCausalLM.from_pretrained(nano_folder)
    tokenizer = AutoTokenizer.from_pretrained(nano_folder)
    trainer = SFTTrainer(model, settings, train_dataset=Dataset.from_list(rows), processing_class=tokenizer)  # fmt: skip
    [batch] = trainer.get_train_dataloader()
    loss = trainer.compute_loss(trainer.model.train(), batch)
    loss.backward()
    theirs = loss.item(), {name: one.grad for name, one in model.named_parameters()}
    examples = [formatter.example(one, 500) for one in records]
    assert_same(our_gradients(nano_folder, examples, 150, True), theirs)


@pytest.mark.parametrize("tuning", ["lora", "full"])
def test_the_first_loss_of_a_run_is_the_loss_of_its_first_step(nano, questions, tmp_path, tuning):
    run_dir = write_run(
        tmp_path / "1", "sft", nano, {"train": questions}, tuning=tuning, batch_size=6, epochs=0.25
    )
    job = open_job(run_dir)
    loaded, _ = start(job, questions)
    examples = [loaded.formatter.example(one, 500) for one in questions]
    objective = SFT(job, loaded, examples)
    objective.batch(0)
    chosen = [examples[at] for at in objective._sampler.step(0)]
    expected, _ = their_gradients(loaded.tokenizer_folder, chosen)
    assert run(job) == 0
    assert curve(run_dir, "train/loss") == pytest.approx([expected], rel=1e-5)


def test_a_model_from_nothing_learns_its_labels(questions, tmp_path):
    run_dir = write_run(
        tmp_path / "1", "sft", NANO, {"train": questions, "validation": questions[:6]},
        tuning="full", epochs=30, batch_size=8, learning_rate=1e-2,
    )  # fmt: skip
    assert run(open_job(run_dir)) == 0
    losses = curve(run_dir, "validation/loss")
    assert losses[-1] < 0.3 * losses[0]
    assert curve(run_dir, "validation/accuracy")[-1] > 0.6
    final = said(run_dir, "checkpoint")[-1]
    assert final["final"]
    assert final["values"]["validation/loss"] == losses[-1]


def test_a_recurrent_or_windowed_cache_is_never_branched(nano_folder):
    from transformers import MistralConfig, MistralForCausalLM

    shape = {"vocab_size": 50, "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1,
             "num_attention_heads": 2, "num_key_value_heads": 1}  # fmt: skip
    assert can_share(read_weights(nano_folder, torch.float32))
    assert not can_share(MistralForCausalLM(MistralConfig(**shape, sliding_window=4)))
