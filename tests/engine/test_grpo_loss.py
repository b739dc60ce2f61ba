"""The GRPO loss is TRL's, its log-probabilities are a plain forward pass's, its advantages a group's."""

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

from engine.objectives.grpo import GRPO
from engine.rollouts import Rollout, advantages
from engine.start import start
from tests.engine.runs import LABELS, open_job, question, trained_nano, write_run

QUESTIONS = [question(i, f"which colour has number {i}?", LABELS[i % 3]) for i in range(1, 25)]
CLIPS = {"clip_low": 0.1, "clip_high": 0.25, "kl_beta": 0.3, "temperature": 0.7}


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return trained_nano(tmp_path_factory.mktemp("base") / "1", QUESTIONS, epochs=30)


@pytest.fixture
def make(base, tmp_path):
    """A GRPO objective and its model, as `python -m engine grpo` makes them."""

    def made(records=QUESTIONS, **settings):
        run = write_run(
            tmp_path / "2", "grpo", base, {"train": records},
            **{"tuning": "full", "steps": 8, "prompts_per_step": 3, "group_size": 4,
               "max_new_tokens": 8, "inner_steps": 2, **settings},
        )  # fmt: skip
        job = open_job(run)
        loaded, _ = start(job, records)
        return GRPO(job, loaded), loaded

    return made


def rollouts_of(objective):
    return [Rollout(**one) for one in objective.state()["rollouts"]]


def step_loss(objective, step):
    return sum(objective.loss(tree) for tree in objective.batch(step))


def shake(model, size):
    """Move every weight a little, as training does: ratio and KL are no longer trivial."""
    torch.manual_seed(5)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.requires_grad:
                weight.add_(torch.randn_like(weight) * size)


@pytest.mark.parametrize("budget", [64, 4096])
def test_log_probabilities_with_a_shared_prompt_equal_a_plain_forward_pass(make, budget):
    objective, loaded = make(temperature=0.7, tokens_per_batch=budget)
    step_loss(objective, 0)
    for one in rollouts_of(objective):
        with torch.no_grad():
            logits = loaded.transformer(torch.tensor([one.ids])).logits[
                0, one.prompt_length - 1 : -1
            ]
        plain = torch.log_softmax(logits / 0.7, -1)[range(one.length), one.ids[one.prompt_length :]]
        assert one.old == pytest.approx(plain.tolist(), abs=1e-5)
        assert one.reference == pytest.approx(plain.tolist(), abs=1e-5)


def test_a_groups_prompt_goes_through_the_model_once(make):
    long = [question(i, f"{i} " * 60, "red") for i in range(1, 9)]
    objective, _ = make(long)
    assert sum(len(tree.ids) for tree in objective.batch(0)) < objective.tokens() / 3


@pytest.mark.parametrize("beta", [0.3, 0.0])
def test_loss_and_gradient_are_trls(make, base, tmp_path, beta):
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

    objective, loaded = make(**CLIPS | {"kl_beta": beta})
    step_loss(objective, 0)
    state = objective.state()
    random = np.random.default_rng(0)
    for one in state["rollouts"]:
        one["advantage"] = float(random.normal())
    objective.restore(state)
    rollouts = [Rollout(**one) for one in state["rollouts"]]
    shake(loaded.transformer, 0.1)
    theirs = AutoModelForCausalLM.from_pretrained(base.path, dtype=torch.float32)
    theirs.load_state_dict(loaded.transformer.state_dict())

    ours = step_loss(objective, 1)
    ours.backward()

    trainer = GRPOTrainer(
        model=theirs,
        reward_funcs=lambda completions, **_: [0.0] * len(completions),
        processing_class=PreTrainedTokenizerFast.from_pretrained(base.path),
        train_dataset=Dataset.from_dict({"prompt": ["which?"] * len(rollouts)}),
        args=GRPOConfig(
            output_dir=str(tmp_path / "trl"), use_cpu=True, bf16=False, report_to=[],
            loss_type="dapo", num_generations=4, per_device_train_batch_size=len(rollouts),
            temperature=0.7, beta=beta, epsilon=0.1, epsilon_high=0.25,
        ),
    )  # fmt: skip
    trainer.current_gradient_accumulation_steps = 1
    trainer.model.train()
    oracle = trainer._compute_loss(trainer.model, as_trl_has_it(rollouts))
    oracle.backward()

    assert ours.item() == pytest.approx(oracle.item(), rel=1e-5)
    assert 0.05 < objective.values()["grpo/clipped"] < 0.6
    found, expected = (gradient(one) for one in (loaded.transformer, trainer.model))
    assert (found - expected).norm() < 1e-5 * expected.norm()


def gradient(model):
    return torch.cat([one.grad.flatten() for _, one in sorted(model.named_parameters())])


def as_trl_has_it(rollouts):
    """Prompts padded on the left, answers on the right, log-probabilities beside them."""
    prompt = max(one.prompt_length for one in rollouts)
    answer = max(one.length for one in rollouts)

    def left(ids, fill=0):
        return [fill] * (prompt - len(ids)) + ids

    def right(values, fill=0):
        return values + [fill] * (answer - len(values))

    mask = torch.tensor([right([1] * one.length) for one in rollouts])
    inputs = {
        "prompt_ids": torch.tensor([left(one.ids[: one.prompt_length]) for one in rollouts]),
        "prompt_mask": torch.tensor([left([1] * one.prompt_length) for one in rollouts]),
        "completion_ids": torch.tensor([right(one.ids[one.prompt_length :]) for one in rollouts]),
        "completion_mask": mask,
        "advantages": torch.tensor([one.advantage for one in rollouts]),
        "old_per_token_logps": torch.tensor([right(one.old, 0.0) for one in rollouts]),
        "num_items_in_batch": mask.sum(),
    }
    if rollouts[0].reference:
        inputs["ref_per_token_logps"] = torch.tensor(
            [right(one.reference, 0.0) for one in rollouts]
        )
    return inputs


def test_the_first_step_on_a_set_is_the_plain_policy_gradient(make):
    objective, loaded = make(kl_beta=0.0, temperature=1.0)
    step_loss(objective, 0).backward()
    found = gradient(loaded.transformer)
    loaded.transformer.zero_grad()

    rollouts = rollouts_of(objective)
    tokens = sum(one.length for one in rollouts)
    for one in rollouts:
        logits = loaded.transformer(torch.tensor([one.ids])).logits[0, one.prompt_length - 1 : -1]
        chosen = torch.log_softmax(logits, -1)[range(one.length), one.ids[one.prompt_length :]]
        (-one.advantage * chosen.sum() / tokens).backward()
    assert found.norm() > 0
    assert (found - gradient(loaded.transformer)).norm() < 1e-5 * found.norm()


def test_before_any_step_there_is_no_kl_and_nothing_is_clipped(make):
    objective, _ = make()
    step_loss(objective, 0)
    values = objective.values()
    assert values["grpo/kl"] == pytest.approx(0.0, abs=1e-6)
    assert values["grpo/clipped"] == 0.0
    assert values["grpo/entropy"] > 0


def test_advantages_are_relative_to_the_group():
    assert advantages([1.0, 0.0, 0.0, 1.0], scale=False) == [0.5, -0.5, -0.5, 0.5]
    scaled = advantages([1.0, 0.0, 0.0, 1.0], scale=True)
    assert scaled == pytest.approx([0.8659, -0.8659, -0.8659, 0.8659], abs=1e-4)
    assert advantages([0.3, 0.3, 0.3], scale=True) == [0.0, 0.0, 0.0]
