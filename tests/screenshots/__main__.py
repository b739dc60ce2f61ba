"""Retake README's pictures; with `--all FOLDER`, take every page in every light instead.

python -m tests.screenshots                 # docs/screenshots/*.png, some minutes
python -m tests.screenshots --all /tmp/look # every page, both themes, both languages, two widths
python -m tests.screenshots --all /tmp/look --only run,search
"""

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "instructstudio.settings")

import django

django.setup()

from instructstudio.demo import studio  # noqa: E402 (models need django.setup)
from tests.browser import chromium  # noqa: E402
from tests.screenshots import album, scene  # noqa: E402
from tests.screenshots.camera import README, Camera, every_light  # noqa: E402

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "screenshots"
CONVERTED = (ROOT / "var" / "models", ROOT / "var" / "test-models" / "models")
"""Where the bundled models may lie, already converted; else the studio converts them."""


def main() -> int:
    asked = _arguments()
    models = next((place for place in CONVERTED if place.is_dir()), None)
    with studio.running(models=models) as running, chromium.running() as browser:
        running.manage("load_sample")
        played = scene.play(running, _say, everything=asked.all is not None)
        camera = Camera(browser, running)
        if asked.all is None:
            return _readme(camera, album.readme(played))
        views = [one for one in album.everything(played) if _wanted(one, asked.only)]
        return _album(camera, views, asked.all)


def _readme(camera: Camera, views: Iterable[album.View]) -> int:
    for view in views:
        file = PICTURES / f"{view.name}.png"
        camera.take(view, {README: file})
        _say(f"{file.relative_to(ROOT)}: {file.stat().st_size / 1024:.0f} KiB")
    return 0


def _album(camera: Camera, views: list[album.View], folder: Path) -> int:
    """Exits with 1 where a page is wider than its screen, or answered as it should not."""
    wrong = 0
    for view in views:
        files = {light: folder / f"{view.name}.{light.name}.png" for light in every_light()}
        for light, taken in camera.take(view, files).items():
            if taken.status != view.status or taken.wider:
                wrong += 1
                _say(f"{view.name}.{light.name}: status {taken.status}, {taken.wider} px too wide")
        _say(view.name)
    return 1 if wrong else 0


def _wanted(view: album.View, only: str) -> bool:
    return not only or any(view.name.startswith(one) for one in only.split(","))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="every page, in every light")
    parser.add_argument(
        "--only", default="", metavar="NAMES", help="beginnings of names, by commas"
    )
    return parser.parse_args()


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
