"""The dependency graph: what is chosen is told, states change by themselves, in a draft the linter objects."""

import pytest
from browser_checks import require_accessible, settle
from browser_fingers import Finger
from browser_pages import DESKTOP, PHONE
from browser_world import DOCUMENT, FIRST
from test_browser_people import GATED

SECOND, LAST = "A.001.01.01.01.01.02", "A.001.01.02.02.02.03"
# Where the cursor says that a dependency can be drawn from.
_ENDS = """
() => {
  const canvas = document.querySelector('.graph-canvas'), box = canvas.getBoundingClientRect(), found = [];
  for (let y = box.top + 2; y < box.bottom; y += 6)
    for (let x = box.left + 2; x < box.right; x += 6) {
      canvas.dispatchEvent(new PointerEvent('pointermove', {clientX: x, clientY: y}));
      if (canvas.style.cursor === 'crosshair') found.push([x, y]);
    }
  return found;
}
"""
SPREAD = 20


@pytest.fixture
def graph(visit):
    """Open a graph; return its page, with nothing chosen."""

    def graph(query, size=DESKTOP):
        page = visit(f"/graph?{query}", size=size).page
        settle(page)
        page.locator(".graph-count").wait_for()
        page.evaluate("window.__kept = true")
        page.locator("canvas").focus()
        return page

    return graph


def choose(page, title):
    """Go along the dependencies to a task: down, or to the right where nothing is below."""
    heading = page.locator(".graph-panel h2").first
    page.keyboard.press("ArrowDown")
    for _ in range(30):
        here = heading.inner_text()
        if here == title:
            return
        page.keyboard.press("ArrowDown")
        if heading.inner_text() == here:
            page.keyboard.press("ArrowRight")
    raise AssertionError(f"{title} is not found; {heading.inner_text()} is chosen")


def ends(page):
    """Return where dependencies can be drawn from, a place a task, from above."""
    near = []
    for x, y in page.evaluate(_ENDS):
        for places in near:
            if abs(x - places[0][0]) <= 2 * SPREAD and abs(y - places[0][1]) <= 2 * SPREAD:
                places.append((x, y))
                break
        else:
            near.append([(x, y)])
    return [tuple(sum(way) / len(places) for way in zip(*places, strict=True)) for places in near]


def needs(profile, draft, node):
    nodes = profile.call("draft.show", id=draft)["plan"]["nodes"]
    return next(one for one in nodes if one["node_id"] == node).get("depends_on", [])


def test_what_is_chosen_is_told_and_changes_by_itself(graph, profile, world):
    run = world.begin("graphed", GATED)
    profile.until_task(run, "gate", "gated")
    page = graph(f"run_id={run}")
    choose(page, "The one after")
    panel = page.locator(".graph-panel")
    assert "The gated one" in panel.inner_text()
    profile.call("task.approve", run_id=run, task_id="gate")
    panel.get_by_text("accepted").wait_for()
    assert page.evaluate("window.__kept"), "the page was loaded again"


def test_a_circle_that_is_drawn_in_a_draft_is_objected_to_and_undone(graph, profile):
    draft = profile.call("draft.create", text=DOCUMENT, path="circle.md")["id"]
    page = graph(f"draft_id={draft}")
    findings = page.get_by_role("region", name="The linter's findings")
    findings.get_by_text("No errors").wait_for()
    choose(page, "Lay out the project: structure, settings, test runner with a first test")
    page.get_by_label("A task that it needs").fill(LAST)
    page.get_by_role("button", name="Add").click()
    findings.locator(".finding-error", has_text="UPP102").first.wait_for()
    assert needs(profile, draft, FIRST)
    require_accessible(page)
    page.locator("canvas").focus()
    page.keyboard.press("Control+z")
    findings.get_by_text("No errors").wait_for()
    assert not needs(profile, draft, FIRST)
    assert page.evaluate("window.__kept"), "the page was loaded again"


def test_a_circle_is_drawn_with_the_mouse_objected_to_and_undone(graph, profile):
    draft = profile.call("draft.create", text=DOCUMENT, path="drawn.md")["id"]
    page = graph(f"draft_id={draft}")
    page.get_by_role("button", name="Fit").click()
    (first_x, first_y), *_, last = ends(page)

    def draw():
        page.mouse.move(*last)
        page.mouse.down()
        page.mouse.move(last[0] - 30, last[1], steps=2)
        page.mouse.move(first_x, first_y - SPREAD, steps=6)

    draw()
    page.keyboard.press("Escape")
    page.mouse.up()
    draw()
    page.mouse.up()
    findings = page.get_by_role("region", name="The linter's findings")
    findings.locator(".finding-error", has_text="UPP102").first.wait_for()
    assert needs(profile, draft, FIRST) == [LAST]
    assert profile.call("draft.show", id=draft)["version"] == 2, "what was put back changed it, too"
    panel = page.locator(".graph-panel")
    panel.get_by_role("heading", name="Lay out the project").wait_for()
    panel.get_by_role("button", name="Does not need Check everything").wait_for()
    page.keyboard.press("Control+z")
    findings.get_by_text("No errors").wait_for()
    assert not needs(profile, draft, FIRST)
    assert page.evaluate("window.__kept"), "the page was loaded again"


def test_a_circle_is_drawn_with_a_finger(graph, profile):
    draft = profile.call("draft.create", text=DOCUMENT, path="finger.md")["id"]
    page = graph(f"draft_id={draft}", size=PHONE)
    (first_x, first_y), second, *_ = ends(page)
    finger = Finger(page)
    finger.down(*second)
    finger.move(first_x, first_y - SPREAD)
    finger.up()
    page.locator(".finding-error", has_text="UPP102").first.wait_for()
    assert needs(profile, draft, FIRST) == [SECOND]


def test_a_dependency_is_removed_and_another_browser_sees_it(graph, profile):
    draft = profile.call("draft.create", text=DOCUMENT, path="removed.md")["id"]
    page, other = graph(f"draft_id={draft}"), graph(f"draft_id={draft}")
    for one in (page, other):
        one.locator("canvas").focus()
        choose(one, "Set up one command that formats, lints and tests")
    page.get_by_role("button", name="Does not need Lay out the project").click()
    page.locator(".graph-panel").get_by_text("Nothing: it can start at once.").wait_for()
    other.locator(".graph-panel").get_by_text("Nothing: it can start at once.").wait_for()
    assert not needs(profile, draft, "A.001.01.01.01.01.02")


COLOURS = """() => {
    const canvas = document.querySelector("canvas");
    // Of a copy: a browser warns of a canvas on a graphics card that is read again and again.
    const { width, height } = canvas;
    const copy = Object.assign(document.createElement("canvas"), { width, height });
    const context = copy.getContext("2d", { willReadFrequently: true });
    context.drawImage(canvas, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    return new Set(new Uint32Array(data.buffer)).size;
}"""


def test_with_forced_colours_the_picture_keeps_its_own(visit, world):
    page = visit().page
    page.emulate_media(forced_colors="active")
    page.goto(f"/graph?run_id={world.planned}")
    settle(page)
    page.locator(".graph-count").wait_for()
    page.wait_for_function(f"() => ({COLOURS})() > 20")
