"""Hostile words on every page: nothing runs, nothing comes to life, no request leaves, no command is given."""

import pytest
from browser_checks import TWO_FRAMES, require_inert, require_no_sideways, settle
from browser_harm import install_harm, lift_harm, plant_harm
from browser_pages import COUNT, PHONE, Place, places
from browser_profile import ServedProfile
from hostile import MARKUP

IS_THOROUGH = COUNT > 1
pytestmark = pytest.mark.skipif(not IS_THOROUGH, reason="CI runs it behind the suite: set MOSAIC_CHAOS=2")
SAID = "document.body.dispatchEvent(new CustomEvent('mosaic:said', {detail: {text: '', problem: null}}))"
PLACES = [
    *places(),
    Place("hostile", "/hostile"),
    Place("task-hostile", "/runs/{run_id}/tasks/{task_id}?tab=hostile"),
]


@pytest.fixture(scope="module")
def harmed(stage, tmp_path_factory):
    """A profile with a hostile plugin, in which everybody says hostile things."""
    profile = ServedProfile(tmp_path_factory.mktemp("harmed"), "ports.storage=memory")
    install_harm(profile)
    try:
        profile.start()
        plant_harm(profile)
        yield profile
    finally:
        lift_harm(profile)
        profile.end()


@pytest.fixture
def visit_harmed(harmed, visit):
    """Open a page there, in a browser that is signed in there."""
    signed_in = []

    def visit_harmed(path, **options):
        if not signed_in:
            first = visit(harmed.link(), served=harmed, kept=None)
            signed_in.append(first.context.storage_state())
        return visit(path, served=harmed, kept=signed_in[0], **options)

    return visit_harmed


def subjects(place, harmed):
    """Return what to look at: the task that makes the page interesting, and more if there is time."""
    names = {"task-log": ["live"], "task-diff": ["leave"]}.get(place.name, ["job13"])
    for name in ("live", "job13", "leave") if IS_THOROUGH else names:
        yield place.of("files" if name == "leave" else "harm", name, name="hostile", id=harmed.draft)
        if "{task_id}" not in place.path:
            break
    if "{" not in place.path and (IS_THOROUGH or place.name in ("plan", "board", "graph", "gantt")):
        yield place.of("document")


@pytest.mark.parametrize("place", PLACES, ids=[place.name for place in PLACES])
def test_hostile_words_are_inert(visit_harmed, harmed, place):
    for path in subjects(place, harmed):
        page = visit_harmed(path, size=PHONE).page
        settle(page)
        require_inert(page)
        require_no_sideways(page)
        # What is drawn anew goes another way than what is drawn at first.
        with page.expect_response(lambda answer: "x-mosaic-part" in answer.request.headers):
            page.evaluate(SAID)
        page.evaluate(TWO_FRAMES)
        require_inert(page)
        page.close()


def test_hostile_words_are_there_as_text(visit_harmed):
    page = visit_harmed("/board?run_id=harm").page
    for name in ("a script", "an image", "a template", "an attribute"):
        page.locator("[data-card]", has_text=MARKUP[name]).first.wait_for()


def test_a_hostile_command_of_a_plugin_goes_nowhere(visit_harmed):
    page = visit_harmed("/").page
    settle(page)
    page.keyboard.press("Control+k")
    page.keyboard.type("onerror")
    for option in page.locator("dialog [role=option]").all():
        option.click()
        page.wait_for_timeout(100)
        require_inert(page)
        if not page.locator("dialog[open]").count():
            page.keyboard.press("Control+k")


def test_a_link_gives_no_command(visit_harmed, harmed):
    visited = visit_harmed("/")
    visited.watch.forgive("/download/run.cancel", "/call/run.cancel", "404", "405")
    for path in ("/download/run.cancel?run_id=harm", "/call/run.cancel?run_id=harm"):
        answer = visited.page.goto(path)
        assert answer.status in (403, 404, 405), (path, answer.status)
    assert harmed.call("run.show", run_id="harm")["state"] == "paused"
