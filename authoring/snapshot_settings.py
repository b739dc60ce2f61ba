"""What decides a snapshot: one frozen dataclass for the page, REST and the stored record."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from authoring.errors import Invalid
from authoring.splitting import SPLITS

FRACTIONS = {"train": 0.8, "validation": 0.1, "test": 0.1}
SPLIT_RULES = ("given", "stratified")
LEAK_RULES = ("keep", "drop_exact", "drop_near")


@dataclass(frozen=True)
class SnapshotSettings:
    """Validated once; every field has a good default."""

    tasks: tuple[str, ...] = ()
    """Slugs; empty takes every task of the project."""
    languages: tuple[str, ...] = ()
    """Codes; empty takes every language."""
    split_rule: str = "given"
    """`given` keeps the split that an imported file named and deals the rest; `stratified` deals all."""
    fractions: dict[str, float] = dataclasses.field(default_factory=lambda: dict(FRACTIONS))
    """Share of train, validation and test; they sum to 1."""
    seed: int = 17
    threshold: float = 0.8
    """Jaccard similarity from which two prompts are near-duplicates; 1 looks for exact ones only."""
    leaks: str = "keep"
    """`keep` names pairs that stand in train and test both; `drop_exact` and `drop_near` take them
    (near ones too) out of train."""
    longest: int = 100_000
    """Characters of a pair, all its texts together; longer ones are left out."""

    def __post_init__(self) -> None:
        problems = {}
        if set(self.fractions) != set(SPLITS) or not all(
            isinstance(one, int | float) and 0 <= one <= 1 for one in self.fractions.values()
        ):
            problems["fractions"] = _("Give train, validation and test a share from 0 to 1 each.")
        elif abs(sum(self.fractions.values()) - 1) > 1e-6:
            problems["fractions"] = _("The three shares must sum to 1.")
        if self.split_rule not in SPLIT_RULES:
            problems["split_rule"] = _("Choose one of %(known)s.") % {
                "known": ", ".join(SPLIT_RULES)
            }
        if self.leaks not in LEAK_RULES:
            problems["leaks"] = _("Choose one of %(known)s.") % {"known": ", ".join(LEAK_RULES)}
        if not 0 <= self.seed < 2**31:
            problems["seed"] = _("Between 0 and 2147483647.")
        if not 0.3 <= self.threshold <= 1:
            problems["threshold"] = _("Between 0.3 and 1.")
        if not 1 <= self.longest <= 10_000_000:
            problems["longest"] = _("Between 1 and 10000000.")
        if problems:
            raise Invalid(
                _("Some settings are out of range."),
                fields={name: [why] for name, why in problems.items()},
            )

    @classmethod
    def of(cls, values: dict[str, Any]) -> "SnapshotSettings":
        """Settings from plain values; what is left out takes its default. Raises Invalid by field."""
        known = {field.name for field in dataclasses.fields(cls)}
        if unknown := values.keys() - known:
            raise Invalid(
                _("There is no such setting."),
                fields={name: [_("Leave it out.")] for name in sorted(unknown)},
            )
        lists = {name: tuple(values[name]) for name in ("tasks", "languages") if name in values}
        return cls(**(values | lists))

    def as_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self) | {
            "tasks": list(self.tasks),
            "languages": list(self.languages),
        }
