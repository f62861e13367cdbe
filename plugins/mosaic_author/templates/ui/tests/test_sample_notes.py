"""What the panel shows."""

from mosaic_sample.notes import NotesInterface


def test_notes_are_shown_as_text():
    [panel] = NotesInterface("Notes", ["one", "<b>two</b>"]).contributions()
    assert (panel.kind, panel.title) == ("panel", "Notes")
    assert panel.data["html"] == "<ul><li>one</li><li>&lt;b&gt;two&lt;/b&gt;</li></ul>"


def test_no_notes_are_told():
    [panel] = NotesInterface("Notes", []).contributions()
    assert "no notes" in panel.data["html"]


async def test_the_configuration_counts(mosaic_kernel):
    async with mosaic_kernel("sample", settings={"plugins.sample.title": "On duty"}) as kernel:
        [panel] = kernel.port("ui").get("sample").contributions()
    assert panel.title == "On duty"
