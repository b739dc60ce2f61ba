"""Pictures of pages, as somebody sees them who is signed in."""

import contextlib
from itertools import product
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, BrowserContext, Page

from instructstudio.demo.studio import Studio
from tests.screenshots.album import View
from tests.screenshots.team import OWNER, email

THEMES = ("light", "dark")
LANGUAGES = ("en", "zh-hans")
WIDTHS = {1440: 780, 360: 740}
"""Width → height of the screen, in CSS pixels."""
WIDER = "Math.max(0, document.documentElement.scrollWidth - innerWidth)"
TALLEST = 6000
"""CSS pixels of a page that are shown; more than that nobody looks at."""


class Light(NamedTuple):
    """How a page is looked at."""

    theme: str
    language: str
    width: int


README = Light("light", "en", 1440)


def every_light() -> list[Light]:
    return [Light(*one) for one in product(THEMES, LANGUAGES, WIDTHS)]


class Taken(NamedTuple):
    status: int
    wider: int
    """CSS pixels by which the page is wider than the screen: none should be."""


class Camera:
    """One browser; each person in a context of their own, signed in when they first look."""

    def __init__(self, browser: Browser, studio: Studio) -> None:
        self.browser = browser
        self.studio = studio
        self.pages: dict[tuple[str, str], Page] = {}

    def take(self, view: View, light: Light, file: Path) -> Taken:
        """Write the picture."""
        page = self._page(view.by, light.language)
        page.emulate_media(color_scheme=light.theme, reduced_motion="reduce")
        height = WIDTHS[light.width]
        page.set_viewport_size({"width": light.width, "height": height})
        status = _opened(page, view.address)
        if view.first:
            view.first(page)
        if view.whole:
            tall = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size({"width": light.width, "height": min(max(tall, height), TALLEST)})  # fmt: skip
        page.wait_for_timeout(250)  # charts are drawn in the next frames
        file.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=file)
        return Taken(status, page.evaluate(WIDER))

    def _page(self, by: str, language: str) -> Page:
        if (by, language) not in self.pages:
            self.pages[by, language] = self._signed_in(by, language)
        return self.pages[by, language]

    def _signed_in(self, by: str, language: str) -> Page:
        context: BrowserContext = self.browser.new_context(
            base_url=self.studio.site, locale="zh-CN" if language == "zh-hans" else "en-GB"
        )
        page = context.new_page()
        if by:
            page.goto(self.studio.link_for(OWNER if by == "olga" else email(by)))
            page.locator("main form button[type=submit], main form button").first.click()
            page.wait_for_load_state()
        return page


def _opened(page: Page, address: str) -> int:
    """Once all it asks for has come; a page that asks again and again is open after a while."""
    answer = page.goto(address)
    with contextlib.suppress(Exception):
        page.wait_for_load_state("networkidle", timeout=5000)
    return answer.status if answer else 0
