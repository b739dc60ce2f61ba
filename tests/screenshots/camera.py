"""Pictures of pages, as somebody sees them who is signed in."""

import contextlib
import io
from itertools import product
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

from instructstudio.demo.studio import Studio
from tests.screenshots.album import View
from tests.screenshots.team import OWNER, email

THEMES = ("light", "dark")
LANGUAGES = {"en": "en-GB", "zh-hans": "zh-CN"}
"""Language of the studio → what the browser asks for."""
WIDTHS = {1440: 810, 360: 740}
"""Width → height of the screen, in CSS pixels."""
WIDER = "Math.max(0, document.documentElement.scrollWidth - innerWidth)"
TALLEST = 6000
"""CSS pixels of a page that are shown; more than that nobody looks at."""
COLOURS = 256
"""Of a picture: text and lines look the same, in a third of the bytes."""


class Light(NamedTuple):
    """How a page is looked at."""

    theme: str
    language: str
    width: int

    @property
    def name(self) -> str:
        """For a file."""
        return f"{self.theme}.{self.language}.{self.width}"


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

    def take(self, view: View, files: dict[Light, Path]) -> dict[Light, Taken]:
        """Write a picture in each light. A page is opened once a language, and looked at in turn."""
        taken = {}
        for language in dict.fromkeys(light.language for light in files):
            page = self._page(view.by, language)
            mine = {light: file for light, file in files.items() if light.language == language}
            page.set_viewport_size({"width": max(WIDTHS), "height": WIDTHS[max(WIDTHS)]})
            status = _opened(page, view.address)
            if view.first:
                view.first(page)
            for light, file in mine.items():
                taken[light] = Taken(status, _picture(page, light, file, whole=view.whole))
        return taken

    def _page(self, by: str, language: str) -> Page:
        if (by, language) not in self.pages:
            self.pages[by, language] = self._signed_in(by, language)
        return self.pages[by, language]

    def _signed_in(self, by: str, language: str) -> Page:
        context: BrowserContext = self.browser.new_context(
            base_url=self.studio.site, locale=LANGUAGES[language]
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


def _picture(page: Page, light: Light, file: Path, *, whole: bool) -> int:
    """Returns by how much the page is wider than its screen."""
    height = WIDTHS[light.width]
    page.emulate_media(color_scheme=light.theme, reduced_motion="reduce")
    page.set_viewport_size({"width": light.width, "height": height})
    if whole:
        tall = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": light.width, "height": min(max(tall, height), TALLEST)})
    page.wait_for_timeout(250)  # charts are drawn in the next frames
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(_thin(page.screenshot()))
    return page.evaluate(WIDER)


def _thin(png: bytes) -> bytes:
    small = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)  # fmt: skip
    return small.getvalue()
