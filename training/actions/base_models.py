"""Base models: where runs may start. Shared by every project of the studio."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext_noop

from authoring.errors import Conflict, Invalid
from authoring.models import Membership, User
from authoring.permissions import DEEDS
from authoring.words import words as _
from engine.architectures import architecture_of
from engine.bundles import BUNDLES, Bundle
from engine.errors import ModelError
from engine.presets import nano_shape
from training.models import BaseModel, Source
from training.models.base_model import Architecture
from training.weights import count_parameters

HUB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}(/[A-Za-z0-9][A-Za-z0-9._-]{0,95})?")
FOLDER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,149}")


def may_add(user: User) -> bool:
    """Whoever may train somewhere, and the studio's owner."""
    if not user.is_active:
        return False
    roles = Membership.objects.filter(user=user, role__in=DEEDS["train"])
    return user.is_superuser or roles.filter(project__deleted_at=None).exists()


NOTES = {
    "smollm2-135m-instruct": gettext_noop(
        "Its scores are not the published model's: the weights went through Q4_1."
    ),
    "all-minilm-l6-v2": gettext_noop(
        "Picks labels, so for classification tasks; it reads English, hardly any Chinese."
    ),
}
PRESETS = (
    ("nano", Architecture.DECODER, "Nano decoder, from scratch"),
    ("nano-encoder-decoder", Architecture.ENCODER_DECODER, "Nano encoder–decoder, from scratch"),
    ("nano-classifier", Architecture.ENCODER_CLASSIFIER, "Nano encoder classifier, from scratch"),
    ("nano-lstm", Architecture.LSTM, "Nano LSTM, from scratch"),
)
"""Slug, architecture and name of the presets that every studio lists."""


def bundles_missing() -> list[Bundle]:
    """Bundled models whose folders have not been unpacked yet."""
    return [one for one in BUNDLES if not one.ready(Path(settings.MODELS_ROOT))]


def ensure_bundled() -> None:
    """List what the studio brings: bundled models once they are unpacked, and the nano presets."""
    for bundle in BUNDLES:
        if bundle.ready(Path(settings.MODELS_ROOT)):
            BaseModel.objects.get_or_create(
                slug=bundle.slug,
                defaults={
                    "name": bundle.name,
                    "source": Source.BUNDLED,
                    "reference": bundle.folder,
                    "architecture": bundle.architecture,
                    "parameters": bundle.parameters,
                    "licence": "Apache-2.0",
                    "note": NOTES[bundle.slug],
                },
            )
    for slug, architecture, name in PRESETS:
        BaseModel.objects.get_or_create(
            slug=slug,
            defaults={
                "name": name,
                "source": Source.SCRATCH,
                "reference": "nano",
                "architecture": architecture,
                "note": gettext_noop(
                    "Random weights and a tokenizer of the snapshot's own: for trying things out."
                ),
            },
        )


def available_folders() -> list[str]:
    """Model folders under STUDIO_HOME/models that no base model stands for yet."""
    root = Path(settings.MODELS_ROOT)
    taken = set(BaseModel.objects.exclude(source=Source.HUB).values_list("reference", flat=True))
    found = [one.parent.name for one in root.glob("*/config.json")] if root.is_dir() else []
    return sorted(name for name in found if FOLDER_NAME.fullmatch(name) and name not in taken)


def add_folder(*, by: User, folder: str, name: str = "", licence: str = "") -> BaseModel:
    """A model that somebody put under STUDIO_HOME/models, by the folder's name; never by a path.

    Raises PermissionDenied (not a trainer), Invalid (no such folder, no safetensors), Conflict.
    """
    require_trainer(by)
    path = Path(settings.MODELS_ROOT) / folder
    if not FOLDER_NAME.fullmatch(folder) or not path.is_dir():
        why = _("There is no folder of this name under the studio's models.")
        raise Invalid(
            why,
            _(
                "Copy the model's folder into %(root)s, then give its name alone.",
                root="STUDIO_HOME/models",
            ),
            {"reference": [why]},
        )
    for pattern in ("config.json", "*.safetensors", "tokenizer.json"):
        if not any(path.glob(pattern)):
            why = _("The folder has no %(file)s.", file=pattern)
            raise Invalid(
                why,
                _("Bring a whole model in Hugging Face layout, with safetensors weights."),
                {"reference": [why]},
            )
    return _add(
        by,
        name or folder,
        Source.FOLDER,
        folder,
        licence,
        architecture=_architecture_in(path),
        parameters=count_parameters(path),
    )


