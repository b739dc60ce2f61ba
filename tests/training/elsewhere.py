"""Somebody else's machine: a Python process that knows transformers and peft, and no studio."""

import json
import os
import subprocess
import sys

PROGRAM = """
import contextlib, importlib.util, io, json, os, sys

assert importlib.util.find_spec("engine") is None, "the studio is on the path"
import torch

def opened(one):
    os.chdir(one["folder"])
    names, said = {}, io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(one["code"], names)
    model, inputs = names["model"], names["inputs"]
    if model.config.is_encoder_decoder:
        inputs["decoder_input_ids"] = torch.tensor([[model.generation_config.decoder_start_token_id]])
    with torch.no_grad():
        logits = model(**inputs).logits.flatten(0, -2)[-1]
    return {"ids": inputs["input_ids"][0].tolist(), "said": said.getvalue(), "logits": logits.tolist()}

found = [opened(one) for one in json.load(sys.stdin)]
json.dump(found, sys.stdout)
"""


def opened_elsewhere(exports: list[dict[str, str]]) -> list[dict]:
    """Run the `code` of each export in its `folder`; the ids that it made of its prompt, what it printed,
    and the model's last logits."""
    ran = subprocess.run(
        [sys.executable, "-I", "-c", PROGRAM],
        input=json.dumps(exports),
        capture_output=True,
        text=True,
        cwd="/",
        env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)
