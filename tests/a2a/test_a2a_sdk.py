"""Against the official SDK's server: tasks from their beginning to their end, streamed and not."""

import json

import pytest
import trio


class Answer:
    def __init__(self, answer):
        self.answer, self.comment, self.by = answer, "", "ada"


def noted(sdk):
    return [json.loads(line) for line in sdk[1].read_text().splitlines()]


@pytest.mark.parametrize("kind", ["stream", "whole"])
async def test_a_task_is_done_and_its_artifacts_are_put_in(place, sdk, kind):
    files = {"a.txt": b"old\n", "src/b.py": b"b = 1\n", "secret.env": b"no"}
    result = await place.attempt(
        f"{sdk[0]}/{kind}", "PATCH it.", files=files, sends=["src/**/*.py"], instructions="Speak low."
    )
    assert (result.outcome, result.summary) == ("succeeded", "The file stands.")
    assert place.files["src/colour.txt"] == b"colour: grey\n"
    assert place.files["bin/data"] == b"\x00\x01"
    assert place.files["a.txt"] == b"new\n"
    assert result.outputs["report"] == {"count": 3}
    assert result.outputs["notes"] in {"first, second", "first, \nsecond"}
    assert "It is done." in place.text
    assert "handed in: src/colour.txt, bin/data, a patch" in place.text
    kinds, words, sent = noted(sdk)[-1]
    assert kinds == "message"
    assert "# Task task: Paint it\n\nPATCH it." in words
    assert words.endswith("Speak low.")
    assert list(sent) == ["src/b.py"]
    states = [body["state"] for topic, body in place.context.bus.notices if topic == "a2a.update"]
    assert states[-1] == "COMPLETED"


@pytest.mark.parametrize("kind", ["stream", "whole"])
async def test_a_question_goes_to_a_person_and_the_task_goes_on(place, sdk, kind):
    asked = []

    async def ask(question):
        asked.append(question)
        return Answer("blue")

    result = await place.attempt(f"{sdk[0]}/{kind}", "ASK me.", operations={"inbox.ask": ask})
    assert result.outcome == "succeeded"
    assert place.files["src/colour.txt"] == b"colour: blue\n"
    assert asked[0]["kind"] == "question"
    assert asked[0]["text"] == "Which colour?"
    assert asked[0]["options"] == []


@pytest.mark.parametrize("kind", ["stream", "whole"])
async def test_a_question_that_nobody_answers_ends_the_task(place, sdk, kind):
    result = await place.attempt(f"{sdk[0]}/{kind}", "ASK me.")
    assert result.outcome == "failed"
    assert "the agent asks: Which colour?" in result.summary
    assert noted(sdk)[-1][0] == "cancel"


@pytest.mark.parametrize(
    ("words", "summary"),
    [
        ("FAIL", "the agent says that it failed: I cannot."),
        ("REJECT", "the agent does not take the task: Not mine."),
    ],
)
async def test_what_failed_there_has_failed_here(place, sdk, words, summary):
    result = await place.attempt(f"{sdk[0]}/stream", words)
    assert (result.outcome, result.summary) == ("failed", summary)
    assert place.files == {}


async def test_cancelling_here_cancels_there(place, sdk):
    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(place.attempt, f"{sdk[0]}/stream", "HANG on.")
            while place.journal is None or b"I am at it" not in place.journal.written:  # noqa: ASYNC110 - no event
                await trio.sleep(0.01)
            nursery.cancel_scope.cancel()
    assert noted(sdk)[-1][0] == "cancel"


async def test_one_that_hangs_is_cancelled(place, sdk):
    with trio.fail_after(20):
        result = await place.attempt(f"{sdk[0]}/stream", "HANG on.", config={"silence_seconds": 0.5})
    assert (result.outcome, result.summary) == ("failed", "the agent was silent for 0.5 seconds")
    assert noted(sdk)[-1][0] == "cancel"


async def test_through_a_kernel_its_work_is_accepted(tmp_path, sdk):
    from mosaic_kernel import Kernel

    check = {"name": "it is painted", "parameters": {"run": "grep -q grey src/colour.txt"}}
    work = {"kind": "general", "description": "Paint."}
    node = {"node_id": "F.001.01", "title": "Paint", "minutes": 5, "runtime": "painter"}
    nodes = [{"node_id": "E.001", "title": "Epic"}, {**node, "checks": [check], "work": work}]
    plan = json.dumps({"mosaic_plan": 1, "title": "Paint", "nodes": nodes})
    settings = {"plugins.a2a.agents": {"painter": {"url": f"{sdk[0]}/stream"}}, "ports.storage": "memory"}
    async with Kernel(profile="local", directory=tmp_path, settings=settings, environment={}) as kernel:
        run = await kernel.dispatch("run.create", {"target": "plan.json", "text": plan})
        with trio.fail_after(60):
            view = await kernel.dispatch("run.drive", {"run_id": run.run_id})
        detail = await kernel.dispatch("task.show", {"run_id": run.run_id, "task_id": "F.001.01"})
    assert view.result == "accepted", detail.attempts
    assert set(detail.attempts[-1].evidence.files) == {"bin/data", "src/colour.txt"}
