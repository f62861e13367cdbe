"""Hands that are quicker than frames and answers: what is done meanwhile is neither lost nor mistaken."""

import itertools
import json

import pytest
from browser_checks import settle
from browser_pages import PHONE
from browser_world import DOCUMENT
from test_browser_board import NEEDS, READY, card, middle
from test_browser_people import GATED

A_MINUTE = 60_000
NUMBERS = itertools.count()
TYPING = 120  # milliseconds without a key, after which the board is searched


class Held:
    """Requests that a page waits for until `let_go`; `is_meant` tells which."""

    def __init__(self, page, is_meant):
        self._page = page
        self._is_meant = is_meant
        self._routes = []
        page.route("**/*", self._meet)

    def _meet(self, route):
        if self._is_meant(route.request):
            self._routes.append(route)
        else:
            route.fallback()

    def let_go(self):
        """Let those that wait go on, and all that follow."""
        self._is_meant = lambda _request: False
        for route in self._routes:
            route.fallback()


def calls(operation):
    """Return what tells requests that carry an operation out."""
    return lambda request: request.url.endswith(f"/api/call/{operation}")


@pytest.fixture
def run(profile, world):
    """A run whose first task waits for a person."""
    run = world.begin(f"slow-{next(NUMBERS)}", GATED)
    profile.until_task(run, "gate", "gated")
    yield run
    if profile.call("run.show", run_id=run)["state"] == "active":
        profile.call("run.cancel", run_id=run)


@pytest.fixture
def draft(profile):
    made = profile.call("draft.create", text=DOCUMENT, path="slow.md")
    yield made
    profile.call("draft.delete", id=made["id"])


def frozen(page, path):
    """Open a page, and let no frame and no timer come any more."""
    page.clock.install(time=0)
    page.goto(path)
    settle(page)
    page.locator("[data-card]").first.wait_for()
    page.clock.pause_at(A_MINUTE)
    return page


def test_a_card_is_dropped_where_the_hand_is_though_no_frame_has_seen_it_there(visit, profile, run):
    page = frozen(visit().page, f"/board?run_id={run}")
    x, y = middle(card(page, "The gated one", NEEDS))
    target = page.locator(f".board-column[data-column='{READY}']").bounding_box()
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, y + 10)
    page.mouse.move(target["x"] + target["width"] / 2, target["y"] + 120)
    page.mouse.up()
    profile.until_task(run, "after", "accepted")


def test_a_letter_that_is_typed_while_the_board_is_searched_stays(visit, run):
    page = frozen(visit().page, f"/board?run_id={run}")
    field = page.get_by_role("searchbox")
    field.press("g")
    page.clock.run_for(TYPING)
    page.wait_for_url("**q=g")
    field.press("a")
    assert field.input_value() == "ga"
    page.clock.run_for(TYPING)
    page.wait_for_url("**q=ga")


def test_no_task_is_shown_with_the_reasons_of_another(visit, run):
    page = visit(f"/board?run_id={run}").page
    settle(page)
    first, second = page.locator("[data-card='gate']"), page.locator("[data-card='after']")
    first.press("i")
    reasons = page.locator(".board-peek .board-why")
    reasons.wait_for()
    held = Held(page, calls("task.why"))
    second.press("i")
    page.get_by_role("heading", name="The one after").wait_for()
    assert not reasons.count()
    held.let_go()
    reasons.wait_for()


def test_who_has_gone_to_a_column_stays_there_when_the_tasks_come(visit, run):
    page = visit(size=PHONE).page
    held = Held(page, calls("task.list"))
    page.goto(f"/board?run_id={run}")
    settle(page)
    there = page.evaluate("""() => {
        const columns = document.querySelector('.board-columns');
        columns.scrollLeft = columns.scrollWidth;
        return columns.scrollLeft;
    }""")
    assert there > 0
    held.let_go()
    page.locator("[data-card='gate']").wait_for(state="attached")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))")
    assert page.evaluate("document.querySelector('.board-columns').scrollLeft") == there


def test_an_answer_takes_the_focus_from_nobody_who_writes_by_then(visit, draft):
    page = visit(f"/drafts/{draft['id']}").page
    settle(page)
    page.get_by_role("button", name="Unfold").click()
    held = Held(page, calls("draft.edit"))
    page.locator(".plan-row:not(.is-inner)").first.click()
    page.locator(".plan-row[aria-selected=true]").press("a")
    page.keyboard.type("A new one")
    page.keyboard.press("Enter")
    # The next key is for the tree, although nothing is answered yet.
    page.wait_for_function("() => document.activeElement.matches('.plan-row')")
    page.keyboard.press("a")
    page.keyboard.type("Half a ti")
    held.let_go()
    page.locator(".plan-row", has_text="A new one").wait_for()
    page.keyboard.type("tle")
    assert page.get_by_label("Title of the new node").input_value() == "Half a title"


def test_what_is_written_while_a_message_is_sent_stays(visit, world):
    page = visit(f"/runs/{world.settled}/tasks/press?tab=messages").page
    settle(page)
    held = Held(page, lambda request: request.method == "POST" and "/call/" in request.url)
    page.locator("#message-to").fill("all")
    text = page.locator("#message-text")
    text.fill(f"First {next(NUMBERS)}")
    page.get_by_role("button", name="Send").click()
    text.fill("Second")
    held.let_go()
    page.get_by_text("Sent.").wait_for()
    assert text.input_value() == "Second"


def test_what_is_written_while_a_configuration_is_drawn_anew_stays(visit):
    page = visit("/admin/plugins/engine").page
    settle(page)
    fields = page.locator("[data-island] input[type=number][name^='texts.']")
    first, second = fields.nth(0), fields.nth(1)
    page.route("**/api/call/config.set", lambda route: route.fulfill(body=json.dumps({"changes": []})))
    held = Held(page, lambda request: "x-mosaic-part" in request.headers)
    before = first.input_value()
    first.fill("7")
    page.get_by_role("button", name="Set it").click()
    page.locator(".toast", has_text="Set.").wait_for()
    second.fill("8")
    with page.expect_response(lambda answer: "x-mosaic-part" in answer.request.headers):
        held.let_go()
    page.wait_for_function("() => !document.querySelector('[data-island][aria-busy]')")
    assert (first.input_value(), second.input_value()) == (before, "8")


AROUND = """(change) => {
    const frame = document.querySelector('[data-part=shell]');
    frame.dataset.around = JSON.stringify({...JSON.parse(frame.dataset.around), ...change});
    document.dispatchEvent(new CustomEvent('htmx:after:swap'));
}"""


def test_a_theme_that_comes_late_takes_not_the_place_of_the_one_that_is_wanted_by_then(visit):
    page = visit("/board").page
    settle(page)
    sheets = "[...document.querySelectorAll('link[data-theme]')].map((one) => one.getAttribute('href'))"
    page.route("**/*.css", lambda route: route.fulfill(body="", content_type="text/css"))
    held = Held(page, lambda request: request.url.endswith("/late.css"))
    page.evaluate(AROUND, {"theme": "/wanted.css"})
    page.wait_for_function(f"() => {sheets}.join() === '/wanted.css'")
    with page.expect_request("**/late.css"):
        page.evaluate(AROUND, {"theme": "/late.css"})
    page.evaluate(AROUND, {"theme": "/wanted.css"})
    with page.expect_response("**/late.css"):
        held.let_go()
    page.evaluate("new Promise((done) => setTimeout(done, 50))")
    assert page.evaluate(sheets) == ["/wanted.css"]
