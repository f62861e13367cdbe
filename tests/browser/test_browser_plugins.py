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


def lively(text, words, opacity):
    """Return the panel's code with a module, a style and a command beside."""
    mount = f"place.textContent = '{words}'; return () => (window.__ended = '{words}')"
    module = f"export default (place) => {{ {mount} }}"
    command = f'Contribution(kind="command", name="probe", title="{words}", data={{"target": "/"}})'
    return text.replace(
        '"order": 100,', f'"order": 100, "module": "{module}", "style": "#panel-probe {{opacity: {opacity}}}",'
    ).replace("return (self._panel,)", f"return (self._panel, {command})")


def test_its_module_its_style_and_its_command_change_in_place(extended, look):
    page = look()
    panel = page.locator("#panel-probe")
    code = extended.site / "mosaic_probe" / "notes.py"
    text = code.read_text("utf-8")
    opacity = "getComputedStyle(document.querySelector('#panel-probe')).opacity"
    sheets = "document.querySelectorAll('link[data-style]').length"
    try:
        code.write_text(lively(text, "Made once", 0.9), "utf-8")
        panel.get_by_text("Made once").wait_for()
        page.wait_for_function(f"() => {opacity} === '0.9'")
        before = page.evaluate(sheets)
        code.write_text(lively(text, "Made twice", 0.8), "utf-8")
        panel.get_by_text("Made twice").wait_for()
        page.wait_for_function(f"() => {opacity} === '0.8' && {sheets} === {before}")
        assert page.evaluate("window.__ended") == "Made once", "what was mounted before was not ended"
        commands = "JSON.parse(document.getElementById('commands').textContent)"
        titles = [command["title"] for command in page.evaluate(commands)]
        assert "Made twice" in titles
        assert "Made once" not in titles
    finally:
        code.write_text(text, "utf-8")
    panel.get_by_text("Made twice").wait_for(state="detached")
    assert page.evaluate("window.__kept"), "the page was loaded again"


def test_code_that_fails_leaves_what_was_there_and_is_told_of(extended, look):
    page = look()
    told = page.context.new_page()
    told.goto("/admin")
    settle(told)
    row = told.locator("#plugin-probe")
    row.wait_for()
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
        row.get_by_text("Runs as before.").wait_for()
        assert "half a thought" in row.inner_text()
    finally:
        code.write_text(text, "utf-8")
    row.get_by_text("Runs as before.").wait_for(state="detached")


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
