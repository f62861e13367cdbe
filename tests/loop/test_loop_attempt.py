"""The loop and its bounds."""

import pytest
import trio
from loop_models import GONE, Model, agent, assignment, attempt, finish, say, use

from mosaic_hookspecs import Denied, InputError, Unavailable, Usage
from mosaic_hookspecs.models import ModelReply
from mosaic_hookspecs.offers import AGENTS_CHANGED

WRITE = use(("write_file", {"path": "hello.txt", "content": "hello\n"}), text="I write it.")


async def test_work_is_done_and_reported(tmp_path):
    result, model, journal = await attempt(tmp_path, WRITE, finish("wrote it", outputs={"file": "hello.txt"}))
    assert (result.outcome, result.summary, result.outputs) == ("succeeded", "wrote it", {"file": "hello.txt"})
    assert (tmp_path / "hello.txt").read_text() == "hello\n"
    assert journal.spent == Usage(input_tokens=200, output_tokens=20)
    assert result.usage == Usage()
    [first, _] = model.requests
    assert "T.1: Greet" in first.messages[0].text
    assert "Write hello.txt." in first.messages[0].text
    assert [tool.name for tool in first.tools] == [
        "read_file", "write_file", "edit_file", "list_files", "search", "finish",
    ]  # fmt: skip


async def test_people_can_read_what_it_does(tmp_path):
    _, _, journal = await attempt(
        tmp_path, WRITE, use(("read_file", {"path": "no\x1b[2Jthing"})), finish("wrote it")
    )
    text = journal.written.decode()
    assert "── turn 1: 100 tokens in, 10 out\nI write it.\n→ write_file path=hello.txt content=hello\n" in text
    assert "  made hello.txt (1 lines)\n" in text
    assert "→ read_file path=no?[2Jthing\n  refused: there is no no?[2Jthing" in text
    assert "→ finish summary=wrote it\n  done\n" in text


async def test_several_calls_are_carried_out_in_order(tmp_path):
    calls = use(
        ("write_file", {"path": "a", "content": "1"}),
        ("edit_file", {"path": "a", "old": "1", "new": "2"}),
        ("finish", {"summary": "done"}),
        ("write_file", {"path": "a", "content": "3"}),
    )
    result, model, _ = await attempt(tmp_path, calls)
    assert (result.outcome, len(model.requests), (tmp_path / "a").read_text()) == ("succeeded", 1, "2")


async def test_it_may_say_that_it_failed(tmp_path):
    result, _, _ = await attempt(tmp_path, finish("no such API", outcome="failed"))
    assert (result.outcome, result.summary) == ("failed", "no such API")


async def test_a_model_that_calls_nothing_is_told_to_once_it_has_worked(tmp_path):
    result, model, _ = await attempt(tmp_path, WRITE, say("It is done."), say("It is done, I said."))
    assert (result.outcome, result.summary, len(model.requests)) == ("succeeded", "It is done, I said.", 3)
    assert "You called no tool" in model.told[-1]


async def test_a_model_that_only_talks_is_believed_in_the_end_and_judged_by_the_checks(tmp_path):
    result, model, _ = await attempt(tmp_path, say("Here is the code: …"), say("I mean it."), say("Really."))
    assert (result.outcome, len(model.requests)) == ("succeeded", 3)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (say(""), "said the same 5 times"),
        (say("half of", stopped="length"), "said the same 5 times"),
        (use(("list_files", {})), "called list_files with the same answer 5 times"),
        (use(("read_file", {"path": "nothing"})), "called read_file with the same answer 5 times"),
    ],
)
async def test_a_model_that_repeats_itself_is_stopped(tmp_path, reply, words):
    (tmp_path / "a").touch()
    result, model, _ = await attempt(tmp_path, reply)
    assert (result.outcome, len(model.requests)) == ("failed", 5)
    assert words in result.summary


async def test_it_is_warned_before(tmp_path):
    (tmp_path / "a").touch()
    look = use(("list_files", {}))
    result, model, _ = await attempt(tmp_path, look, look, look, finish())
    assert result.outcome == "succeeded"
    assert "3 times with the same answer" in model.told[-1]
    assert "with the same answer" not in model.told[-2]


async def test_circles_of_several_calls_are_noticed_too(tmp_path):
    (tmp_path / "a").touch()
    script = [use(("list_files", {"pattern": f"{turn % 3}"})) for turn in range(40)]
    result, model, _ = await attempt(tmp_path, *script)
    assert "repeats itself" in result.summary
    assert len(model.requests) == 13


async def test_looking_again_after_a_change_is_no_repetition(tmp_path):
    script = []
    for turn in range(8):
        script += [use(("write_file", {"path": "a", "content": str(turn)})), use(("read_file", {"path": "a"}))]
    result, _, _ = await attempt(tmp_path, *script, finish())
    assert result.outcome == "succeeded"


