"""Every page: at a desk by day, on a phone at night, and without JavaScript."""

import pytest
from browser_checks import (
    Meter,
    require_accessible,
    require_inert,
    require_no_sideways,
    require_still,
    require_structure,
    settle,
)
from browser_pages import COUNT, DESKTOP, MAIN, PHONE, all_places, places
from browser_world import FIRST

FULL = 10
PLACES = [pytest.param(place, id=place.name) for place in places()]
TASK = "check.fiction"
OF_PLANS = ("plan", "graph", "gantt")


def subject(world, place, run=""):
    """Return what is looked at: for pages about plans the run that has one."""
    run = run or (world.planned if place.name in OF_PLANS else world.settled)
    task = FIRST if run == world.planned else TASK
    return place.of(run, task, id=world.draft)


@pytest.mark.parametrize("place", PLACES)
def test_a_page_at_a_desk_by_day_and_on_a_phone_at_night(visit, profile, world, place):
    visited = visit()
    page, meter = visited.page, Meter(visited.context, visited.page)
    begun = profile.call("storage.info")["events"]
    page.goto(subject(world, place))
    settle(page)
    meter.require_small()
    require_structure(page)
    require_inert(page)
    require_no_sideways(page)
    require_accessible(page)
    # Some pages tell of those who are still at work, too.
    if not profile.has_happened(begun, counts_renewals=page.locator("[data-live~='task.renewed']").count() > 0):
        meter.require_once()
    require_still(page)
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(PHONE)
    require_no_sideways(page)
    if place.is_listed:
        require_accessible(page)


@pytest.mark.parametrize("place", PLACES)
def test_a_page_is_read_without_javascript(visit, world, place):
    page = visit(subject(world, place), size=PHONE, scripts=False).page
    assert page.locator("h1").count() == 1
    text = page.locator("main").inner_text()
    assert len(text.split()) > 8, text
    assert "JavaScript" not in text, text
    assert page.locator("body").bounding_box()["width"] <= PHONE["width"]


@pytest.mark.chaos
@pytest.mark.skipif(COUNT < FULL, reason="every page in every way: tox -e chaos")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("run", ["", "busy", "planned"])
@pytest.mark.parametrize("place", PLACES)
def test_a_page_in_every_way(visit, world, place, run, size, theme):
    page = visit(subject(world, place, run), theme=theme, size=size).page
    settle(page)
    require_still(page)
    require_no_sideways(page)
    require_accessible(page)


def test_the_main_pages_are_there():
    assert set(MAIN) <= {place.name for place in all_places()}
