"""The live stream of a page: what happens is seen without loading the page again, also after a break."""

import pytest
from browser_checks import TRIES, settle
from browser_cutting import Cuttable

A_MOMENT, A_MINUTE = 2000, 60_000
QUICK = """
name: Quick
run-name: Something quick ({number})
jobs:
  one: {{name: The quick one, steps: [{{run: "true"}}]}}
  two: {{name: The second, needs: one, steps: [{{run: "true"}}]}}
"""
RECORD = """
window.__heard = [];
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    this.addEventListener('message', (message) => {
      const said = JSON.parse(message.data);
      if (said.item && said.item.sequence && said.item.kind) window.__heard.push(said.item.sequence);
    });
  }
  send(text) {
    const said = JSON.parse(text);
    if (said.operation === 'event.follow') window.__kinds = said.kinds;
    super.send(text);
  }
};
"""


def begin_quick(profile, world, number):
    run = world.begin(f"quick-{number}", QUICK.format(number=number))
    profile.until_task(run, "two", "accepted")
    return run


@pytest.fixture
def cuttable(profile):
    cuttable = Cuttable(profile.url)
    yield cuttable
    cuttable.close()


def test_a_new_run_is_seen_without_loading_the_page_again(visit, profile, world):
    page = visit("/").page
    settle(page)
    page.evaluate("window.__kept = true")
    begin_quick(profile, world, "seen")
    page.get_by_text("Something quick (seen)").first.wait_for()
    assert page.evaluate("window.__kept"), "the page was loaded again"


def test_one_stream_a_page(visit, world):
    visited = visit()
    sockets = []
    visited.page.on("websocket", lambda socket: sockets.append(socket.url))
    visited.page.goto(f"/board?run_id={world.settled}")
    settle(visited.page)
    visited.page.locator("[data-connection]:not(.is-lost)").first.wait_for(state="attached")
    assert len(sockets) == 1


def test_what_is_known_before_the_first_frame_is_drawn(visit, world):
    page = visit().page
    page.clock.install(time=0)
    page.clock.pause_at(A_MINUTE)
    with page.expect_response("**/api/call/task.list") as answered:
        page.goto(f"/board?run_id={world.settled}")
    assert answered.value.json()["items"]
    page.wait_for_function("document.querySelector('.island').hasAttribute('data-mounted')", polling=50)
    page.clock.resume()
    page.locator("[data-card]").first.wait_for()


def test_a_page_asks_for_nothing_while_nothing_happens(visit, profile, world):
    visited = visit()
    page = visited.page
    page.clock.install()
    page.goto(f"/board?run_id={world.settled}")
    settle(page)
    page.locator("[data-card]").first.wait_for()
    for _ in range(TRIES):
        begun, before = profile.call("storage.info")["events"], len(visited.watch.requests)
        page.clock.run_for(A_MINUTE)
        asked = visited.watch.requests[before:]
        if not profile.has_happened(begun):
            break
    assert not asked


def test_after_a_break_nothing_is_lost_and_nothing_comes_twice(visit, profile, world, cuttable, signed_in):
    visited = visit(served=cuttable)
    visited.watch.forgive("ERR_CONNECTION", "ERR_EMPTY_RESPONSE", "WebSocket connection to", "ERR_SOCKET")
    page = visited.page
    page.add_init_script(RECORD)
    page.clock.install()
    page.goto("/")
    settle(page)
    connection = page.locator("[data-connection]").first
    connection.wait_for(state="attached")
    page.evaluate("window.__kept = true")
    begun = int(page.evaluate("document.body.dataset.cursor"))
    begin_quick(profile, world, "before")
    page.get_by_text("Something quick (before)").first.wait_for()

    cuttable.cut()
    begin_quick(profile, world, "meanwhile")
    page.clock.run_for(A_MOMENT)
    page.locator("[data-connection].is-lost").first.wait_for(state="attached")
    cuttable.mend()
    page.clock.run_for(A_MINUTE)
    page.get_by_text("Something quick (meanwhile)").first.wait_for()

    # In the middle of what comes, several times: each time it goes on where it was.
    for number in range(3):
        world.begin(f"quick-cut-{number}", QUICK.format(number=f"cut {number}"))
        cuttable.cut()
        cuttable.mend()
    for number in range(3):
        profile.until_task(f"quick-cut-{number}", "two", "accepted")
    page.get_by_text("Something quick (cut 2)").first.wait_for()
    kinds = page.evaluate("window.__kinds")
    told = [event["sequence"] for event in profile.events(begun, kinds)]
    page.wait_for_function("(last) => window.__heard.at(-1) === last", arg=told[-1])
    assert page.evaluate("window.__heard") == told, "something was lost, came twice, or in another order"
    assert page.evaluate("window.__kept"), "the page was loaded again"
