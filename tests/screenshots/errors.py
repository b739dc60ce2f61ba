"""Pages of errors: brought about where a person can, and where only a fault could, put in their place."""

from django.template.loader import render_to_string
from django.utils import translation
from playwright.sync_api import Page, Route, expect

from instructstudio.client import Client

MOST_GUESSES = 100
PATIENCE = 20_000
"""Milliseconds for a save, on a busy machine."""


def broken(page: Page) -> None:
    """The page of a fault of ours, as the studio renders it, at an address of the studio."""
    chinese = page.evaluate("navigator.language").startswith("zh")

    def answer(route: Route) -> None:
        with translation.override("zh-hans" if chinese else "en"):
            body = render_to_string("500.html")
        route.fulfill(status=500, content_type="text/html", body=body)

    page.route("**/broken/", answer)
    page.goto("/broken/")


def too_often(page: Page) -> None:
    """Somebody guesses a password until nobody listens any more."""
    for _ in range(MOST_GUESSES):
        page.locator("input[type=email]").fill("nobody@bookshop.example")
        page.locator("input[type=password]").fill("a guess of mine")
        with page.expect_navigation() as went:
            page.locator("main form button").click()
        if went.value.status == 429:
            return
    raise AssertionError(f"{MOST_GUESSES} wrong passwords were all heard")


def written_by_two(pair: int, other: Client, page: Page) -> None:
    """While the page is open somebody else saves; what is typed then stands beside theirs."""
    seen = other.get(f"pairs/{pair}/")["head"]
    text = seen["input"]
    other.post(f"pairs/{pair}/revisions/", parent=seen["number"], input=f"{text} Please hurry.")
    page.locator("textarea[name=input]").fill(f"{text} It was order 7730-18.")
    expect(page.locator("[data-autosave-conflict]")).to_be_visible(timeout=PATIENCE)
