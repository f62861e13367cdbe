"""``mosaic dev`` goes on watching when a target cannot be run to its end."""

from types import SimpleNamespace

import pytest

from mosaic_cli import dev_command
from mosaic_cli.dev_command import _run
from mosaic_cli.dev_log import without_echo
from mosaic_hookspecs import Unavailable


class Broken:
    """A kernel in which the plugin that is being written fails, at once or when a run goes on."""

    project_directory = "/project"

    def __init__(self, error, *, creates=False):
        self.error = error
        self.creates = creates
        self.asked = []

    async def dispatch(self, operation, data):
        self.asked.append(operation)
        if self.creates and operation == "run.create":
            return SimpleNamespace(run_id="r-1", sequence=0, title="", target="x")
        raise self.error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RuntimeError("no luck"), ("RuntimeError: no luck (", "test_cli_dev.py:")),
        (ExceptionGroup("", [ValueError("one"), KeyError("two")]), ("ValueError: one", "KeyError: 'two'")),
        (
            Unavailable("gone", "the planner is gone", hint="Mend it."),
            ("the planner is gone [gone]. Mend it.",),
        ),
    ],
)
async def test_a_failing_target_is_told_and_not_tried_again(error, words, capsys):
    kernel = Broken(error)
    await _run(kernel, "x.steps", "text")
    told = capsys.readouterr().err
    for word in (
        *words,
        "x.steps: did not run to its end",
        "Still watching; mend it, and start `mosaic dev` again.",
    ):
        assert word in told
    assert kernel.asked == ["run.create"]


async def test_where_the_pages_are_is_told_and_no_browser_opened(monkeypatch):
    told = []

    async def door(session, kernel, *, opens):
        told.append((session, opens))

    async def running(operation, data):
        return SimpleNamespace(state="running")

    monkeypatch.setattr(dev_command, "show_door", door)
    kernel = SimpleNamespace(
        dispatch=running,
        port=lambda _: SimpleNamespace(names=list),
        bus=SimpleNamespace(publish=lambda topic, _: told.append(topic)),
    )
    project = SimpleNamespace(targets=(), provided=dict, directory="/project")
    await dev_command._live("the session", kernel, project, {})
    assert told == [("the session", False), "profile.served"]


async def test_how_to_go_on_with_a_run_that_has_begun_is_told(capsys):
    await _run(Broken(ValueError("no"), creates=True), "x.steps", "text")
    told = capsys.readouterr().err
    assert "mend it, and `mosaic call run.drive run_id=r-1 -C /project` goes on with it." in told


async def test_an_interruption_ends_it():
    with pytest.raises(KeyboardInterrupt):
        await _run(Broken(KeyboardInterrupt()), "x.steps", "text")


def test_a_failed_reload_is_told_once():
    why = "p/plugin.py:1: plugin 'pulse' was not reloaded: step 'import' failed"
    assert without_echo("pulse", why) == "p/plugin.py:1: step 'import' failed"
