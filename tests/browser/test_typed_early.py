"""What is typed while a page's scripts are still on their way is saved like the rest."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

STATIC = Path(__file__).parents[2] / "static"
SITE = "http://studio.example"
FORM = """<!doctype html><html lang="en">
<script type="module" src="/static/js/autosave.js"></script>
<form data-autosave {more} data-url="/save" data-revision="1">
  <label>Input <textarea name="input">\nas saved</textarea></label>
  <label>Language <select name="language"><option value="en">English<option value="zh">Chinese</select></label>
  <label>Kept <input type="checkbox" name="kept" checked></label>
  <span data-autosave-status data-dirty="Not saved yet" data-saved="Saved" data-refused="Not accepted"></span>
</form></html>"""
AS_SENT = {"input": "as saved", "language": "en", "kept": True}


class Site:
    """One page with a form, whose scripts come when the test lets them, and what was posted to it."""

    def __init__(self, page, more: str = "") -> None:
        self.page, self.form = page, FORM.format(more=more)
        self.posted: list[dict] = []
        self._late: list = []
        page.route(f"{SITE}/**", self._answer)
        self.opens()

    def opens(self) -> None:
        self._late.clear()
        self.page.goto(f"{SITE}/", wait_until="commit")
        expect(self.page.get_by_label("Input")).to_be_visible()

    def lets_the_scripts_come(self) -> None:
        while not self._late:
            self.page.wait_for_timeout(20)  # they have not been asked for yet
        for route in self._late:
            route.fulfill(path=STATIC / "js" / "autosave.js")
        self.page.wait_for_load_state()

    def _answer(self, route) -> None:
        path = route.request.url.removeprefix(SITE)
        if path == "/save":
            self.posted.append(json.loads(route.request.post_data))
            route.fulfill(json={"revision": 1 + len(self.posted), "saved_at": "2026-11-26T08:00Z"})
        elif path.endswith("/autosave.js"):
            self._late.append(route)
        elif path.startswith("/static/"):
            route.fulfill(path=STATIC / path.removeprefix("/static/"))
        else:
            route.fulfill(body=self.form, content_type="text/html")


@pytest.fixture
def page(browser):
    opened = browser.new_page()
    yield opened
    opened.close()


def says(page, state):
    expect(page.locator("[data-autosave-status]")).to_have_attribute("data-state", state)


def test_what_was_typed_and_chosen_before_the_scripts_came_is_saved(page):
    site = Site(page)
    page.get_by_label("Input").fill("typed early")
    page.get_by_label("Language").select_option("zh")
    page.get_by_label("Kept").evaluate("box => { box.checked = false }")
    site.lets_the_scripts_come()
    says(page, "saved")
    typed = {"input": "typed early", "language": "zh", "kept": False}
    assert site.posted == [{**typed, "revision": "1"}]


def test_a_form_nobody_touched_is_not_sent(page):
    site = Site(page)
    site.lets_the_scripts_come()
    page.get_by_label("Input").fill("typed later")
    says(page, "saved")
    assert [one["input"] for one in site.posted] == ["typed later"]


def test_what_an_earlier_visit_left_is_laid_beside_what_was_typed_early(page):
    """Neither takes the other's place: the text in the form is sent, the older one can be read."""
    site = Site(page)
    left = {"revision": "1", "fields": {**AS_SENT, "input": "left by an earlier visit"}}
    page.evaluate("left => localStorage.setItem('autosave:/save', JSON.stringify(left))", left)
    page.get_by_label("Input").fill("typed early")
    site.lets_the_scripts_come()
    says(page, "saved")
    assert [one["input"] for one in site.posted] == ["typed early"]
    aside = page.evaluate("() => JSON.parse(localStorage.getItem('autosave-aside:/save'))")
    assert aside["fields"]["input"] == "left by an earlier visit"


def test_a_text_that_came_back_with_its_errors_is_not_taken_for_saved(page):
    site = Site(page, more="data-unsaved")
    site.lets_the_scripts_come()
    says(page, "saved")
    assert [one["input"] for one in site.posted] == ["as saved"]
