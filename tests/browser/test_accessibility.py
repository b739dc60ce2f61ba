"""Every page is for everybody: judged by axe-core in both themes, on a phone, and in Chinese."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from tests.browser import desk
from tests.browser.person import SCREEN

THEMES = ("light", "dark")
PHONE = {"width": 360, "height": 740}
AXE = """axe.run(document, {resultTypes: ['violations'], preload: false})
  .then(({violations}) => violations.map(({id, impact, nodes}) =>
    ({id, impact, where: nodes.slice(0, 3).map((node) => node.target.join(' ')).join(' | ')})))"""
HREFS = """all => all.map(one => one.href.split('#')[0]).filter(one =>
  one.startsWith(location.origin))"""
WIDER = """() => new Promise((tell) => requestAnimationFrame(() => requestAnimationFrame(() =>
  tell(document.documentElement.scrollWidth - innerWidth))))"""
"""In pixels; once what draws itself anew to a new width has had a frame to do so."""


@pytest.fixture(scope="module")
def made(studio):
    return desk.make(studio)


@pytest.fixture(scope="module")
def pages(made) -> dict[str, str]:
    """Every page that a project has, by what it is. Swagger's page of the API is not ours to mend."""
    a, b = (one["id"] for one in made.evaluations[:2])
    here = f"/p/{made.slug}"
    return {
        "projects": "/",
        "new project": "/projects/new/",
        "profile": "/profile/",
        "API tokens": "/tokens/",
        "people": "/people/",
        "gallery of parts": "/gallery/",
        "project": f"{here}/",
        "settings": f"{here}/settings/",
        "members": f"{here}/members/",
        "new task": f"{here}/settings/tasks/new/",
        "new pair": f"{here}/write/",
        "pairs": f"{here}/pairs/",
        "nothing found": f"{here}/pairs/?q=zebra",
        "pair": f"{here}/pairs/{made.waiting['id']}/",
        "editor": f"{here}/pairs/{made.waiting['id']}/edit/",
        "tokens": f"{here}/pairs/{made.waiting['id']}/tokens/",
        "review": f"{here}/review/?pair={made.waiting['id']}",
        "imports": f"{here}/imports/",
        "new import": f"{here}/imports/new/",
        "import": f"{here}/imports/{made.imported['id']}/",
        "snapshots": f"{here}/snapshots/",
        "new snapshot": f"{here}/snapshots/new/",
        "snapshot": f"{here}/snapshots/{made.snapshot['id']}/",
        "models": f"{here}/models/",
        "new model": f"{here}/models/new/",
        "tokens of a text": f"{here}/models/tokens/?pair={made.waiting['id']}",
        "runs": f"{here}/runs/",
        "launch": f"{here}/runs/new/",
        "launch by reward": f"{here}/runs/new/?method=grpo",
        "run": f"{here}/runs/{made.run['number']}/",
        "runs side by side": f"{here}/runs/beside/?run={made.run['number']}&run=1",
        "checkpoints": f"{here}/checkpoints/",
        "checkpoint": f"{here}/checkpoints/{made.run['best_checkpoint']}/",
        "dashboard": f"{here}/dashboard/",
        "evaluation": f"{here}/evaluations/{a}/",
        "comparison": f"{here}/comparison/?a={a}&b={b}",
        "predictions": f"{here}/predictions/?evaluation={a}",
    }


@pytest.fixture
def olga(person, studio):
    came = person("Olga")
    came.page.goto(studio.link_for("owner@studio.local"))
    came.page.get_by_role("button", name="Sign in").click()
    expect(came.page.locator(".bar .avatar")).to_have_text("O")
    came.page.wait_for_load_state()
    return came


def test_every_page_passes_axe_in_both_themes_and_fits_a_phone(olga, pages):
    """One visit a page: what is found is gathered, so that a failure names all of it."""
    found = []
    olga.page.emulate_media(reduced_motion="reduce")
    with olga.may_be_refused():  # axe adds styles of its own to what it judges
        for name, address in (pages | {"no such page": "/nowhere/"}).items():
            olga.page.goto(address, wait_until="networkidle")
            olga.page.evaluate(AXE_SCRIPT)
            found += [f"{name}, {said}" for theme in THEMES for said in grave(olga.page, theme)]
            olga.page.set_viewport_size(PHONE)
            if (over := olga.page.evaluate(WIDER)) > 0:
                found.append(f"{name}: {over} px wider than a phone")
            olga.page.set_viewport_size(SCREEN)
    assert not found, "\n".join(found)


def grave(page: Page, theme: str) -> Iterator[str]:
    page.emulate_media(color_scheme=theme)
    for one in page.evaluate(AXE):
        if one["impact"] in {"serious", "critical"}:
            yield f"{theme}: {one['id']}, {one['where']}"


def test_every_page_speaks_chinese_after_the_switch(olga, pages):
    olga.page.goto(pages["dashboard"])
    olga.page.locator(".bar").get_by_label("Language").click()
    with olga.turns_the_page():
        olga.page.get_by_role("button", name="简体中文").click()
    expect(olga.page.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(olga.page).to_have_url(re.compile(pages["dashboard"]))
    silent = []
    for name, address in pages.items():
        olga.page.goto(address)
        said = olga.page.locator("main").inner_text() + olga.page.title()
        if not re.search("[\u4e00-\u9fff]{2}", said):
            silent.append(name)
    assert not silent, f"no Chinese on: {', '.join(silent)}"


def test_no_link_leads_nowhere(olga, pages):
    """Every address of the studio that a page links to answers, each asked for once."""
    where: dict[str, str] = {}
    for name, address in pages.items():
        olga.page.goto(address)
        for link in olga.page.eval_on_selector_all("a[href]", HREFS):
            where.setdefault(link, name)
    said = {link: olga.page.request.get(link).status for link in where}
    lost = [f"{link} on {where[link]}: {status}" for link, status in said.items() if status >= 400]
    assert not lost, "\n".join(lost)
