"""What goes wrong while a page is open: hands too fast, words half written, plugins and sessions that go."""

import itertools
import os
import socket

import pytest
from browser_checks import TWO_FRAMES, settle
from browser_profile import ServedProfile

IS_THOROUGH = float(os.environ.get("MOSAIC_CHAOS", "1")) > 1

SAID = "document.body.dispatchEvent(new CustomEvent('mosaic:said', {detail: {text: '', problem: null}}))"
GATES = """
name: Gates
run-name: Three gates
jobs:
  one: {name: First, approval: "May the first begin?", steps: [{run: "true"}]}
  two: {name: Second, approval: "May the second begin?", steps: [{run: "true"}]}
  three: {name: Third, approval: "May the third begin?", steps: [{run: "true"}]}
"""
NUMBERS = itertools.count()


def redrawn(page, part):
    """Have the page drawn anew; return when that part was."""
    with page.expect_response(lambda answer: answer.request.headers.get("x-mosaic-part") == part):
        page.evaluate(SAID)
    page.evaluate(TWO_FRAMES)


def commands(visited):
    """Return the addresses to which the page has sent a form."""
    return [url for url in visited.watch.requests if "/call/" in url and "/api/" not in url]


@pytest.fixture
def gates(profile, world):
    """A run with three tasks that wait for a person."""
    run = world.begin(f"gates-{next(NUMBERS)}", GATES)
    profile.until(lambda: len(profile.call("inbox.list", run_id=run)["items"]) == 3)
    yield run
    profile.call("run.cancel", run_id=run)


def test_what_is_typed_opened_and_scrolled_stays_when_the_page_is_drawn_anew(visit, world):
    page = visit(f"/runs/{world.settled}/tasks/survey?tab=history").page
    settle(page)
    page.set_viewport_size({"width": 800, "height": 300})
    page.locator("details summary").first.click()
    page.evaluate("window.scrollTo(0, 120)")
    before = page.evaluate("window.scrollY")
    redrawn(page, "page:task")
    assert page.locator("details").first.evaluate("(one) => one.open")
    assert before > 0
    assert page.evaluate("window.scrollY") == before

    page = visit("/").page
    settle(page)
    goal = page.locator("#new-goal")
    goal.fill("Half a thought")
    goal.evaluate("(one) => one.setSelectionRange(2, 5)")
    page.clock.install()
    page.clock.run_for(4000)
    redrawn(page, "page:now")
    assert goal.input_value() == "Half a thought"
    assert goal.evaluate(
        "(one) => document.activeElement === one && one.selectionStart === 2 && one.selectionEnd === 5"
    )
    goal.blur()
    redrawn(page, "page:now")
    assert goal.input_value() == "Half a thought"


def test_two_clicks_are_one_decision_and_what_was_sent_is_cleared(visit, profile, world):
    visited = visit(f"/runs/{world.settled}/tasks/press?tab=messages")
    page = visited.page
    settle(page)
    text = f"Twice {next(NUMBERS)}"
    page.locator("#message-to").fill("all")
    page.locator("#message-text").fill(text)
    send = page.get_by_role("button", name="Send")
    send.dblclick()
    page.get_by_text("Sent.").wait_for()
    page.locator("li", has_text=text).first.wait_for()
    assert len(commands(visited)) == 1
    thread = profile.call("message.thread", run_id=world.settled, task_id="press")["items"]
    assert [one["text"] for one in thread].count(text) == 1
    assert page.locator("#message-text").input_value() == ""


def test_a_key_that_is_held_down_answers_one_thing(visit, profile, gates):
    visited = visit(f"/inbox?run_id={gates}")
    page = visited.page
    settle(page)
    items = page.locator("[data-item]")
    assert items.count() == 3
    page.keyboard.press("j")
    for _ in range(5):
        page.keyboard.down("a")
    items.nth(2).wait_for(state="detached")
    for _ in range(5):
        page.keyboard.down("a")
    page.keyboard.up("a")
    page.evaluate(TWO_FRAMES)
    assert len(commands(visited)) == 1
    states = [task["state"] for task in profile.call("task.list", run_id=gates)["items"]]
    assert states.count("gated") == 2, states


def test_keys_are_words_where_somebody_writes_and_nothing_with_a_modifier(visit, profile, gates):
    visited = visit(f"/inbox?run_id={gates}")
    page = visited.page
    settle(page)
    page.keyboard.press("Control+k")
    page.keyboard.type("ad gb")
    page.keyboard.press("Escape")
    for keys in ("Control+a", "Alt+a", "Meta+a"):
        page.keyboard.press(keys)
    page.evaluate(TWO_FRAMES)
    assert "/inbox" in page.url
    assert not commands(visited)
    states = [task["state"] for task in profile.call("task.list", run_id=gates)["items"]]
    assert states.count("gated") == 3, states


