"""A plugin's code is changed on disk, and what it shows changes in the open page."""

import shutil

import pytest
from browser_checks import settle
from browser_profile import ServedProfile

EXAMPLE = "examples/brand_theme/acme_brand"


@pytest.fixture(scope="module")
def extended(stage, tmp_path_factory, pytestconfig):
    """A profile with a plugin as `mosaic plugins new` makes it, and the example of a theme; code is watched."""
    profile = ServedProfile(tmp_path_factory.mktemp("extended"), "ports.storage=memory", watches=True)
    profile.install_project("probe", "ui")
    shutil.copytree(pytestconfig.rootpath / EXAMPLE, profile.site / "acme_brand")
    profile.announce("brand", "acme_brand.plugin:BrandPlugin")
    try:
        yield profile.start()
    finally:
        profile.end()


@pytest.fixture
def look(extended, visit):
    """Open the first page."""

    def look():
        page = visit(extended.link(), served=extended, kept=None).page
        settle(page)
        page.evaluate("window.__kept = true")
        return page

    return look


def test_a_panel_changes_in_place_when_its_code_is_saved(extended, look):
    page = look()
    panel = page.locator("#panel-probe")
    panel.get_by_text("There are no notes.").wait_for()
    code = extended.site / "mosaic_probe" / "notes.py"
    text = code.read_text("utf-8")
    code.write_text(text.replace("There are no notes.", "Not one note is here."), "utf-8")
    panel.get_by_text("Not one note is here.").wait_for()
    assert page.evaluate("window.__kept"), "the page was loaded again"


def test_a_panel_changes_in_place_with_its_configuration(extended, look):
    page = look()
    (extended.directory / "mosaic.yaml").write_text("plugins: {probe: {notes: [Buy paper], title: To do}}\n")
    panel = page.locator("#panel-probe")
    panel.get_by_text("Buy paper").wait_for()
    assert panel.get_by_role("heading", name="To do").is_visible()
    assert page.evaluate("window.__kept"), "the page was loaded again"


def test_code_that_fails_leaves_what_was_there(extended, look):
    page = look()
    panel = page.locator("#panel-probe")
    before = panel.inner_text()
    code = extended.site / "mosaic_probe" / "notes.py"
    text = code.read_text("utf-8")
    try:
        code.write_text("raise RuntimeError('half a thought')\n", "utf-8")
        extended.until(lambda: "half a thought" in extended.said)
        page.reload()
        settle(page)
        assert panel.inner_text() == before
    finally:
        code.write_text(text, "utf-8")


def test_a_panel_goes_with_its_plugin(extended, look):
    page = look()
    panel = page.locator("#panel-probe")
    panel.wait_for()
    extended.call("plugins.disable", name="probe")
    panel.wait_for(state="detached")
    extended.call("plugins.enable", name="probe")
    panel.wait_for()
    assert page.evaluate("window.__kept"), "the page was loaded again"


def test_a_theme_of_a_plugin_colours_every_page(extended, look):
    page = look()
    accent = (
        "getComputedStyle(document.documentElement).getPropertyValue('--color-accent').trim().toLowerCase()"
    )
    before = page.evaluate(accent)
    (extended.directory / "mosaic.yaml").write_text(
        "plugins: {dashboard: {theme: acme}, brand: {accent: '#0b5fff'}}\n"
    )
    page.wait_for_function(f"() => {accent} === '#0b5fff'")
    assert before != "#0b5fff"
    page.get_by_role("link", name="Newest runs").click()
    page.wait_for_url("**/panels/acme-runs")
