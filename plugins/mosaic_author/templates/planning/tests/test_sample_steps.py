"""What a file of steps may say, and the run that it becomes."""

import pytest
from mosaic_hookspecs import InputError, RunRequest, StartRun
from mosaic_testing.reference import Reference

from mosaic_sample.source import StepsSource
from mosaic_sample.steps import read_steps

TEXT = """\
# nightly
lint: ruff check .
test: pytest -q

pack after lint, test: python -m build
"""


async def compiled(text):
    return await StepsSource().compile(RunRequest(target="nightly.steps", text=text), "run-1")


def test_steps_are_read_in_order():
    steps = read_steps(TEXT, "nightly.steps")
    assert [step.name for step in steps] == ["lint", "test", "pack"]
    assert steps[2].after == ("lint", "test")
    assert (steps[2].command, steps[2].line) == ("python -m build", 5)


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("a: x\n  just words\n", "bad-step", "f.steps:2:3"),
        ("a: x\na: y\n", "step-twice", "f.steps:2:1"),
        ("a after b: x\n", "unknown-step", "f.steps:1:1"),
        ("# nothing\n", "no-steps", "f.steps:1"),
    ],
)
def test_mistakes_are_told_with_their_place(text, code, place):
    with pytest.raises(InputError) as caught:
        read_steps(text, "f.steps")
    assert (caught.value.code, str(caught.value.where)) == (code, place)


async def test_only_files_of_steps_are_recognised():
    source = StepsSource()
    assert source.recognises(RunRequest(target="nightly.steps"))
    assert not source.recognises(RunRequest(target="nightly.md"))
    assert not source.recognises(RunRequest(goal="steps"))


async def test_the_run_can_be_started():
    run, tasks = await compiled(TEXT)
    reference = Reference()
    assert reference.do(StartRun(run=run, tasks=tasks), now=0) is None
    assert [task.task_id for task in reference.view.ready("run-1", "command", 10)] == ["lint", "test"]
