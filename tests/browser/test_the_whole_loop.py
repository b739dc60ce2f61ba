"""Four people at four browsers close the loop: write, review, freeze, train, measure, look back."""

import re

from playwright.sync_api import Page, expect

from tests.browser.desk import INSTRUCTION, LABELS, MAIL

PASSWORD = "a desk by the window"
INTERVAL = re.compile(r"^\s*\d\.\d+–\d\.\d+\s*$")
JOB = 900_000
"""Milliseconds after which a job of the nano model hangs: a measurement may stand before it in the queue."""


def test_a_team_closes_the_loop(studio, person):
    olga, ada, rui, tao = (person(name) for name in ("Olga", "Ada", "Rui", "Tao"))
    comes_in_by_the_link(olga, studio.sign_in_link())
    sets_up_a_project(olga.page)
    for somebody, role in ((ada, "author"), (rui, "reviewer"), (tao, "trainer")):
        joins(somebody, invitation(olga, somebody.name, role))

    writes_two_pairs(ada)
    imports_her_mail(ada)
    reviews_one_by_one(rui)
    approves_the_import(rui)
    hears_what_came_back(ada)

    freezes(tao)
    launches_sft(tao)
    watches_it_finish(tao.page)
    sees_the_scores(tao)
    walks_back_to_the_author(tao.page)
    goes_on_by_reward(tao)


def comes_in_by_the_link(olga, link):
    page = olga.page
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Welcome to the studio")
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Begin with a project")).to_be_visible()


def sets_up_a_project(page: Page):
    page.get_by_role("link", name="Create a project").click()
    page.get_by_label("Name", exact=True).fill("Library desk")
    page.get_by_label("Description").fill("Letters to a library's desk, and what they ask for.")
    page.get_by_role("button", name="Create the project").click()
    page.get_by_role("link", name="Add the first task").click()
    page.get_by_label("Name", exact=True).fill("Desk mail")
    page.get_by_label("Kind").select_option("classification")
    page.get_by_label("Labels").fill("\n".join(LABELS))
    page.get_by_label("Instruction").fill(INSTRUCTION)
    page.get_by_role("button", name="Add the task").click()
    expect(page.get_by_text("Desk mail").first).to_be_visible()


def invitation(olga, name, role) -> str:
    """As it is on the clipboard after pressing Copy."""
    olga.goes_to("Members")
    olga.page.get_by_label("E-mail").fill(f"{name.lower()}@example.org")
    olga.page.get_by_label("Role", exact=True).select_option(role)
    with olga.turns_the_page():
        olga.page.get_by_role("button", name="Make an invitation link").click()
    olga.page.get_by_role("button", name="Copy").click()
    olga.is_told("Copied")
    return olga.page.evaluate("navigator.clipboard.readText()")


def joins(somebody, link):
    somebody.page.goto(link)
    somebody.page.get_by_label("Your name").fill(somebody.name)
    somebody.page.get_by_label("Choose a password").fill(PASSWORD)
    somebody.page.get_by_role("button", name="Join").click()
    expect(somebody.page.get_by_role("heading", level=1)).to_have_text("Library desk")


def writes_two_pairs(ada):
    """One is reloaded, the other loses its tab in the middle of a word."""
    first = "Would you lend me the bread book for three more days? The dough is rising."
    ada.goes_to("Write")
    ada.page.get_by_label("Input").fill(first)
    ada.page.get_by_role("button", name="renew").click()
    saved(ada.page)
    ada.page.reload()
    expect(ada.page.get_by_label("Input")).to_have_value(first)
    expect(ada.page.get_by_label("Response", exact=True)).to_have_value("renew")
    with ada.turns_the_page():
        ada.page.get_by_role("button", name="Submit for review").click()
    ada.is_told("awaits review")

    ada.goes_to("Write")
    ada.page.get_by_label("Input").press_sequentially("Is the desk staffed")
    saved(ada.page)
    address = ada.page.evaluate("location.href")
    with ada.offline():  # or a slow machine's autosave has sent it before the tab dies
        ada.page.get_by_label("Input").press_sequentially(" on Easter Mon")
        ada.loses_the_tab()
    ada.page.goto(address)
    expect(ada.page.get_by_label("Input")).to_have_value("Is the desk staffed on Easter Mon")
    ada.page.get_by_label("Input").press_sequentially("day?")
    ada.page.get_by_role("button", name="opening_hours").click()
    saved(ada.page)
    with ada.turns_the_page():
        ada.presses("Control+Enter")
    ada.is_told("awaits review")