def add_hub_id(
    *,
    by: User,
    hub_id: str,
    name: str = "",
    licence: str = "",
    architecture: str = Architecture.DECODER,
) -> BaseModel:
    """A model of the Hugging Face hub. It is fetched by the first run that starts from it, which
    says so where it isn't of this architecture.

    Raises PermissionDenied, Invalid (not an id), Conflict.
    """
    require_trainer(by)
    if not HUB_ID.fullmatch(hub_id) or ".." in hub_id or "--" in hub_id:
        why = _("This is not a model id: owner/name in letters, digits, dots, dashes, underscores.")
        raise Invalid(
            why, _("Copy it from the model's page on huggingface.co."), {"reference": [why]}
        )
    return _add(by, name or hub_id, Source.HUB, hub_id, licence, architecture=architecture)


def add_preset(
    *,
    by: User,
    name: str,
    overrides: Mapping[str, int] | None = None,
    architecture: str = Architecture.DECODER,
) -> BaseModel:
    """A nano model of another shape, trained from nothing.

    Raises PermissionDenied, Invalid (the numbers don't make a model), Conflict.
    """
    require_trainer(by)
    shape = dict(overrides or {})
    try:
        nano_shape(shape, architecture)
    except ModelError as error:
        raise Invalid(error.message, error.remedy, {"overrides": [error.message]}) from error
    return _add(by, name, Source.SCRATCH, "nano", architecture=architecture, overrides=shape)


def remove(*, by: User, model: BaseModel) -> None:
    """Take it off the list; its files stay. Raises Conflict where runs started from it."""
    require_trainer(by)
    if model.runs.exists():
        raise Conflict(
            _("Runs started from this model."), _("Keep it: their numbers lead back to it.")
        )
    model.delete()


def require_trainer(by: User) -> None:
    if not may_add(by):
        from django.core.exceptions import PermissionDenied

        raise PermissionDenied(_("Base models are added by people who may train. Ask an owner."))


def _architecture_in(folder: Path) -> str:
    """Told from config.json. Raises Invalid where it can't be, or is none that the engine runs."""
    try:
        found = architecture_of(json.loads((folder / "config.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, AttributeError, TypeError):
        found = None
    if found is None:
        why = _("Its config.json names no kind of model that can be trained here.")
        raise Invalid(
            why,
            _("Bring a decoder, an encoder–decoder, or an encoder for a classifier."),
            {"reference": [why]},
        )
    return found


def _add(
    by: User,
    name: str,
    source: str,
    reference: str,
    licence: str = "",
    *,
    architecture: str,
    overrides: dict[str, int] | None = None,
    parameters: int | None = None,
) -> BaseModel:
    name = name.strip()
    slug = slugify(name)[:80]
    if not slug or len(name) > 150:
        why = _("Give it a name of up to 150 characters with letters or digits.")
        raise Invalid(why, fields={"name": [why]})
    try:
        with transaction.atomic():
            return BaseModel.objects.create(
                name=name,
                slug=slug,
                source=source,
                reference=reference,
                licence=licence,
                architecture=architecture,
                overrides=json.loads(json.dumps(overrides or {})),
                parameters=parameters,
                added_by=by,
            )
    except IntegrityError as error:
        why = _("There is a base model of this name already.")
        raise Conflict(why, _("Choose another name."), {"name": [why]}) from error
