"""How a person opens a checkpoint in Python, outside the studio: lines to copy."""

from training.models import BaseModel, Checkpoint, Source
from training.models.base_model import Architecture

AUTO = {
    Architecture.DECODER: "AutoModelForCausalLM",
    Architecture.LSTM: "AutoModelForCausalLM",
    Architecture.ENCODER_DECODER: "AutoModelForSeq2SeqLM",
    Architecture.ENCODER_CLASSIFIER: "AutoModelForSequenceClassification",
}
"""transformers' class for an architecture."""

FULL = """from transformers import {auto}, AutoTokenizer

folder = "{folder}"
tokenizer = AutoTokenizer.from_pretrained(folder)
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

OWN_CODE = """import engine.families.lstm_model  # the studio's own; with its folder on PYTHONPATH
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
answer = model.generate(**inputs, max_new_tokens=64, do_sample=False)
print(tokenizer.decode(answer[0], skip_special_tokens=True))
"""

ASK_CLASSIFIER = """
inputs = tokenizer("…", return_tensors="pt")
logits = model.eval()(**inputs).logits
print(model.config.id2label[logits.argmax().item()], logits.softmax(-1))
"""

ASKS = {
    Architecture.DECODER: ASK,
    Architecture.LSTM: ASK,
    Architecture.ENCODER_DECODER: ASK_READER,
    Architecture.ENCODER_CLASSIFIER: ASK_CLASSIFIER,
}


def how_to_open(checkpoint: Checkpoint) -> str:
    """A few lines of Python with the checkpoint's real paths."""
    architecture = Architecture(checkpoint.run.base_model.architecture)
    values = {"auto": AUTO[architecture], "folder": checkpoint.folder}
    before = OWN_CODE if architecture == Architecture.LSTM else ""
    if checkpoint.layout == "full":
        return before + FULL.format(**values) + ASKS[architecture]
    classifies = architecture == Architecture.ENCODER_CLASSIFIER
    lines = CLASSIFIER_ADAPTER if classifies else ADAPTER
    return lines.format(**values, base=_under(checkpoint)) + ASKS[architecture]


def _under(checkpoint: Checkpoint) -> str:
    """The full weights that an adapter lies on: the base model, or a full checkpoint on the way."""
    run = checkpoint.run
    if run.parent is not None:
        return str(run.parent.folder) if run.parent.layout == "full" else _under(run.parent)
    model: BaseModel = run.base_model
    return model.reference if model.source == Source.HUB else str(model.folder)
