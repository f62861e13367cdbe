import pytest
from extending import edit, extended, reload
from jinja2.sandbox import SandboxedEnvironment

from mosaic_hookspecs import InputError, RunSpec, StartRun, TaskSpec
from mosaic_kernel import to_json_data


def brand(directory, **settings):
    return extended(directory, "brand", "engine", "memory", settings={"plugins.brand": settings})


def contributions(running):
    """Return what the ui port contributes, as an interface collects it: by kind and name."""
    port = running.port("ui")
    found = [one for name in port.names() for one in port.get(name).contributions()]
    return {(one.kind, one.name): one for one in found}


async def draw(running, panel):
    """Draw a panel as an interface does: dispatch what it reads, and fill its template."""
    values = {
        name: to_json_data(await running.dispatch(read["operation"], read["input"]))
        for name, read in panel.data["reads"].items()
    }
    template = SandboxedEnvironment(autoescape=True).from_string(panel.data["template"])
    return template.render(values)


def contrast(one, other):
    """Return the contrast of two colours, as WCAG 2.2 defines it."""

    def luminance(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


async def test_a_theme_is_tokens_that_can_be_read(site, tmp_path):
    async with brand(tmp_path / "project") as running:
        theme = contributions(running)["theme", "acme"].data
    assert set(theme) == {"light", "dark"}
    assert set(theme["light"]) == set(theme["dark"])
    for tokens in theme.values():
        for text, ground in (
            ("color-text", "color-background"),
            ("color-text", "color-surface"),
            ("color-accent", "color-background"),
            ("color-on-accent", "color-accent"),
        ):
            assert contrast(tokens[text], tokens[ground]) >= 4.5, (text, ground)


async def test_a_panel_is_drawn_from_what_it_reads(site, tmp_path):
    async with brand(tmp_path / "project", runs=2) as running:
        found = contributions(running)
        panel = found["panel", "acme-runs"]
        assert found["navigation", "acme-runs"].data["target"] == f"panel:{panel.name}"
        assert "None yet." in await draw(running, panel)
        for run_id in ("one", "two", "three"):
            run = RunSpec(run_id=run_id, title=f"<b>{run_id}</b>")
            task = TaskSpec(task_id="a", runtime="nobody")
            await running.port("storage").get().apply([StartRun(run=run, tasks=[task])], by="test")
        drawn = await draw(running, panel)
    assert "&lt;b&gt;three&lt;/b&gt;</a>: waiting" in drawn
    assert drawn.count("<li>") == 2


async def test_it_is_reloaded_with_other_colours_and_another_panel(site, tmp_path):
    async with brand(tmp_path / "project") as running:
        before = contributions(running)
        edit(site / "acme_brand/tokens.py", "#7a2e8e", "#0b5394")
        edit(site / "acme_brand/newest_runs.html", "None yet.", "Nothing has run.")
        await reload(running, "brand")
        after = contributions(running)
        assert before["theme", "acme"].data["light"]["color-accent"] == "#7a2e8e"
        assert after["theme", "acme"].data["light"]["color-accent"] == "#0b5394"
        assert "Nothing has run." in await draw(running, after["panel", "acme-runs"])


async def test_a_colour_that_is_none_is_refused(site, tmp_path):
    with pytest.raises(InputError) as caught:
        async with brand(tmp_path / "project", accent="mauve"):
            pass
    assert "accent" in str(caught.value)
