"""Which pages there are to look at, by name: who looks, at which address, and what must be done first."""

import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from playwright.sync_api import Page

from tests.screenshots import errors
from tests.screenshots.scene import PROJECT, Scene

HERE = f"/p/{PROJECT}"


class View(NamedTuple):
    """One picture. `by` names who looks; `first` is done on the page before it is taken."""

    name: str
    address: str
    by: str = "olga"
    first: Callable[[Page], None] | None = None
    whole: bool = True
    """The page to its end; else only what a screen shows of it."""
    status: int = 200


def readme(scene: Scene) -> Iterator[View]:
    """The pictures of README.md, by the name of their file."""
    run = scene.trained.run["number"]
    yield View("home", f"{HERE}/", by="tao", whole=False)
    yield View("editor", f"{HERE}/pairs/{scene.written.draft}/edit/", by="ada", whole=False)
    yield View("review", f"{HERE}/review/?pair={scene.written.revised}", by="rui", whole=False)
    yield View("snapshot", f"{HERE}/snapshots/{scene.trained.snapshot['id']}/", by="rui", whole=False)  # fmt: skip
    yield View("run", f"{HERE}/runs/{run}/", by="tao", whole=False)
    yield View(
        "dashboard", f"{HERE}/dashboard/?run={scene.trained.run['id']}", by="rui", whole=False
    )


def everything(scene: Scene) -> Iterator[View]:
    """Every page of the product in every state that `scene` brought about."""
    yield from _people()
    yield from _writing(scene)
    yield from _training(scene)
    yield from _measuring(scene)
    yield from _strangers(scene)
    if scene.straits is not None:
        yield from _straits(scene)
    yield View("sign-in-429", "/sign-in/", by="", first=errors.too_often)  # twenty hashes: slow


def _people() -> Iterator[View]:
    yield View("sign-in", "/sign-in/", by="")
    yield View("lost-password", "/sign-in/lost-password/", by="")
    yield View("link-worthless", "/link/worthless/", by="", status=410)
    for name in ("projects/new", "profile", "tokens", "people", "gallery"):
        yield View(name.replace("/", "-"), f"/{name}/")
    yield View("projects", "/")


def _writing(scene: Scene) -> Iterator[View]:
    pair, snapshot = scene.written.revised, scene.trained.snapshot["id"]
    for name in ("", "settings", "members", "settings/tasks/new", "write", "pairs", "review",
                 "imports", "imports/new", "snapshots", "snapshots/new"):  # fmt: skip
        yield View(name.replace("/", "-") or "project", f"{HERE}/{name}/".replace("//", "/"))
    yield View("task", f"{HERE}/settings/tasks/1/")
    yield View("pairs-none", f"{HERE}/pairs/?q=zebra")
    yield View("pair", f"{HERE}/pairs/{pair}/")
    yield View("pair-tokens", f"{HERE}/pairs/{pair}/tokens/")
    yield View("pair-returned", f"{HERE}/pairs/{scene.written.returned}/", by="lin")
    yield View("editor", f"{HERE}/pairs/{scene.written.draft}/edit/", by="ada")
    yield View("review-revised", f"{HERE}/review/?pair={pair}", by="rui")
    yield View("snapshot", f"{HERE}/snapshots/{snapshot}/")


def _training(scene: Scene) -> Iterator[View]:
    best = scene.trained.run["best_checkpoint"]
    for name in ("models", "models/new", "models/tokens", "runs", "checkpoints"):
        yield View(name.replace("/", "-"), f"{HERE}/{name}/")
    yield View("launch", f"{HERE}/runs/new/", by="tao", first=_planned)
    yield View("launch-grpo", f"{HERE}/runs/new/?method=grpo", by="tao", first=_planned)
    yield View("launch-wrong", f"{HERE}/runs/new/?learning_rate=1&max_length=40&epochs=200", by="tao", first=_planned)  # fmt: skip
    yield View("run", f"{HERE}/runs/{scene.trained.run['number']}/")
    yield View("runs-beside", f"{HERE}/runs/beside/?run=1&run=2&run=3", by="tao")
    yield View("run-sheet", f"{HERE}/runs/{scene.trained.run['number']}/sheet/")
    yield View("checkpoint", f"{HERE}/checkpoints/{best}/")


