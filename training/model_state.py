"""Whether a base model can be trained from now, and what to do when not."""

from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from training.models import BaseModel, Source


class Readiness(TextChoices):
    READY = "ready", gettext_lazy("ready")
    FETCHED = "fetched", gettext_lazy("fetched by its first run")
    MISSING = "missing", gettext_lazy("missing")


class ModelState(NamedTuple):
    readiness: Readiness
    remedy: str = ""


def state_of(model: BaseModel) -> ModelState:
    match model.source:
        case Source.HUB:
            return ModelState(
                Readiness.FETCHED, _("Needs the network once, or the folder by hand.")
            )
        case Source.SCRATCH:
            return ModelState(Readiness.READY)
    if (model.folder / "config.json").is_file():
        return ModelState(Readiness.READY)
    if model.source == Source.BUNDLED:
        return ModelState(
            Readiness.MISSING,
            _("Its files are gone. Restart the studio: it unpacks them again in half a minute."),
        )
    return ModelState(
        Readiness.MISSING,
        _("Bring the folder %(name)s back under the studio's models.") % {"name": model.reference},
    )
