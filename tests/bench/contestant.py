"""One contestant of `sft_vs_trl` or `gpu` in a process of its own: trains, and prints what it took.

    python -m tests.bench.contestant ours FOLDER
    python -m tests.bench.contestant trl FOLDER OPTIONS

FOLDER is what `sft_vs_trl.lay_out` wrote: `run/`, a run directory with the data, weights and
settings of the match, the same for everyone, and nothing that a contestant could take from another.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import warnings
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch

from engine.formatting import Formatter
from engine.job import Job
from engine.records import Record, read_records


class Clock:
    """What it takes from now on: processor seconds, seconds on the wall, and bytes of a GPU at most."""

    def __init__(self) -> None:
        if torch.cuda.is_available():
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()
        self._cpu, self._wall = time.process_time(), time.perf_counter()

    def took(self) -> dict[str, float]:
        on_gpu = torch.cuda.is_available()
        if on_gpu:
            torch.cuda.synchronize()
        return {
            "cpu_seconds": time.process_time() - self._cpu,
            "seconds": time.perf_counter() - self._wall,
            "gpu_bytes": torch.cuda.max_memory_allocated() if on_gpu else 0,
        }


Took = dict[str, float]


def ours(job: Job) -> tuple[Took, Any]:
    """`python -m engine sft`, from the first step to the last checkpoint."""
    from engine.dataset import examples_of, read_split
    from engine.loop import train
    from engine.objectives.sft import SFT
    from engine.start import start

    records = read_split(job, "train")
    loaded, threads = start(job, records)
    objective = SFT(job, loaded, examples_of(job, loaded.formatter, records))
    clock = Clock()
    train(job, loaded, objective, threads)
    return clock.took(), loaded.model


def trl(job: Job, options: dict[str, Any]) -> tuple[Took, Any]:
    """SFTTrainer on the same prompts and completions, by `options` on top of its defaults; of them `rows`
    go through the model at once, 8 by default as its own default says, and `attention` is the model's.

    bfloat16, TRL's default, is off on CPU: on a processor without it, it is many times slower.
    """
    from datasets import Dataset, disable_progress_bars
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers import logging as transformers_logging
    from trl import SFTConfig, SFTTrainer

    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    transformers_logging.set_verbosity_error()
    disable_progress_bars()
    settings: Any = job.spec.settings
    folder = Path(job.spec.model.path)
    formatter = Formatter.from_folder(folder)
    rows = [
        {"prompt": formatter.prompt(one).text, "completion": one.response}
        for one in read_records(job.run.split("train"))
    ]
    torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    at_once = options.pop("rows", 8)
    attention = options.pop("attention", "sdpa")
    on_cpu = {} if torch.cuda.is_available() else {"use_cpu": True, "bf16": False}
    trainer = SFTTrainer(
        AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, attn_implementation=attention
        ),
        SFTConfig(
            str(job.attempt.folder),
            per_device_train_batch_size=at_once,
            gradient_accumulation_steps=max(1, settings.batch_size // at_once),
            num_train_epochs=settings.epochs,
            learning_rate=settings.learning_rate,
            lr_scheduler_type=settings.schedule,
            warmup_steps=settings.warmup,
            max_grad_norm=settings.clip,
            weight_decay=settings.weight_decay,
            max_length=settings.max_length,
            seed=settings.seed,
            save_strategy="epoch",  # weights and optimiser at the end, as ours
            report_to="none",
            disable_tqdm=True,
            **on_cpu | options,
        ),
        train_dataset=Dataset.from_list(rows),
        processing_class=AutoTokenizer.from_pretrained(folder),
        peft_config=LoraConfig(
            r=settings.lora_rank,
            lora_alpha=settings.lora_alpha,
            lora_dropout=settings.lora_dropout,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        )
        if settings.tuning == "lora"
        else None,
    )
    clock = Clock()
    trainer.train()
    return clock.took(), trainer.model


def main() -> None:
    name, folder = sys.argv[1:3]
    job = Job.open(Path(folder) / "run", 1)
    took, model = ours(job) if name == "ours" else trl(job, json.loads(sys.argv[3]))
    held_out = read_records(job.run.split("validation"))
    loss = held_out_loss(model, Formatter.from_folder(Path(job.spec.model.path)), held_out)
    print(json.dumps({**took, "held_out_loss": loss}))


@torch.no_grad()
def held_out_loss(model: Any, formatter: Formatter, records: list[Record]) -> float:
    """Mean cross-entropy over the response tokens, row by row, by transformers alone."""
    model.eval()
    summed, labels = 0.0, 0
    for record in records:
        ids, prompt_length, *_ = formatter.example(record, 2048)
        row = torch.tensor([ids], device=model.device)
        logits = model(input_ids=row).logits[0, prompt_length - 1 : -1]
        targets = row[0, prompt_length:]
        summed += torch.nn.functional.cross_entropy(logits, targets, reduction="sum").item()
        labels += len(targets)
    return summed / labels


if __name__ == "__main__":
    main()
