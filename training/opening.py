"""How a person opens what was trained in Python, outside the studio: lines to copy.

One table by architecture; the checkpoint's page fills it with the paths of this machine, an export's
card with the folder that it lies in.
"""

from typing import NamedTuple

from training.models import BaseModel, Checkpoint, Form, Source
from training.models.base_model import Architecture

FULL = """{imports}from transformers import {auto}, AutoTokenizer

folder = "{folder}"
{lines}tokenizer = AutoTokenizer.from_pretrained(folder)
model = {auto}.from_pretrained(folder)
"""

ADAPTER = """from peft import PeftModel
from transformers import {auto}, AutoTokenizer

folder = "{folder}"
tokenizer = AutoTokenizer.from_pretrained(folder)
base = {auto}.from_pretrained("{base}")
model = PeftModel.from_pretrained(base, folder)
"""

CLASSIFIER_ADAPTER = """from peft import PeftModel
from transformers import AutoConfig, {auto}, AutoTokenizer

folder = "{folder}"
tokenizer = AutoTokenizer.from_pretrained(folder)
config = AutoConfig.from_pretrained(folder)  # where the labels stand
base = {auto}.from_pretrained("{base}", config=config)
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

ASK_READER = """
inputs = tokenizer("…", return_tensors="pt")
answer = model.generate(**inputs, max_new_tokens=64, do_sample=False, num_beams=1)
print(tokenizer.decode(answer[0], skip_special_tokens=True))
"""

ASK_CLASSIFIER = """
inputs = tokenizer("…", return_tensors="pt")
logits = model.eval()(**inputs).logits
print(model.config.id2label[logits.argmax().item()], logits.softmax(-1).tolist())
"""

READS = (
    "It reads an instruction as it stands: a system message on a line above it, an input below it "
    "after an empty line."
)


class OwnCode(NamedTuple):
    """What makes transformers know a model that it doesn't know by itself."""

    imports: str = ""
    lines: str = ""
    """Once `folder` is said."""


class Opening(NamedTuple):
    auto: str
    """transformers' class."""
    pipeline: str
    """The hub's word for what it does."""
    ask: str
    adapter: str = ADAPTER
    own_code: OwnCode = OwnCode()
    """In an export's folder and …"""
    own_code_here: OwnCode = OwnCode()
    """… on this machine."""
    says: str = "It is asked through its chat template."


OPENINGS = {
    Architecture.DECODER: Opening("AutoModelForCausalLM", "text-generation", ASK),
    Architecture.LSTM: Opening(
        "AutoModelForCausalLM",
        "text-generation",
        ASK,
        own_code=OwnCode(
            "import sys\n\n",
            "sys.path.insert(0, folder)\n"
            "import instructstudio_lstm  # of this folder; in place of trust_remote_code\n\n",
        ),
        own_code_here=OwnCode(
            "import engine.families.lstm_model  # the studio's own; with its folder on PYTHONPATH\n"
        ),
    ),
    Architecture.ENCODER_DECODER: Opening(
        "AutoModelForSeq2SeqLM", "text-generation", ASK_READER, says=READS
    ),
    Architecture.ENCODER_CLASSIFIER: Opening(
        "AutoModelForSequenceClassification",
        "text-classification",
        ASK_CLASSIFIER,
        adapter=CLASSIFIER_ADAPTER,
        says=READS,
    ),
}

ELSEWHERE = "path/to/its-base"
"""Where an adapter's base lies that no hub has: whoever opens it knows."""


def how_to_open(checkpoint: Checkpoint) -> str:
    """A few lines of Python with the checkpoint's real paths."""
    architecture, folder = checkpoint.run.base_model.architecture, str(checkpoint.folder)
    if checkpoint.layout == "full":
        return _whole(architecture, folder, OPENINGS[Architecture(architecture)].own_code_here)
    return _adapter(architecture, folder, _under(checkpoint))


def how_to_open_export(architecture: str, form: str, base: str = "") -> str:
    """The same for an export, from the folder that it was unpacked into; empty for a GGUF file.

    `base` is the hub's id of what an adapter lies on, where it has one.
    """
    if form == Form.GGUF:
        return ""
    if form == Form.ADAPTER:
        return _adapter(architecture, ".", base or ELSEWHERE)
    return _whole(architecture, ".", OPENINGS[Architecture(architecture)].own_code)


def _whole(architecture: str, folder: str, own_code: OwnCode) -> str:
    opening = OPENINGS[Architecture(architecture)]
    values = {"auto": opening.auto, "folder": folder, **own_code._asdict()}
    return FULL.format(**values) + opening.ask


def _adapter(architecture: str, folder: str, base: str) -> str:
    opening = OPENINGS[Architecture(architecture)]
    return opening.adapter.format(auto=opening.auto, folder=folder, base=base) + opening.ask


def _under(checkpoint: Checkpoint) -> str:
    """The full weights that an adapter lies on: the base model, or a full checkpoint on the way."""
    run = checkpoint.run
    if run.parent is not None:
        return str(run.parent.folder) if run.parent.layout == "full" else _under(run.parent)
    model: BaseModel = run.base_model
    return model.reference if model.source == Source.HUB else str(model.folder)
