"""The engine's settings in the words of the pages. The engine itself speaks English only.

What has no entry is shown by its own name and help: a new setting needs none of this to work.
"""

from django.utils.translation import gettext_lazy as _

LABELS = {
    "tuning": _("What is trained"),
    "learning_rate": _("Learning rate"),
    "schedule": _("Schedule"),
    "warmup": _("Warm-up, share of the steps"),
    "weight_decay": _("Weight decay"),
    "clip": _("Gradient clipping"),
    "lora_rank": _("LoRA rank"),
    "lora_alpha": _("LoRA alpha"),
    "lora_dropout": _("LoRA dropout"),
    "max_length": _("Longest example, tokens"),
    "truncate_input": _("A pair that is too long"),
    "tokens_per_batch": _("Tokens at once"),
    "checkpoint_every": _("Steps between checkpoints"),
    "log_every": _("Steps between points"),
    "validation_rows": _("Validation rows"),
    "seed": _("Seed"),
    "dtype": _("Number format"),
    "device": _("Device"),
    "threads": _("CPU threads"),
    "epochs": _("Epochs"),
    "batch_size": _("Pairs a step"),
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
    "tuning": _("Low-rank adapters (small, quick) or all weights."),
    "learning_rate": _(
        "The peak. LoRA likes 1e-3 on small models, all weights 1e-5 to 1e-4; GRPO smaller steps than SFT."
    ),
    "schedule": _("How the learning rate moves after warm-up."),
    "warmup": _("The learning rate climbs during these first steps."),
    "weight_decay": _("AdamW's; 0 turns it off."),
    "clip": _("The gradient's norm is cut to this; 0 turns it off."),
    "lora_rank": _("More rank, more to learn with, more memory."),
    "lora_alpha": _("The update is multiplied by alpha/rank."),
    "lora_dropout": _("On the adapters' input."),
    "max_length": _(
        "0 takes it from the data. A longer one loses its oldest turns, never half an answer."
    ),
    "truncate_input": _("When dropping its oldest turns is not enough."),
    "tokens_per_batch": _(
        "Through the model at once, padding included; a step is split to fit. Lower it when memory runs out."
    ),
    "checkpoint_every": _("0: once an epoch for SFT, ten times in a GRPO run."),
    "log_every": _("How fine the curves are."),
    "validation_rows": _("Measured at each checkpoint; 0 turns it off."),
    "seed": _("Of every random choice: the same seed repeats the run."),
    "dtype": _("Automatic takes bfloat16 where the processor has it."),
    "device": _("Automatic takes CUDA where there is one."),
    "threads": _("0 takes the cores that are free. An exact resume needs the same number."),
    "epochs": _("Passes over the train split."),
    "batch_size": _("Each step of the optimiser learns from this many."),
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
    "full": _("all weights"),
    "cosine": _("cosine"),
    "linear": _("linear"),
    "constant": _("constant"),
    "auto": _("automatic"),
    "never": _("is left out"),
    "sentences": _("loses sentences from the middle of its input"),
    "task": _("each task's own"),
    "label_match": _("right label"),
    "exact_match": _("exact match"),
    "token_f1": _("token F1"),
}
