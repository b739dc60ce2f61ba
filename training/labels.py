"""The engine's settings in the words of the pages. The engine itself speaks English only.

What has no entry is shown by its own name and help: a new setting needs none of this to work.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

LABELS = {
    "tuning": _("What is trained"),
    "learning_rate": _("Learning rate"),
    "schedule": _("Schedule"),
    "warmup": _("Warm-up, share of the steps"),
    "decay": _("Decay, share of the steps"),
    "optimiser": _("Optimiser"),
    "weight_decay": _("Weight decay"),
    "clip": _("Gradient clipping"),
    "lora_rank": _("LoRA rank"),
    "lora_alpha": _("LoRA alpha"),
    "lora_dropout": _("LoRA dropout"),
    "averaging": _("Averaging of weights"),
    "ema_decay": _("Decay of the moving average"),
    "average_last": _("Checkpoints averaged"),
    "max_length": _("Longest example, tokens"),
    "truncate_input": _("A pair that is too long"),
    "tokens_per_batch": _("Tokens at once"),
    "checkpoint_every": _("Steps between checkpoints"),
    "log_every": _("Steps between points"),
    "validation_rows": _("Validation rows"),
    "evaluate_every": _("Steps between measurements"),
    "best_metric": _("Best checkpoint by"),
    "patience": _("End early after"),
    "seed": _("Seed"),
    "dtype": _("Number format"),
    "device": _("Device"),
    "threads": _("CPU threads"),
    "processes": _("Processes"),
    "gradient_checkpointing": _("Gradient checkpointing"),
    "compile": _("Compile the layers"),
    "liger": _("Liger kernels"),
    "deterministic": _("Deterministic algorithms only"),
    "epochs": _("Epochs"),
    "batch_size": _("Pairs a step"),
    "train_rows": _("Pairs to learn from"),
    "shard": _("Shard the model"),
    "reward": _("Reward"),
    "steps": _("Steps"),
    "prompts_per_step": _("Prompts a step"),
    "group_size": _("Responses a prompt"),
    "max_new_tokens": _("Longest response, tokens"),
    "temperature": _("Temperature"),
    "clip_low": _("Clip below"),
    "clip_high": _("Clip above"),
    "kl_beta": _("KL weight"),
    "inner_steps": _("Steps on each set of rollouts"),
    "scale_advantages": _("Scale advantages by their spread"),
}

HELP = {
    "tuning": _(
        "Low-rank adapters (small, quick), the same with a magnitude of their own (DoRA) or on a base in "
        "4 bits (QLoRA, on GPUs), or all weights."
    ),
    "learning_rate": _(
        "The peak. LoRA likes 1e-3 on small models, all weights 1e-5 to 1e-4; GRPO smaller steps than SFT."
    ),
    "schedule": _(
        "How the learning rate moves after warm-up. WSD stays at its peak and falls at the end."
    ),
    "warmup": _("The learning rate climbs during these first steps."),
    "decay": _("Of a WSD schedule: the learning rate falls during these last steps."),
    "optimiser": _(
        "8-bit AdamW saves memory on GPUs. Muon learns faster from scratch, with all weights."
    ),
    "weight_decay": _("Pulls all weights towards zero; 0 turns it off."),
    "clip": _("The gradient's norm is cut to this; 0 turns it off."),
    "lora_rank": _("More rank, more to learn with, more memory."),
    "lora_alpha": _("The update is multiplied by alpha/rank."),
    "lora_dropout": _("On the adapters' input; learning from reward switches it off."),
    "averaging": _("Of the weights along the way; the final checkpoint holds the average."),
    "ema_decay": _("How much of the moving average each step keeps."),
    "average_last": _("With averaging of the last checkpoints: how many, the final one included."),
    "max_length": _(
        "0 takes it from the data. A longer one loses its oldest turns, never half an answer."
    ),
    "truncate_input": _("When dropping its oldest turns is not enough."),
    "tokens_per_batch": _(
        "Through the model at once, padding included; a step is split to fit. 0 finds what the memory holds."
    ),
    "checkpoint_every": _("0: once an epoch for SFT, ten times in a GRPO run."),
    "log_every": _("How fine the curves are."),
    "validation_rows": _("Measured at each checkpoint; 0 turns it off."),
    "evaluate_every": _("On the validation split, beside those at checkpoints; 0: only there."),
    "best_metric": _(
        "Measured on the validation split. Automatic takes the mean of the metrics, then the loss."
    ),
    "patience": _(
        "So many measurements without a better one end the run; 0 lets it run. The best one is kept."
    ),
    "seed": _("Of every random choice: the same seed repeats the run."),
    "dtype": _("Automatic takes bfloat16 where the processor has it."),
    "device": _("Automatic takes CUDA where there is one."),
    "threads": _("0 takes the cores that are free. An exact resume needs the same number."),
    "processes": _("They share each step. 0 takes one for each GPU of the worker."),
    "gradient_checkpointing": _(
        "Slower, with a fraction of the memory. Automatic does so only where a trial step asks for it."
    ),
    "compile": _(
        "By torch.compile: a minute or two before the first step, then faster ones. For long runs."
    ),
    "liger": _(
        "Fused kernels for decoders on CUDA: faster, less memory. Needs liger-kernel on the worker."
    ),
    "deterministic": _("The same bits each time; slower on GPUs, the rule on CPUs."),
    "epochs": _("Passes over the train split."),
    "shard": _(
        "FSDP: each of several processes keeps its part of weights, gradients and moments. For models "
        "that are too large for one GPU."
    ),
    "batch_size": _("Each step of the optimiser learns from this many."),
    "train_rows": _(
        "Of the train split, drawn by the seed; 0 takes all. Runs of a quarter, half and all show what "
        "more pairs would bring."
    ),
    "reward": _("What is rewarded. The same functions score the dashboard."),
    "steps": _("Of the optimiser."),
    "prompts_per_step": _("Different ones."),
    "group_size": _("They compete with each other: better than the group's mean is rewarded."),
    "max_new_tokens": _("A longer response is cut, and counts as truncated."),
    "temperature": _("Of sampling. Higher explores more."),
    "clip_low": _("How far the probability of a worse response may fall in a step."),
    "clip_high": _("How far the probability of a better response may rise in a step."),
    "kl_beta": _("Holds the policy near where it started; 0 lets it go."),
    "inner_steps": _("More use of each rollout, less true to the policy."),
    "scale_advantages": _("Divides a group's advantages by their standard deviation."),
}

CHOICES = {
    "lora": _("LoRA adapters"),
    "dora": _("DoRA adapters"),
    "qlora": _("QLoRA adapters (4 bits)"),
    "full": _("all weights"),
    "cosine": _("cosine"),
    "linear": _("linear"),
    "wsd": _("warm-up, stable, decay (WSD)"),
    "constant": _("constant"),
    "auto": _("automatic"),
    "never": _("is left out"),
    "sentences": _("loses sentences from the middle of its input"),
    "task": _("each task's own"),
    "label_match": _("right label"),
    "exact_match": _("exact match"),
    "token_f1": _("token F1"),
    "loss": _("loss"),
    "accuracy": _("accuracy"),
    "rouge_l": _("ROUGE-L"),
    "brier": _("Brier score"),
    "adamw": _("AdamW"),
    "adamw_8bit": _("8-bit AdamW"),
    "muon": _("Muon"),
    "none": _("none"),
    "ema": _("moving average (EMA)"),
    "last_k": _("the last checkpoints"),
    "on": _("on"),
    "off": _("off"),
    "True": _("yes"),
    "False": _("no"),
}


def plain(value: Any) -> Any:
    """A number as people write it: 4 epochs, not 4.0; a rate of 3e-5, not 3e-05.

    >>> plain(4.0), plain(3e-05), plain(0.001), plain(16)
    (4, '3e-5', 0.001, 16)
    """
    if not isinstance(value, float):
        return value
    if value.is_integer():
        return int(value)
    return repr(value).replace("e-0", "e-") if "e-0" in repr(value) else value


def said(value: Any) -> Any:
    """What a setting is set to: a choice or a switch in words, a number as people write it."""
    return CHOICES.get(str(value), plain(value))