def _measuring(scene: Scene) -> Iterator[View]:
    base, last = (scene.trained.evaluations[at]["id"] for at in (0, -1))
    yield View("dashboard", f"{HERE}/dashboard/")
    yield View("evaluation", f"{HERE}/evaluations/{last}/")
    yield View("comparison", f"{HERE}/comparison/?a={base}&b={last}")
    yield View("comparison-wrong", f"{HERE}/comparison/?a={base}&b={last}&show=both_wrong")
    yield View("predictions", f"{HERE}/predictions/?evaluation={last}")
    yield View("predictions-none", f"{HERE}/predictions/?evaluation={last}&q=zebra")
    yield View("prediction", f"{HERE}/predictions/?evaluation={last}", first=_first_prediction)
    for name in ("searches", "searches/new"):
        yield View(name.replace("/", "-"), f"{HERE}/{name}/", by="tao")


def _strangers(scene: Scene) -> Iterator[View]:
    """The lowest role, and what nobody may or can."""
    run = f"{HERE}/runs/{scene.trained.run['number']}/"
    for name in ("", "pairs/", "review/", "runs/", "runs/new/", "checkpoints/", "dashboard/", "members/", "settings/", "searches/"):  # fmt: skip
        yield View(f"viewer-{name.strip('/').replace('/', '-') or 'project'}", f"{HERE}/{name}", by="vera")  # fmt: skip
    yield View("viewer-run", run, by="vera")
    yield View("viewer-write-403", f"{HERE}/write/", by="vera", status=403)
    yield View("400", "/?q=%00", status=400)
    yield View("404", "/nowhere/", status=404)
    yield View("404-run", f"{HERE}/runs/9999/", status=404)
    yield View("500", "/", first=errors.broken)
    draft = scene.written.draft
    two = partial(errors.written_by_two, draft, scene.team.lin)
    yield View("editor-409", f"{HERE}/pairs/{draft}/edit/", by="ada", first=two)


def _straits(scene: Scene) -> Iterator[View]:
    found = scene.straits
    assert found is not None
    there, desk = found.library, f"/p/{found.library.project}"
    for name, number in found.runs.items():
        yield View(f"run-{name.replace(' ', '-')}", f"{HERE}/runs/{number}/", by="tao")
    yield View("runs-queue-of-tao", f"{HERE}/runs/", by="tao")
    yield View("search", f"{HERE}/searches/{found.search}/", by="tao")
    yield View("checkpoint-exporting", f"{HERE}/checkpoints/{found.export_under_way}/", by="tao")
    yield View("import-done", f"{desk}/imports/{there.good}/", by="rui")
    yield View("import-broken", f"{desk}/imports/{there.broken}/", by="ada")
    yield View("imports-two", f"{desk}/imports/", by="ada")
    yield View("task", f"{desk}/settings/tasks/{there.task}/")
    yield View("members-invited", f"{desk}/members/")
    yield View("snapshot-leaks", f"{desk}/snapshots/{there.snapshot}/")
    yield View("snapshot-new-leaks", f"{desk}/snapshots/new/")
    for name in ("", "pairs/", "write/", "review/", "imports/", "snapshots/", "snapshots/new/", "models/", "runs/",
                 "runs/new/", "checkpoints/", "dashboard/", "predictions/", "searches/", "searches/new/"):  # fmt: skip
        yield View(f"empty-{name.strip('/').replace('/', '-') or 'project'}", f"/p/{found.empty}/{name}")  # fmt: skip


def _planned(page: Page) -> None:
    """The plan is counted by a worker; it may take a while to say tokens and time."""
    with contextlib.suppress(Exception):
        page.locator("#plan .forecast").wait_for(timeout=8000)


def _first_prediction(page: Page) -> None:
    page.get_by_role("link", name="Details").or_(page.locator(".example a")).first.click()
    page.wait_for_load_state("networkidle")
