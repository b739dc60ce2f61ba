"""How a person opens a checkpoint in Python, outside the studio: lines to copy."""

from training.models import Checkpoint, Source

FULL = """from transformers import AutoModelForCausalLM, AutoTokenizer

folder = "{folder}"
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForCausalLM.from_pretrained(folder)
"""

ADAPTER = """from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

folder = "{folder}"
tokenizer = AutoTokenizer.from_pretrained(folder)
base = AutoModelForCausalLM.from_pretrained("{base}")
model = PeftModel.from_pretrained(base, folder)
"""

ASK = """
messages = [{"role": "user", "content": "…"}]
inputs = tokenizer.apply_chat_template(
    messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
)
answer = model.generate(**inputs, max_new_tokens=64, do_sample=False)
prompt_length = inputs["input_ids"].shape[1]
print(tokenizer.decode(answer[0, prompt_length:], skip_special_tokens=True))
"""


def how_to_open(checkpoint: Checkpoint) -> str:
    """A few lines of Python with the checkpoint's real paths."""
    if checkpoint.layout == "full":
        return FULL.format(folder=checkpoint.folder) + ASK
    return ADAPTER.format(folder=checkpoint.folder, base=_under(checkpoint)) + ASK


def _under(checkpoint: Checkpoint) -> str:
    """The full weights that an adapter lies on: the base model, or a full checkpoint on the way."""
    run = checkpoint.run
    if run.parent is not None:
        return str(run.parent.folder) if run.parent.layout == "full" else _under(run.parent)
    model = run.base_model
    return model.reference if model.source == Source.HUB else str(model.folder)
