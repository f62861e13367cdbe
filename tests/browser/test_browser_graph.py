"""The dependency graph: what is chosen is told, states change by themselves, in a draft the linter objects."""

import pytest
from browser_checks import require_accessible, settle
from browser_world import DOCUMENT
from test_browser_people import GATED

FIRST, LAST = "A.001.01.01.01.01.01", "A.001.01.02.02.02.03"


@pytest.fixture
def graph(visit):
    """Open a graph; return its page, with nothing chosen."""

    def graph(query):
        page = visit(f"/graph?{query}").page
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
    findings = page.get_by_role("status", name="The linter's findings")
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
