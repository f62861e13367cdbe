"""The board: cards go where their tasks are, and are moved with the pointer and by keys."""

import pytest
from browser_checks import TWO_FRAMES, settle
from browser_fingers import Finger
from browser_pages import PHONE
from test_browser_people import GATED

EQUALS = (
    "name: Equals",
    "on: {workflow_dispatch: {}}",
    "jobs:",
    "  first: {name: First, approval: May it begin, steps: [{run: 'true'}]}",
    *(
        f"  {name}: {{name: {name.title()}, needs: first, steps: [{{run: 'true'}}]}}"
        for name in ("alpha", "beta", "gamma")
    ),
)
WAITING, NEEDS, READY, DONE, ENDED = 0, 1, 2, 5, 6


@pytest.fixture
def run(profile, world, request):
    """A run whose first task waits for a person."""
    run = world.begin(f"moved-{request.node.name.rpartition('test_')[2][:40]}", GATED)
    profile.until_task(run, "gate", "gated")
    yield run
    if profile.call("run.show", run_id=run)["state"] == "active":
        profile.call("run.cancel", run_id=run)


@pytest.fixture
def board(visit):
    """Open the board of a run, and know that it is never loaded again."""
    opened = []

    def board(run, **options):
        page = visit(f"/board?run_id={run}", **options).page
        settle(page)
        page.locator("[data-card]").first.wait_for()
        page.evaluate("window.__kept = true")
        opened.append(page)
        return page

    return board


def card(page, title, column):
    return page.locator(f".board-column[data-column='{column}'] [data-card]", has_text=title)


def drag(page, source, column):
    """Drag a card to a column, as a hand does."""
    begin = source.bounding_box()
    end = page.locator(f".board-column[data-column='{column}']").bounding_box()
    page.mouse.move(begin["x"] + 40, begin["y"] + 30)
    page.mouse.down()
    page.mouse.move(begin["x"] + 60, begin["y"] + 40, steps=3)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 120, steps=8)
    page.evaluate(TWO_FRAMES)


def test_cards_go_where_their_tasks_are(board, profile, run):
    page = board(run)
    assert card(page, "The gated one", NEEDS).count() == 1
    assert card(page, "The one after", WAITING).count() == 1
    profile.call("task.approve", run_id=run, task_id="gate")
    card(page, "The gated one", DONE).wait_for()
    card(page, "The one after", DONE).wait_for()
    assert page.evaluate("window.__kept"), "the page was loaded again"


def test_a_card_that_is_dragged_to_ready_is_approved(board, profile, run):
    page = board(run)
    drag(page, card(page, "The gated one", NEEDS), READY)
    page.mouse.up()
    card(page, "The one after", DONE).wait_for()
    assert profile.call("task.show", run_id=run, task_id="gate")["task"]["is_approved"]
    assert page.evaluate("window.__kept"), "the page was loaded again"


def test_a_card_is_dragged_to_no_column_that_refuses_it(board, profile, run):
    page = board(run)
    drag(page, card(page, "The gated one", NEEDS), DONE)
    page.mouse.up()
    page.locator(".toast").wait_for()
    assert card(page, "The gated one", NEEDS).count() == 1
    assert profile.call("task.show", run_id=run, task_id="gate")["task"]["state"] == "gated"


def test_escape_puts_back_what_is_dragged(board, profile, run):
    page = board(run)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    drag(page, card(page, "The gated one", NEEDS), READY)
    page.keyboard.press("Escape")
    page.mouse.up()
    page.evaluate(TWO_FRAMES)
    assert page.locator(".board-ghost").count() == 0
    assert not [url for url in asked if "/api/call/task." in url]
    assert profile.call("task.show", run_id=run, task_id="gate")["task"]["state"] == "gated"


def test_a_card_is_moved_by_keys(board, profile, run):
    page = board(run)
    card(page, "The gated one", NEEDS).focus()
    page.keyboard.press("Space")
    said = page.locator("[aria-live='assertive']").first
    assert "Lifted The gated one" in said.inner_text()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    card(page, "The one after", DONE).wait_for()


def test_a_failed_card_is_tried_again_by_keys(board, profile, world):
    before = len(profile.call("task.show", run_id=world.settled, task_id="prices")["attempts"])
    page = board(world.settled)
    card(page, "Compare the prices", ENDED).focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    profile.until(
        lambda: len(profile.call("task.show", run_id=world.settled, task_id="prices")["attempts"]) > before
    )
    profile.until_task(world.settled, "prices", "failed")
    card(page, "Compare the prices", ENDED).wait_for()


def test_the_order_of_cards_is_changed_by_keys_and_kept(board, profile, world):
    page = board(world.planned)
    cards = page.locator(f".board-column[data-column='{WAITING}'] [data-card]")
    first, second = cards.nth(0).inner_text(), cards.nth(1).inner_text()
    cards.nth(1).focus()
    for key in ("Space", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    changed = f"document.querySelectorAll(`.board-column[data-column='{WAITING}'] [data-card]`)[0]?.innerText"
    page.wait_for_function(f"(second) => {changed} === second", arg=second)
    page.reload()
    settle(page)
    page.wait_for_function(f"(second) => {changed} === second", arg=second)
    assert cards.nth(1).inner_text() == first


def test_a_card_that_does_not_come_just_before_another_is_said_to(board, profile, world):
    run = world.begin("equals", "\n".join(EQUALS), suffix="yaml")
    profile.until_task(run, "first", "gated")
    page = board(run)
    cards = page.locator(f".board-column[data-column='{WAITING}'] [data-card]")
    cards.nth(0).focus()
    for key in ("Space", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    page.get_by_text("but not just before it").first.wait_for()
    assert "Alpha" in cards.nth(0).inner_text()
    profile.call("run.cancel", run_id=run)


def test_a_tap_opens_a_card(board, profile, run):
    page = board(run, size=PHONE)
    card(page, "The gated one", NEEDS).tap()
    page.wait_for_url("**/tasks/gate**")


def middle(element):
    box = element.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_finger_that_stays_lifts_a_card_and_drops_it_on_another_column(board, profile, run):
    page = board(run, size=PHONE)
    finger = Finger(page)
    finger.down(*middle(card(page, "The gated one", NEEDS)))
    page.locator(".board-ghost").wait_for(state="attached")
    ready = page.locator(f".board-chooser [data-column='{READY}']")
    finger.move(*middle(ready))
    page.locator(f".board-chooser [data-column='{READY}'].is-over").wait_for()
    finger.up()
    profile.until_task(run, "after", "accepted")
    assert profile.call("task.show", run_id=run, task_id="gate")["task"]["is_approved"]
    page.locator(".board-ghost").wait_for(state="detached")
    assert "/board" in page.url, "what was dropped was opened, too"
    assert page.evaluate("window.__kept"), "the page was loaded again"


def test_a_finger_that_goes_on_at_once_scrolls_and_lifts_nothing(board, profile, run):
    page = board(run, size=PHONE)
    scrolled = "document.querySelector('.board-columns').scrollLeft"
    before = page.evaluate(scrolled)
    finger = Finger(page)
    x, y = middle(card(page, "The gated one", NEEDS))
    finger.down(x, y)
    finger.move(x - 150, y)
    assert page.locator(".board-ghost").count() == 0
    page.wait_for_function(f"(before) => {scrolled} > before", arg=before)
    finger.up()
    assert "/board" in page.url
    assert profile.call("task.show", run_id=run, task_id="gate")["task"]["state"] == "gated"
