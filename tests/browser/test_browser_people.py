"""People have their say on the pages: approvals, answers, a pause; and the run goes on."""

import itertools

import pytest
from browser_checks import TWO_FRAMES, settle

GATED = """
name: Gated
run-name: Behind a gate
jobs:
  gate: {name: The gated one, approval: "May it begin?", steps: [{run: "echo begun"}]}
  after: {name: The one after, needs: gate, steps: [{run: "echo after"}]}
"""
NUMBERS = itertools.count()
A_SLIP = 750  # milliseconds, from which on a second press is meant for another item


@pytest.fixture
def gated(profile, world):
    """A run whose first task waits for a person."""
    run = world.begin(f"gated-{next(NUMBERS)}", GATED)
    profile.until_task(run, "gate", "gated")
    yield run
    if profile.call("run.show", run_id=run)["state"] in ("active", "paused"):
        profile.call("run.cancel", run_id=run)


def kept(page):
    settle(page)
    page.evaluate("window.__kept = true")
    return page


def test_a_gate_is_approved_by_one_key_and_the_run_goes_on(visit, profile, gated):
    page = kept(visit(f"/inbox?run_id={gated}").page)
    page.get_by_text("May it begin?").first.wait_for()
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.get_by_text("May it begin?").first.wait_for(state="hidden")
    profile.until_task(gated, "after", "accepted")
    assert page.evaluate("window.__kept"), "the page was loaded again"


def test_a_double_tap_decides_on_one_gate_alone(visit, profile, world, gated):
    other = world.begin(f"gated-{next(NUMBERS)}", GATED)
    profile.until_task(other, "gate", "gated")
    visited = visit("/inbox")
    page = kept(visited.page)
    press = """runs => {
        const buttonOf = (run) => document.querySelector(`.waiting-item:has([href$="=${run}"]) button.primary`);
        for (const run of runs) buttonOf(run).click();
    }"""
    page.evaluate(press, [gated, other])
    page.locator(".toast").first.wait_for()
    assert len([url for url in visited.watch.requests if "/call/" in url]) == 1
    profile.until_task(gated, "after", "accepted")
    assert profile.call("task.show", run_id=other, task_id="gate")["task"]["state"] == "gated"
    profile.call("run.cancel", run_id=other)


def test_a_gate_is_denied_once_it_was_asked_whether_really(visit, profile, gated):
    visited = visit(f"/inbox?run_id={gated}")
    page = kept(visited.page)
    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.get_by_role("button", name="Deny").click()
    assert asked
    page.evaluate(TWO_FRAMES)
    assert not [url for url in visited.watch.requests if "/call/" in url]
    assert profile.call("task.show", run_id=gated, task_id="gate")["task"]["state"] == "gated"
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Deny").click()
    profile.until_task(gated, "gate", "failed", "cancelled")


def test_a_gate_is_approved_without_javascript(visit, profile, gated):
    page = visit(f"/inbox?run_id={gated}", scripts=False).page
    page.get_by_role("button", name="Approve").click()
    page.get_by_text("Approved.").wait_for()
    assert page.url.endswith(f"/inbox?run_id={gated}")
    profile.until_task(gated, "after", "accepted")


def test_a_question_is_answered(visit, profile, gated):
    asked = {"title": "Which colour?", "options": ["red", "blue"], "run_id": gated, "task_id": "after"}
    profile.call("inbox.ask", **asked)
    page = kept(visit("/inbox").page)
    item = page.locator("[data-item]", has_text="Which colour?").first
    item.get_by_role("button", name="blue").click()
    item.wait_for(state="hidden")
    answer = profile.call("inbox.ask", **asked)
    assert (answer["is_answered"], answer["answer"]) == (True, "blue")
    assert page.evaluate("window.__kept"), "the page was loaded again"


def test_who_answers_by_keys_goes_on_with_what_stands_there_now(visit, profile, gated):
    for title in ("Really?", "And then?"):
        profile.call("inbox.ask", title=title, run_id=gated, task_id="after", options=["yes", "no"])
    page = kept(visit(f"/inbox?run_id={gated}").page)
    here = "document.activeElement.closest('.waiting-item')?.innerText ?? ''"
    first, second = (page.locator(".waiting-item", has_text=title) for title in ("Really?", "And then?"))
    second.wait_for()
    first.focus()
    page.keyboard.press("1")
    first.wait_for(state="detached")
    page.wait_for_function(f"() => ({here}).includes('And then?')")
    page.wait_for_timeout(A_SLIP)
    page.keyboard.press("2")
    second.wait_for(state="detached")
    page.wait_for_function(f"() => ({here}).includes('The gated one')")


def test_what_newly_waits_is_seen_at_once(visit, profile, gated):
    first, inbox = kept(visit("/").page), kept(visit(f"/inbox?run_id={gated}").page)
    profile.call("inbox.ask", title="Is it urgent?", run_id=gated, task_id="after")
    inbox.get_by_text("Is it urgent?").first.wait_for()
    # The first page shows the oldest few alone, and counts all: how many others wait is not this test's.
    count = profile.call("inbox.list")["total"]
    first.locator(".of-now .person").get_by_text(str(count), exact=True).wait_for()
    for page in (first, inbox):
        assert page.evaluate("window.__kept"), "the page was loaded again"


def test_a_run_is_paused_and_goes_on(visit, profile, gated):
    page = kept(visit("/").page)
    card = page.locator(f"#run-{gated}")
    card.get_by_role("button", name="Pause").click()
    card.get_by_role("button", name="Resume").wait_for()
    assert profile.call("run.show", run_id=gated)["state"] == "paused"
    card.get_by_role("button", name="Resume").click()
    card.get_by_role("button", name="Pause").wait_for()
    assert profile.call("run.show", run_id=gated)["state"] == "active"


def test_what_is_refused_is_said_and_nothing_else_happens(visit, profile, gated):
    visited = visit("/")
    page = kept(visited.page)
    card = page.locator(f"#run-{gated}")
    button = card.get_by_role("button", name="Pause")
    # The page does not know yet: its next part is held back until the button was pressed.
    page.route("**/*", lambda route: route.continue_() if route.request.method == "POST" else None)
    profile.call("run.cancel", run_id=gated)
    button.click()
    page.locator(".toast-bad").wait_for()
    page.unroute_all(behavior="ignoreErrors")


LOOKS_ELSEWHERE = """
window.__told = [];
window.Notification = class {
    static permission = "granted";
    constructor(title, options) { window.__told.push([title, options.body]); }
};
Object.defineProperty(document, "hidden", { value: true });
window.dispatchEvent(new CustomEvent("mosaic:notifying"));
"""


def test_whoever_looks_elsewhere_is_told_from_any_page(visit, profile, gated):
    page = kept(visit(f"/board?run_id={gated}").page)
    with page.expect_response("**/api/call/inbox.list"):
        page.evaluate(f"() => {{{LOOKS_ELSEWHERE}}}")
    page.evaluate(TWO_FRAMES)
    assert page.evaluate("window.__told") == [], "what waited before is no news"
    profile.call("inbox.ask", title="Is <b>it</b> news?", run_id=gated, task_id="after")
    page.wait_for_function("() => window.__told.length", polling=50)
    [[title, body]] = page.evaluate("window.__told")
    assert (title, body) == ("Behind a gate waits for you", "Is <b>it</b> news?")
