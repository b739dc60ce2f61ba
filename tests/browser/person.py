"""Somebody at a browser of their own, and everything that went wrong in it."""

import contextlib
import re
from collections.abc import Iterator

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
)
from playwright.sync_api import Error as PlaywrightError

SECONDS = 120
"""After which a page will never show what a test expects: ten times what a slow machine takes. Waiting
on a job has its own."""
SCREEN = {"width": 1280, "height": 900}
TOLD = """const told = new Map();
new MutationObserver(() => {
  for (const toast of document.querySelectorAll("[data-toast]")) told.set(toast, toast.textContent);
  if (told.size) document.documentElement.dataset.told = [...told.values()].join("\\n");
}).observe(document, { childList: true, subtree: true });"""
"""Keeps what a page said at its foot: a toast leaves after six seconds, looked at or not."""
expect.set_options(timeout=SECONDS * 1000)

CUT_SHORT = ("htmx:afterRequest,", "htmx:sendAbort,")
"""The first comes with every request that came to nothing; why it did is said by the second, or another."""


class Person:
    """A browser context with one open page. `troubles` must stay empty."""

    def __init__(self, name: str, browser: Browser, site: str) -> None:
        self.name = name
        self.troubles: list[str] = []
        self.context: BrowserContext = browser.new_context(
            base_url=site,
            locale="en-GB",
            viewport=SCREEN,
            permissions=["clipboard-read", "clipboard-write"],
        )
        self.context.set_default_timeout(SECONDS * 1000)
        self.context.add_init_script(TOLD)
        self.context.on("console", self._heard)
        self.context.on("weberror", lambda error: self._note(f"uncaught: {error.error}"))
        self.context.on("response", self._answered)
        self.context.on("requestfailed", self._failed)
        self.page: Page = self.context.new_page()

    def goes_to(self, name: str) -> None:
        """By the side list, as people do."""
        with self.turns_the_page():
            self.page.locator("#side").get_by_role("link", name=name).click()

    def goes_home(self) -> None:
        """To the project's own page, by the switcher in the bar."""
        self.page.locator(".bar details.menu.start summary").click()
        with self.turns_the_page():
            self.page.locator(".bar details.menu.start .sheet a").first.click()

    @contextlib.contextmanager
    def turns_the_page(self) -> Iterator[None]:
        """What is done inside leads to another page, which is there, whole, when this ends: the last one
        may stay for a while, and have the same fields."""
        self.page.evaluate("document.documentElement.dataset.last = ''")
        yield
        expect(self.page.locator("html[data-last]")).to_have_count(0)
        self.page.wait_for_load_state()

    def is_told(self, text: str) -> None:
        """By a toast on this page, whether it is still to be seen or has left."""
        told = re.compile(re.escape(text))
        expect(self.page.locator("html")).to_have_attribute("data-told", told)

    def presses(self, key: str) -> None:
        """On a page that was painted: before its scripts came it isn't, and a person sees nothing yet."""
        self.page.evaluate("() => new Promise(requestAnimationFrame)")
        self.page.keyboard.press(key)

    def loses_the_tab(self) -> None:
        """The tab's process dies at once: no unload, no last word to the server. A new tab opens."""
        with self.page.expect_event("crash"), contextlib.suppress(PlaywrightError):
            self.page.goto("chrome://crash")
        self.page.close()
        self.page = self.context.new_page()

    @contextlib.contextmanager
    def offline(self) -> Iterator[None]:
        """Nothing reaches the server meanwhile, and that is no trouble of the page's."""
        with self.may_be_refused():
            self.context.set_offline(True)
            yield
            self.context.set_offline(False)

    @contextlib.contextmanager
    def may_be_refused(self) -> Iterator[None]:
        """What happens here is the test's own doing and no trouble of the page's."""
        before = list(self.troubles)
        yield
        self.troubles = before

    def leaves(self) -> None:
        self.context.close()

    def _note(self, trouble: str) -> None:
        self.troubles.append(f"{self.name}: {trouble}")

    def _heard(self, message: ConsoleMessage) -> None:
        """Refusals by the content security policy are errors on the console too; that htmx was cut
        short by a page that was left is none, as in `_failed`."""
        if message.type in {"error", "warning"} and not message.text.startswith(CUT_SHORT):
            self._note(f"{message.text} ({message.location.get('url')})")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self._note(f"{response.status} {response.request.method} {response.url}")

    def _failed(self, request: Request) -> None:
        """What a page still asked for when it was left is aborted, and that is right."""
        if request.failure != "net::ERR_ABORTED":
            self._note(f"{request.failure} {request.method} {request.url}")
