"""What the benches through the product share: a studio, one project, files in, a frozen snapshot, a run."""

import time
from pathlib import Path
from typing import Any

from django.conf import settings

from instructstudio.client import Client
from instructstudio.demo.studio import Studio

DATA = Path(settings.BASE_DIR).parent / "shared" / "data"
OVER = {"finished", "failed", "stopped"}


def need(path: Path) -> Path:
    """A file of the shared data. Raises SystemExit with a clear reason where it is missing."""
    if not path.exists():
        raise SystemExit(
            f"this bench reads {path.relative_to(DATA.parent.parent)}, which is not here"
        )
    return path


class Bench:
    """One project with its owner, and a second person who approves imports."""

    def __init__(self, studio: Studio, name: str) -> None:
        self.olga: Client = studio.person("owner@studio.local")
        self.slug = self.olga.post("projects/", name=name)["slug"]
        self.rui = studio.person("rui@example.org")
        link = self.olga.post(
            f"projects/{self.slug}/invitations/", email="rui@example.org", role="reviewer"
        )
        self.rui.post("redemptions/", token=link["token"])

    def bring_in(self, file: Path, task: dict[str, Any]) -> dict[str, Any]:
        """Import a file into a new task and approve all of it; the import."""
        self.olga.post(f"projects/{self.slug}/tasks/", **task)
        came = self.olga.upload(f"projects/{self.slug}/imports/", file, task=task["slug"])
        at = f"imports/{came['id']}/"
        self.olga.wait(at, lambda one: one["state"] in {"checked", "failed"}, seconds=300)
        self.olga.post(at + "commit/")
        done = self.olga.wait(at, lambda one: one["state"] in {"committed", "failed"}, seconds=300)
        self.rui.post(at + "approval/")
        return done

    def run(self, **launch: Any) -> dict[str, Any]:
        """Launch a run and wait for its end, its seconds on the device included."""
        model = next(one for one in self.olga.pages("base-models/") if one["source"] == "bundled")
        run = self.olga.post(f"projects/{self.slug}/runs/", base_model=model["id"], **launch)
        started, seconds = 0.0, 0.0

        def follow(now: dict[str, Any]) -> None:
            nonlocal started, seconds
            if now["state"] in {"starting", "running"} and not started:
                started = time.monotonic()
            if now["state"] in OVER:
                seconds = time.monotonic() - started

        done = self.olga.wait(
            f"runs/{run['id']}/", lambda one: one["state"] in OVER, seconds=3600, told=follow
        )
        if done["state"] != "finished":
            raise RuntimeError(f"{done['state']}: {done['failure']}")
        return done | {"seconds": seconds}

    def evaluated(self) -> list[dict[str, Any]]:
        """Every evaluation of the project with its scores, once all are scored."""
        deadline = time.monotonic() + 1800
        while time.monotonic() < deadline:
            asked = list(self.olga.pages("evaluations/", project=self.slug))
            if all(one["scored_at"] for one in asked):
                return [self.olga.get(f"evaluations/{one['id']}/") for one in asked]
            time.sleep(1.0)
        raise TimeoutError("the evaluations did not finish within 30 minutes")
