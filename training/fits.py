"""What fits a model's architecture, in the words of the pages; `engine.architectures` decides it."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from authoring.errors import Invalid
from engine.architectures import ARCHITECTURES, Misfit, misfit
from training.models import BaseModel


def method(model: BaseModel, name: str) -> Misfit | None:
    """Why a model can't be trained by a method; None where it can."""
    return misfit(model.architecture, method=name)


def unfit_for(method: str) -> list[str]:
    """Architectures that can't be trained by a method."""
    return [name for name in ARCHITECTURES if misfit(name, method=method)]


def takes_adapters(model: BaseModel, *, from_nothing: bool) -> bool:
    """Weights that come from nothing have nothing to adapt, and some architectures take none."""
    return not from_nothing and "lora" in ARCHITECTURES[model.architecture].tunings


def require(
    model: BaseModel, *, method: str = "", tuning: str = "", kinds: Iterable[str] = ()
) -> None:
    """Raise Invalid, on the field that has to change, where these don't fit the model.

    `kinds`: of the tasks that it is to read.
    """
    kinds = sorted(set(kinds))
    wrong = misfit(model.architecture, method=method, tuning=tuning, kinds=kinds)
    if wrong is None:
        return
    why, remedy = _words(model.architecture, wrong, kinds)
    raise Invalid(why, remedy, {wrong.field: [f"{why} {remedy}"]})


def _words(architecture: str, wrong: Misfit, kinds: list[str]) -> tuple[Any, Any]:
    match wrong.field:
        case "method":
            return (
                _("An encoder classifier picks a label; it writes nothing that could be rewarded."),
                _("Train it by SFT, or start from a model that writes."),
            )
        case "tuning":
            return (
                _("This kind of model can't be trained in this way."),
                _("Choose one of: %s.") % ", ".join(ARCHITECTURES[architecture].tunings),
            )
    others = ", ".join(one for one in kinds if one != "classification")
    return (
        _(
            "An encoder classifier only picks labels, and there are tasks of another kind: %(kinds)s."
        )
        % {"kinds": others},
        _("Freeze a snapshot of classification tasks alone, or start from a model that writes."),
    )