async def test_one_fault_after_the_other_is_stopped(tmp_path):
    script = [use((f"tool-{turn}", {})) for turn in range(20)]
    result, model, _ = await attempt(tmp_path, *script)
    assert (result.outcome, len(model.requests)) == ("failed", 8)
    assert "its last 8 calls were all refused" in result.summary


async def test_turns_are_bounded(tmp_path):
    script = [use(("write_file", {"path": "a", "content": str(turn)})) for turn in range(20)]
    result, model, _ = await attempt(tmp_path, *script, max_turns=7)
    assert (result.outcome, len(model.requests)) == ("failed", 7)
    assert "after 7 turns (max_turns)" in result.summary


async def test_tokens_are_bounded(tmp_path):
    script = [use(("write_file", {"path": "a", "content": str(turn)})) for turn in range(20)]
    result, model, _ = await attempt(tmp_path, *script, max_tokens=300)
    assert (result.outcome, len(model.requests)) == ("failed", 3)
    assert "having spent 330 tokens; max_tokens is 300" in result.summary


async def test_a_flood_of_calls_is_cut(tmp_path):
    flood = use(*[("write_file", {"path": f"f{number}", "content": "x"}) for number in range(100)])
    await attempt(tmp_path, flood, finish())
    assert len(list(tmp_path.iterdir())) == 32


async def test_an_overloaded_model_is_asked_again(tmp_path, autojump_clock):
    malformed = Unavailable("model-malformed", "the model 'it' answered with what is no JSON")
    result, model, journal = await attempt(tmp_path, GONE, malformed, GONE, WRITE, finish())
    assert (result.outcome, len(model.requests)) == ("succeeded", 5)
    assert 5 < trio.current_time() < 9
    assert b"is overloaded; asking again in" in journal.written


async def test_one_that_stays_so_gives_the_task_back(tmp_path, autojump_clock):
    result, model, _ = await attempt(tmp_path, WRITE, GONE, patience_seconds=100.0)
    assert (result.outcome, "is overloaded" in result.summary) == ("released", True)
    assert 5 < len(model.requests) < 12
    assert 50 < trio.current_time() <= 100


@pytest.mark.parametrize(
    "error",
    [
        Denied("model-denied", "no key"),
        InputError("model-refused", "no such model"),
        Unavailable("no-provider", "no"),
    ],
)
async def test_what_waiting_cannot_help_is_raised_at_once(tmp_path, error):
    with pytest.raises(type(error)) as caught:
        await attempt(tmp_path, error)
    assert caught.value is error


async def test_a_model_that_refuses_ends_it(tmp_path):
    result, _, _ = await attempt(tmp_path, ModelReply(text="I cannot do that.", stopped="refused"))
    assert (result.outcome, "refused to go on: I cannot do that." in result.summary) == ("failed", True)


async def test_an_answer_that_was_cut_off_is_gone_on_with(tmp_path):
    result, model, _ = await attempt(tmp_path, say("I will wri", stopped="length"), WRITE, finish())
    assert result.outcome == "succeeded"
    assert "cut off for its length" in model.requests[1].messages[-1].text


async def test_without_a_workspace_it_does_not_begin(tmp_path):
    made, _ = agent(Model(finish()))
    with pytest.raises(InputError) as caught:
        await made.run(assignment(tmp_path, workspace=None))
    assert caught.value.code == "no-workspace"


async def test_cancelling_ends_it(tmp_path):
    class Endless(Model):
        async def complete(self, request):
            await trio.sleep_forever()

    made, _ = agent(Endless())
    with trio.move_on_after(0.05) as scope:
        await made.run(assignment(tmp_path))
    assert scope.cancelled_caught


async def test_room_is_told(tmp_path):
    seen = []

    def look(request):
        seen.append(made.offer.room)
        return finish()

    made, context = agent(Model(look), room=2)
    assert (made.offer.room, made.offer.is_general) == (2, True)
    await made.run(assignment(tmp_path))
    assert (seen, made.offer.room, context.published) == ([1], 2, [AGENTS_CHANGED] * 2)


async def test_labels_say_what_it_takes():
    made, _ = agent(Model(), labels=["web"])
    assert (made.offer.is_general, made.offer.labels, made.offer.room) == (False, {"web"}, None)


async def test_settings_reach_the_request(tmp_path):
    more = {
        "model_name": "big",
        "answer_tokens": 99,
        "temperature": 0.0,
        "instructions": "Write British English.",
    }
    _, model, _ = await attempt(tmp_path, finish(), **more, commands=["pytest"])
    [request] = model.requests
    assert (request.model, request.max_tokens, request.temperature) == ("big", 99, 0.0)
    assert request.system.endswith("Write British English.\n")
    assert "Run the checks yourself" in request.system


async def test_the_reason_of_the_last_refusal_is_told(tmp_path):
    model = Model(finish())
    made, _ = agent(model)
    await made.run(assignment(tmp_path, last_reason="check 'tests' failed"))
    told = model.requests[0].messages[0].text
    assert "The attempt before was refused." in told
    assert told.endswith("\n> check 'tests' failed"), "quoted: its words are a program's"
