"""SFT of all weights on a GPU against TRL's SFTTrainer: seconds, memory, and how busy the GPU is.

Models of the shapes of Qwen2.5-0.5B and SmolLM2-1.7B with random weights (nothing is downloaded), the
self-instruct seed tasks, of about 100 tokens each and with nothing to share, bfloat16 over float32
weights. Each contestant in a process of its own, in turn, medians. `trl_best` packs, with FlashAttention
and Liger, as far as those are installed: the figure says what it used. Without CUDA one line says so.

MFU counts the products that training needs and no others: 6 for each weight of a layer and token, 6 for
each weight of the output layer and label, 12 for each layer, channel and pair of tokens that see each
other; over the GPU's dense bfloat16 peak. BENCH_ROUNDS and BENCH_STEPS make it shorter or longer.
"""

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from engine.formatting import Formatter
from engine.learnt_tokenizer import train_tokenizer
from engine.records import Record
from engine.spec import ModelRef
from tests.bench.sft_vs_trl import contest, median, self_instruct
from tests.engine.runs import write_run

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
STEPS = int(os.environ.get("BENCH_STEPS", "20"))
BATCH = 64
ROW = 2048
"""Tokens of a packed row."""
TOKENS = 100
"""Of a pair, about: so many rows are a batch."""

PEAKS = {"H200": 989e12, "H100": 989e12, "A100": 312e12, "L40S": 362e12, "L4": 121e12, "A10": 125e12}  # fmt: skip
"""Dense bfloat16 operations a second, from NVIDIA's data sheets; the first that the name contains."""


@dataclass(frozen=True)
class Shape:
    """A decoder's sizes, in transformers' words."""

    name: str
    type: str
    sizes: dict[str, int]


SHAPES = (
    Shape("qwen2.5-0.5b", "qwen2", {
        "hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24, "vocab_size": 151_936,
        "num_attention_heads": 14, "num_key_value_heads": 2,
    }),
    Shape("smollm2-1.7b", "llama", {
        "hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 24, "vocab_size": 49_152,
        "num_attention_heads": 32, "num_key_value_heads": 32,
    }),
)  # fmt: skip


def measure() -> Iterator[dict[str, Any]]:
    """One figure a shape; ratios are the opponent's seconds over ours, and our memory over its."""
    import torch

    if not torch.cuda.is_available():
        yield {"skipped": "this machine has no CUDA device"}
        return
    for shape in SHAPES:
        with tempfile.TemporaryDirectory() as folder:
            yield {"model": shape.name, "gpu": torch.cuda.get_device_name(), **play(shape, folder)}


def play(shape: Shape, root: str) -> dict[str, Any]:
    """All rounds on a shape, its contestants taking turns."""
    pairs, held_out = self_instruct()
    folder = Path(root)
    write_model(shape, pairs, folder / "model")
    best = best_of_trl()
    contestants = {"ours": [], "trl_best": [json.dumps(best)], "trl_defaults": ["{}"]}
    found: dict[str, list[dict[str, float]]] = {name: [] for name in contestants}
    for number in range(ROUNDS):
        for name, options in contestants.items():
            run = folder / f"{number}-{name}"
            lay_out(run, folder / "model", pairs, held_out)
            found[name].append(contest(name, run, *options))
    seconds = {name: median(found[name], "seconds") for name in contestants}
    memory = {name: median(found[name], "gpu_bytes") for name in contestants}
    losses = {name: median(found[name], "held_out_loss") for name in contestants}
    share = busy(shape, folder / "model", pairs, seconds["ours"])
    return {
        "steps": STEPS,
        "batch": BATCH,
        "rounds": ROUNDS,
        **{f"{name}_s_per_step": round(seconds[name] / STEPS, 4) for name in contestants},
        "times_trl_defaults": round(seconds["trl_defaults"] / seconds["ours"], 2),
        "times_trl_best": round(seconds["trl_best"] / seconds["ours"], 2),
        **{f"{name}_gib": round(memory[name] / 2**30, 2) for name in contestants},
        "memory_over_trl_best": round(memory["ours"] / memory["trl_best"], 2),
        "mfu": share,
        "trl_best_options": best,
        "liger": liger(),
        **{f"{name}_held_out_loss": round(losses[name], 4) for name in contestants},
    }


def best_of_trl() -> dict[str, Any]:
    """TRL's fastest with what is installed. It packs only with FlashAttention: without it, packed
    pairs would see each other."""
    options: dict[str, Any] = {"gradient_checkpointing": False, "use_liger_kernel": liger()}
    if find_spec("flash_attn"):
        rows = max(1, BATCH * TOKENS // ROW)
        return {**options, "packing": True, "rows": rows, "attention": "flash_attention_2"}
    return {**options, "train_sampling_strategy": "group_by_length"}


def liger() -> bool:
    return find_spec("liger_kernel") is not None


def lay_out(folder: Path, model: Path, pairs: list[Record], held_out: list[Record]) -> None:
    settings = {
        "tuning": "full",
        "learning_rate": 1e-5,
        "batch_size": BATCH,
        "epochs": STEPS * BATCH / len(pairs),
        "max_length": ROW,
        "tokens_per_batch": 16_384,
        "validation_rows": 0,
        "warmup": 0.0,
        "checkpoint_every": 10 * STEPS,
        "dtype": "bfloat16",
        "liger": liger(),
    }
    data = {"train": pairs, "validation": held_out}
    write_run(folder / "run", "sft", ModelRef("folder", path=str(model)), data, **settings)


def write_model(shape: Shape, pairs: list[Record], folder: Path) -> None:
    """Random weights of a shape, with a tokenizer of the pairs; most of its words are never said."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    from engine.scratch import vocabulary_of

    train_tokenizer(pairs, 4096, folder)
    words = {**vocabulary_of(folder), **shape.sizes}
    config = AutoConfig.for_model(
        shape.type, **words, tie_word_embeddings=True, max_position_embeddings=8192
    )
    torch.manual_seed(17)
    AutoModelForCausalLM.from_config(config, dtype=torch.float32).save_pretrained(folder)


def busy(shape: Shape, model: Path, pairs: list[Record], seconds: float) -> float | None:
    """Share of the GPU's peak that the run's necessary products took; None for an unknown GPU."""
    import torch

    name = torch.cuda.get_device_name()
    peak = next((peak for known, peak in PEAKS.items() if known in name), None)
    if peak is None:
        return None
    formatter = Formatter.from_folder(model)
    examples = [formatter.example(one, ROW) for one in pairs]
    passes = STEPS * BATCH / len(pairs)
    return round(passes * sum(products(shape, one) for one in examples) / seconds / peak, 3)


def products(shape: Shape, example: Any) -> float:
    """Floating-point operations that learning from one example needs."""
    sizes = shape.sizes
    width, layers = sizes["hidden_size"], sizes["num_hidden_layers"]
    keys = width * sizes["num_key_value_heads"] // sizes["num_attention_heads"]
    layer = 2 * width * width + 2 * width * keys + 3 * width * sizes["intermediate_size"]
    tokens, labels = len(example.ids), len(example.ids) - example.prompt_length
    return 6.0 * (
        layers * layer * tokens
        + sizes["vocab_size"] * width * labels
        + layers * width * tokens * tokens
    )
