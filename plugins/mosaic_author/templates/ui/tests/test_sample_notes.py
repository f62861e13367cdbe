"""What the panel shows, and where it comes from."""

from mosaic_sample.notes import NotesInterface


def test_the_panel_names_what_it_reads():
    [panel] = NotesInterface("Notes", "any.operation").contributions()
    assert (panel.kind, panel.title) == ("panel", "Notes")
    assert panel.data["reads"]["answer"]["operation"] == "any.operation"
    assert "answer.notes" in panel.data["template"]


async def test_the_configuration_counts(mosaic_kernel):
    settings = {"plugins.sample.title": "On duty", "plugins.sample.notes": ["one", "<b>two</b>"]}
    async with mosaic_kernel("sample", settings=settings) as kernel:
        [panel] = kernel.port("ui").get("sample").contributions()
        read = panel.data["reads"]["answer"]
        found = await kernel.dispatch(read["operation"], read["input"])
    assert panel.title == "On duty"
    assert list(found.notes) == ["one", "<b>two</b>"]
