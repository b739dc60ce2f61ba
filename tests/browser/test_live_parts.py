"""A live part of a page is brought up to date round what somebody writes in it."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import expect

ROOT = Path(__file__).parents[2]
FORM = (
    '<form action="/push"><select name="to"><option>hub</option><option>s3</option></select>'
    '<input name="place"></form>'
)


class Site(SimpleHTTPRequestHandler):
    """The studio's own static files, and one page whose part says whatever `now` says (ASKED: how often)."""

    now = ""

    def do_GET(self) -> None:
        if self.path.startswith("/static/"):
            return super().do_GET()
        self.server.asked += 1
        now = self.server.now.replace("ASKED", str(self.server.asked))
        part = f'<div id="part" data-live-url="/part" data-live-every="0.05">{now}</div>'
        page = f'<!doctype html>{part}<script type="module" src="/static/js/live.js"></script>'
        body = (part if self.path == "/part" else page).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_said: object) -> None:
        pass


@pytest.fixture
def page(browser):
    site = ThreadingHTTPServer(("127.0.0.1", 0), partial(Site, directory=str(ROOT)))
    threading.Thread(target=site.serve_forever, daemon=True).start()
    site.asked = 0
    site.now = f"<ul><li>one</li></ul>{FORM}"
    opened = browser.new_page()
    opened.goto(f"http://127.0.0.1:{site.server_port}/")
    opened.site = site
    yield opened
    opened.close()
    site.shutdown()
    site.server_close()


def test_a_half_typed_name_outlives_pieces_that_come_and_go(page):
    page.get_by_role("textbox").press_sequentially("team/let")
    page.site.now = f"<h3>Pushed</h3><ul><li>one</li><li>two</li></ul><p>new</p>{FORM}<p>end</p>"
    page.get_by_text("end").wait_for()
    page.keyboard.type("ters")
    assert page.get_by_role("textbox").input_value() == "team/letters"
    page.site.now = f"<ul><li>three</li></ul>{FORM}"
    page.get_by_text("three").wait_for()
    page.keyboard.type("!")
    assert page.get_by_role("textbox").input_value() == "team/letters!"
    assert page.locator("#part > *").evaluate_all("all => all.map(one => one.tagName)") == [
        "UL",
        "FORM",
    ]


def test_what_was_chosen_stays_though_nobody_is_there_and_its_neighbours_are_new(page):
    page.get_by_role("combobox").select_option("s3")
    page.evaluate("document.activeElement.blur()")
    page.site.now = f"said <div><p>other</p>{FORM}</div> otherwise {FORM}"
    page.get_by_text("other", exact=True).wait_for()
    assert page.locator("#part > form select").input_value() == "s3"


def test_a_row_with_a_field_in_use_stays_itself_when_those_above_it_go(page):
    def row(number):
        form = f'<form action="/{number}"><input name="place" aria-label="{number}"></form>'
        return f'<li><a href="/run/{number}">run {number}</a>{form}</li>'

    page.site.now = f"<ol>{row(1)}{row(2)}{row(3)}</ol>"
    page.get_by_text("run 3").wait_for()
    page.get_by_label("2").fill("mine")
    page.site.now = f"<ol>{row(2)}{row(3)}{row(4)}</ol>"
    page.get_by_text("run 4").wait_for()
    assert page.locator("li a").all_inner_texts() == ["run 2", "run 3", "run 4"]
    assert page.get_by_label("2").input_value() == "mine"
    assert page.locator("form").count() == 3


def test_a_form_nobody_has_touched_is_what_the_server_says(page):
    page.site.now = FORM.replace("<option>hub", "<option>bucket")
    page.locator("option", has_text="bucket").wait_for(state="attached")
    assert page.get_by_role("combobox").input_value() == "bucket"


def test_the_rest_of_a_piece_with_a_field_in_use_is_brought_up_to_date(page):
    page.site.now = f"<section><b>1</b>{FORM}</section>"
    page.locator("section").wait_for()
    page.get_by_role("textbox").fill("mine")
    page.site.now = f"<section><b>2</b>{FORM}</section>"
    page.get_by_text("2").wait_for()
    assert page.get_by_role("textbox").input_value() == "mine"


def test_a_button_pressed_while_news_comes_is_clicked_when_it_is_released(page):
    page.site.now = '<form action="/stopped">step ASKED <button>Stop</button></form>'
    page.get_by_role("button").hover()
    page.mouse.down()
    seen = page.locator("form").inner_text()
    page.wait_for_timeout(500)  # time enough to be drawn anew, where that isn't held back
    assert page.locator("form").inner_text() == seen
    page.mouse.up()
    page.wait_for_url("**/stopped*")


def test_news_goes_on_after_a_press(page):
    page.site.now = "<p>step ASKED</p>"
    page.locator("p").hover()
    page.mouse.down()
    page.mouse.up()
    seen = page.locator("p").inner_text()
    expect(page.locator("p")).not_to_have_text(seen)