def test_a_part_that_fails_leaves_what_is_there_and_one_that_has_gone_goes(visit):
    visited = visit("/")
    page = visited.page
    settle(page)
    visited.watch.forgive("500", "503")
    answers = iter([500, 503, 204])
    page.route(
        "**/*",
        lambda route: (
            route.fulfill(status=next(answers, 204), body="<main>spoiled</main>", content_type="text/html")
            if route.request.headers.get("x-mosaic-part") == "page:now"
            else route.continue_()
        ),
    )
    for _ in range(2):
        redrawn(page, "page:now")
        assert page.locator("main h1").count() == 1
        assert "spoiled" not in page.locator("body").inner_text()
    redrawn(page, "page:now")
    page.locator("main").wait_for(state="detached")


def test_a_page_of_another_build_loads_itself_anew(visit):
    page = visit("/board").page
    settle(page)
    page.evaluate("window.__kept = true")
    page.evaluate("document.body.dataset.build = 'an-older-one'")
    with page.expect_navigation():
        page.evaluate(SAID)
    settle(page)
    assert not page.evaluate("window.__kept")


def test_whoever_looks_is_told_when_the_session_has_ended(visit, profile):
    visited = visit(profile.link(), kept=None)
    page = visited.page
    page.wait_for_url("**/")
    settle(page)
    visited.watch.forgive("401", "WebSocket")
    shown = "{'X-Mosaic-CSRF': document.body.dataset.csrf}"
    end = f"fetch('/api/session/end', {{method: 'POST', headers: {shown}}})"
    page.evaluate(end)  # what is live ends with it, so that nobody who came later hears on
    page.get_by_text("is not signed in any more").wait_for()
    with page.expect_response(lambda answer: answer.status == 401):
        page.evaluate(SAID)
    page.evaluate(TWO_FRAMES)
    assert page.locator(".toast").count() == 1
    assert page.locator("main h1").count() == 1


def test_what_comes_while_nobody_looks_is_kept_within_bounds(visit):
    page = visit().page
    page.clock.install()
    page.goto("/board")
    settle(page)
    hide = (
        "(value) => {Object.defineProperty(document, 'hidden', {configurable: true, get: () => value});"
        "document.dispatchEvent(new Event('visibilitychange'))}"
    )
    page.evaluate("""() => {
      window.__asked = 0;
      const own = fetch;
      window.fetch = (...all) => ((window.__asked += all[1]?.headers?.['X-Mosaic-Part'] ? 1 : 0), own(...all));
    }""")
    page.evaluate(hide, True)
    page.clock.run_for(1000)
    page.evaluate("window.__asked = 0")
    for _ in range(5):
        page.evaluate(SAID)
        page.clock.run_for(50)
    page.clock.run_for(1000)
    assert page.evaluate("window.__asked") == 0
    with page.expect_response(lambda answer: answer.request.headers.get("x-mosaic-part") == "shell"):
        page.evaluate(hide, False)
    page.clock.run_for(1000)
    assert page.evaluate("window.__asked") <= 4


@pytest.mark.skipif(not IS_THOROUGH, reason="starts a profile twice")
def test_an_open_page_goes_on_after_a_restart_with_another_log(stage, visit, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    served = ServedProfile(tmp_path, "ports.storage=memory", f"plugins.http.port={port}")

    def begin(run):
        asked = {"text": GATES, "target": f"{run}.yaml", "run_id": run}
        served.request("POST", "/api/runs", asked)

    try:
        served.start()
        begin("before")
        visited = visit(served.link(), served=served, kept=None)
        visited.watch.forgive("401", "403", "WebSocket", "ERR_")
        page = visited.page
        page.locator("#run-before").wait_for()
        settle(page)
        page.evaluate("window.__kept = true")
        served.end()
        served.start()
        page.get_by_text("is not signed in any more").wait_for()
        other = visited.context.new_page()
        other.goto(served.link())
        other.wait_for_url("**/")
        page.locator("[data-connection]:not(.is-lost)").wait_for(timeout=20_000)
        page.locator("#run-before").wait_for(state="detached")
        begin("after")
        page.locator("#run-after").get_by_role("button", name="Pause").click()
        page.locator("#run-after").get_by_role("button", name="Resume").wait_for()
        page.keyboard.press("Control+k")
        page.keyboard.type("First")
        page.locator(
            "dialog [role=option]", has_text="First"
        ).wait_for()  # scripts may call operations again, too
        assert page.evaluate("window.__kept"), "the page was loaded again"
    finally:
        served.end()
