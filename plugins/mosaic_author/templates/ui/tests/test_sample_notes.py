"""What the panel shows, and where it comes from."""

from jinja2.sandbox import SandboxedEnvironment

from mosaic_sample.notes import NotesInterface


def draw(panel, **answers):
    """Draw the panel as an interface does: in a sandbox, with escaping on."""
    return SandboxedEnvironment(autoescape=True).from_string(panel.data["template"]).render(answers)


def test_the_panel_says_where_it_stands_and_what_it_reads():
    [panel] = NotesInterface("Notes", "any.operation").contributions()
    assert (panel.kind, panel.title, panel.data["place"]) == ("panel", "Notes", "now")
    assert panel.data["reads"]["answer"]["operation"] == "any.operation"
    assert panel.data["live"] == ["run."]


def test_the_panel_is_drawn():
    [panel] = NotesInterface("Notes", "any.operation").contributions()
    runs = {"items": [{"run_id": "r-1", "title": "Shop", "result": "accepted"}]}
    drawn = draw(panel, answer={"notes": ["one", "<b>two</b>"]}, newest=runs)
    assert "<li>one</li>" in drawn
    assert "<li>&lt;b&gt;two&lt;/b&gt;</li>" in drawn
    assert "The newest run, Shop, is accepted." in drawn
    assert "There are no notes." in draw(panel, answer={"notes": []}, newest={"items": []})


def test_what_could_not_be_read_is_left_out():
    [panel] = NotesInterface("Notes", "any.operation").contributions()
    assert draw(panel, answer=None, newest=None).strip() == ""


async def test_the_configuration_counts(mosaic_kernel):
    settings = {"plugins.sample.title": "On duty", "plugins.sample.notes": ["one", "<b>two</b>"]}
    async with mosaic_kernel("sample", settings=settings) as kernel:
        [panel] = kernel.port("ui").get("sample").contributions()
        read = panel.data["reads"]["answer"]
        found = await kernel.dispatch(read["operation"], read["input"])
    assert panel.title == "On duty"
    assert list(found.notes) == ["one", "<b>two</b>"]
