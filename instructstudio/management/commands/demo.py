"""`manage.py demo`: the main job headless; the last line is JSON; fails unless the best beats the base."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from instructstudio.demo import studio
from instructstudio.demo.story import METRIC, Story, tell

COLUMNS = ("accuracy", "precision_macro", "recall_macro", "f1_macro", "f1_weighted")


class Command(BaseCommand):
    help = "Start a studio, train SmolLM2 on the sample's intents (SFT, then GRPO) over REST, compare with the base."
    requires_system_checks = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--log", type=Path, help="Keep what the studio printed.")

    def handle(self, *, log: Path | None, **options: Any) -> None:
        with studio.running(log) as place:
            self.say(f"studio at {place.site}")
            story = tell(place, self.say)
        for line in table(story):
            self.stdout.write(line)
        self.stdout.write(json.dumps(summary(story)))
        sys.exit(0 if better(story) else 1)

    def say(self, message: str) -> None:
        self.stdout.write(f"demo: {message}")
        self.stdout.flush()


def table(story: Story) -> list[str]:
    """Base and every checkpoint, with intervals, on the test split."""
    lines = ["", f"{'model':<44}" + "".join(f"{name:>24}" for name in COLUMNS) + f"{'n':>6}"]
    for one in story.evaluations:
        scores = one["scores"]
        cells = "".join(f"{cell(scores.get(name)):>24}" for name in COLUMNS)
        mark = " *" if one["id"] == story.best["id"] else ""
        lines.append(f"{one['subject'][:42] + mark:<44}{cells}{scores[METRIC]['n']:>6}")
    return [*lines, "* best on the validation split; intervals are 95 %", ""]


def cell(score: dict[str, Any] | None) -> str:
    if score is None or score["value"] is None:
        return "undefined"
    if score["low"] is None:
        return f"{score['value']:.3f}"
    return f"{score['value']:.3f} [{score['low']:.3f}, {score['high']:.3f}]"


def summary(story: Story) -> dict[str, Any]:
    compared = story.comparison
    return {
        "base": brief(story.base),
        "best": brief(story.best),
        "metric": METRIC,
        "n": compared["n"],
        "delta": round(compared["delta"], 4),
        "ci95": [round(compared[end], 4) for end in ("low", "high")],
        "p": compared["p"],
        "test": compared["test"],
        "sft_seconds": round(story.sft_seconds, 1),
        "seconds": round(story.seconds, 1),
    }


def brief(evaluation: dict[str, Any]) -> dict[str, Any]:
    values = {
        name: round(evaluation["scores"][name]["value"], 4)
        for name in COLUMNS
        if name in evaluation["scores"]
    }
    return {"model": evaluation["subject"], **values}


def better(story: Story) -> bool:
    """Whether the paired test says so: p below 0.05 and the interval above zero."""
    return story.comparison["p"] < 0.05 and story.comparison["low"] > 0
