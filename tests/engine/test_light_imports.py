"""What the web process imports stays light: no torch, no transformers, and quick."""

import subprocess
import sys

import pytest

LIGHT = ("bundled", "chat_template", "dataset", "errors", "events", "formatting", "job", "metrics",
         "objective", "presets", "batching", "records", "rewards", "run_dir", "schedule", "spec", "__main__", "work", "calibration",
         "machine", "answer_batches", "tree", "runs", "stems", "windows", "pairs", "texts", "apart", "reckoned",
         "architectures", "fitting", "sentences", "gguf_fit", "reading")  # fmt: skip
HEAVY = ("torch", "transformers", "peft", "accelerate", "sklearn", "pandas", "django")


@pytest.mark.parametrize("module", LIGHT)
def test_a_light_module_imports_nothing_heavy(module):
    program = f"import sys, engine.{module}; print(*(set({HEAVY}) & sys.modules.keys()))"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (found.stdout.strip(), found.returncode) == ("", 0), found.stderr