def saved(page: Page):
    expect(page.locator("[data-autosave-status]")).to_have_attribute("data-state", "saved")
    expect(page.locator("[data-autosave-status]")).to_contain_text("Saved")


def imports_her_mail(ada):
    ada.goes_to("Pairs")
    ada.page.get_by_role("link", name="Import").click()
    ada.page.get_by_role("link", name="Import a file").click()
    ada.page.get_by_label("File").set_input_files(MAIL)
    ada.page.get_by_role("button", name="Look at it").click()
    ada.page.get_by_role("button", name="Import all 42 rows").click()
    expect(ada.page.get_by_text("42 pairs came from this file")).to_be_visible()
    expect(ada.page.get_by_role("button", name="Approve in bulk")).to_have_count(0)


def reviews_one_by_one(rui):
    """Ada's first with a key, her second back to her with the mouse. Rui's own is never offered."""
    rui.goes_to("Write")
    rui.page.get_by_label("Input").fill("May I have the window seat kept for me at four?")
    rui.page.get_by_role("button", name="reserve").click()
    saved(rui.page)
    with rui.turns_the_page():
        rui.page.get_by_role("button", name="Submit and next").click()
    rui.goes_to("Review")
    expect(rui.page.get_by_text("bread book")).to_be_visible()
    with rui.turns_the_page():
        rui.presses("a")
    expect(rui.page.get_by_text("Easter Monday")).to_be_visible()
    rui.page.get_by_role("button", name="Request changes").click()
    expect(rui.page.get_by_text("Say what is wrong")).to_be_visible()
    rui.page.get_by_label("Comment").fill("Is the desk meant, or the building? Say which.")
    with rui.turns_the_page():
        rui.page.get_by_role("button", name="Request changes").click()


def approves_the_import(rui):
    rui.goes_to("Pairs")
    rui.page.get_by_role("link", name="Import").click()
    rui.page.get_by_role("link", name=MAIL.name).click()
    rui.page.get_by_role("button", name="Approve in bulk").click()
    dialog = rui.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Approve 42 pairs without reading each?")
    with rui.turns_the_page():
        dialog.get_by_role("button", name="Approve in bulk").click()
    expect(rui.page.get_by_role("button", name="Approve in bulk")).to_have_count(0)
    rui.goes_to("Review")
    expect(rui.page.get_by_text("Nothing waits for you")).to_be_visible()


def hears_what_came_back(ada):
    ada.goes_home()
    expect(ada.page.get_by_text("One pair of yours came back")).to_be_visible()
    ada.page.get_by_role("link", name="See what they said").click()
    ada.page.get_by_role("link", name="#2").click()
    expect(ada.page.get_by_text("Is the desk meant, or the building?")).to_be_visible()


def freezes(tao):
    tao.goes_to("Snapshots")
    tao.page.get_by_role("link", name="Freeze the first snapshot").click()
    tao.page.get_by_label("Name optional").fill("first")
    tao.page.get_by_label("Train, %").fill("60")
    tao.page.get_by_label("Validation, %").fill("10")
    tao.page.get_by_label("Test, %").fill("30")
    tao.page.get_by_role("button", name="Freeze").click()
    expect(tao.page.get_by_role("heading", level=1)).to_contain_text("Snapshot 1")
    expect(tao.page.get_by_role("heading", name="What is in it")).to_be_visible()


