"""Every page: in both themes, at a desk and on a phone, with JavaScript and without."""

import os

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
from browser_pages import DESKTOP, PHONE, places

IS_THOROUGH = float(os.environ.get("MOSAIC_CHAOS", "1")) > 1
PLACES = [pytest.param(place, id=place.name) for place in places()]
TASK = "check.fiction"


@pytest.mark.parametrize("place", PLACES)
def test_a_page_at_a_desk_by_day(visit, world, place):
    visited = visit()
    page, meter = visited.page, Meter(visited.context, visited.page)
    page.goto(place.of(world.settled, TASK))
    settle(page)
    require_still(page)
    meter.require_small()
    require_structure(page)
    require_inert(page)
    require_no_sideways(page)
    require_accessible(page)
    if IS_THOROUGH:
        page.emulate_media(color_scheme="dark")
        require_accessible(page)


@pytest.mark.parametrize("place", PLACES)
def test_a_page_on_a_phone_at_night(visit, world, place):
    page = visit(place.of(world.settled, TASK), theme="dark", size=PHONE).page
    settle(page)
    require_still(page)
    require_no_sideways(page)
    require_accessible(page)
    if IS_THOROUGH:
        page.emulate_media(color_scheme="light")
        require_accessible(page)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("size", [DESKTOP, PHONE] if IS_THOROUGH else [PHONE])
def test_a_page_is_read_without_javascript(visit, world, place, size):
    page = visit(place.of(world.settled, TASK), size=size, scripts=False).page
    assert page.locator("h1").count() == 1
    text = page.locator("main").inner_text()
    assert len(text.split()) > 8, text
    assert "JavaScript" not in text, text
    wide = page.locator("body").bounding_box()["width"]
    assert wide <= size["width"]