def launches_sft(tao):
    """From random weights, all of them trained; the numbers under "More settings" keep it short."""
    page = tao.page
    page.get_by_role("link", name=re.compile("Train|Launch")).first.click()
    page.get_by_label("Start from").select_option(label="Nano decoder, from scratch")
    page.get_by_label("What is trained").select_option("full")
    page.get_by_label("Epochs").fill("16")
    page.get_by_label("Learning rate").fill("0.003")
    page.get_by_label("Pairs a step").fill("8")
    page.get_by_text("More settings").click()
    page.get_by_label("Steps between checkpoints").fill("26")
    page.get_by_label("Validation rows").fill("4")
    page.get_by_label("CPU threads").fill("1")
    page.get_by_role("button", name="Launch").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Run 1")


def watches_it_finish(page: Page):
    """The page is never reloaded: what is new comes to it, and leaves the keyboard where it was."""
    page.locator("#log summary").press("Enter")  # a click may begin on one log and end on the next
    expect(page.locator("#progress")).to_contain_text("finished", timeout=JOB)
    expect(page.locator("#checkpoints tbody tr")).to_have_count(2)
    expect(page.locator(".charts canvas").first).to_be_visible()
    expect(page.locator("#says .log")).to_be_visible()
    expect(page.locator("#log summary")).to_be_focused()


def sees_the_scores(tao):
    """Every checkpoint was measured by itself: each number with its interval and its n."""
    page = tao.page
    expect(page.locator("#scores tbody tr")).to_have_count(2, timeout=JOB)
    expect(page.locator("#scores .score")).not_to_have_count(0, timeout=JOB)
    expect(page.locator("#scores .state")).to_have_count(0, timeout=JOB)
    tao.goes_to("Dashboard")
    board = page.locator("table.board")
    expect(board.locator("thead")).to_contain_text("Accuracy")
    expect(board.locator("thead")).to_contain_text("F1, macro")
    for row in board.locator("tbody tr").all():
        expect(row.locator(".score")).to_have_text([re.compile(r"^[01]\.\d{3}$")] * 4)
        expect(row.locator(".interval").first).to_have_text(INTERVAL)
        expect(row.locator("td").last).to_have_text("13")
    expect(board.locator("tr", has_text="best").locator(".interval").nth(3)).to_have_text(INTERVAL)


def walks_back_to_the_author(page: Page):
    """Score → cell of the confusion matrix → prediction → revision → Ada."""
    page.locator("table.board tbody th a").first.click()
    page.locator("table.matrix td a").first.click()
    example = page.locator(".example").first
    expect(example).to_contain_text("Ada")
    example.get_by_role("link", name=re.compile(r"Pair \d+, revision \d+")).click()
    expect(page).to_have_url(re.compile(r"/predictions/\d+/"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Prediction")
    page.get_by_role("link", name="The pair", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Pair #")
    expect(page).to_have_url(re.compile(r"revision=\d"))
    page.locator("dl.facts").get_by_role("link", name="Ada").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pairs")
    expect(page).to_have_url(re.compile("author="))


def goes_on_by_reward(tao):
    """GRPO from the first run's checkpoint."""
    page = tao.page
    tao.goes_to("Runs")
    page.get_by_role("link", name=re.compile("^Run 1")).first.click()
    page.get_by_role("link", name="Go on by reward").last.click()
    page.get_by_label("Steps", exact=True).fill("2")
    page.get_by_label("Prompts a step").fill("2")
    page.get_by_label("Responses a prompt").fill("4")
    page.get_by_label("Longest response, tokens").fill("4")
    page.get_by_label("Measure the starting weights").uncheck()
    page.get_by_role("button", name="Launch").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Run 2")
    expect(page.locator("#progress")).to_contain_text("finished", timeout=JOB)
    expect(page.locator("#says")).to_contain_text("Rollouts")
    page.locator(".lineage").get_by_role("link", name=re.compile("step")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("step")
