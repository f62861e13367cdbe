"""What is left out when a conversation grows."""

import itertools

import pytest
from loop_models import attempt, finish, say, use

from mosaic_hookspecs import InputError
from mosaic_hookspecs.models import Message, ModelReply, ToolCall
from mosaic_loop.conversation import Conversation

TASK = "Do it."


def grown(turns, limit=10_000, length=3000):
    """Return a conversation of turns that each read a file."""
    made = Conversation(TASK, limit)
    for turn in range(turns):
        call = ToolCall(
            id=f"c{turn}", name="write_file", arguments={"path": f"f{turn}", "content": "x" * length}
        )
        made.add(ModelReply(text="", calls=[call]), [Message(role="tool", text="y" * length, call_id=call.id)])
    return made


def size(made):
    return sum(len(one.text) + sum(len(str(call.arguments)) for call in one.calls) for one in made.messages)


def require_whole(messages):
    """Fail unless each call has its answer, right after it, and the task stands first."""
    assert messages[0].role == "user"
    assert messages[0].text.startswith(TASK)
    asked = [call.id for one in messages for call in one.calls]
    answered = [one.call_id for one in messages if one.role == "tool"]
    assert asked == answered
    for one, after in itertools.pairwise(messages):
        if one.calls:
            assert after.call_id == one.calls[0].id


def test_below_the_limit_nothing_is_left_out():
    made = grown(3)
    before = list(made.messages)
    assert made.compact() is False
    assert made.messages == before


@pytest.mark.parametrize("turns", [6, 12, 60])
def test_above_it_half_is(turns):
    made = grown(turns)
    assert made.compact() is True
    require_whole(made.messages)
    assert size(made) < 36_000
    newest = made.messages[-1]
    assert newest.text == "y" * 3000
    assert made.compact() is False


def test_first_what_is_long_and_old_then_whole_turns():
    made = grown(12, length=1500)
    made.compact()
    assert "1300 characters left out" in made.messages[2].text
    assert made.messages[1].calls[0].arguments == {"path": "f0", "content": "[1500 characters left out]"}
    assert "earlier turns" not in made.messages[0].text
    made = grown(200, length=500)
    made.compact()
    assert "earlier turns of this conversation were left out" in made.messages[0].text


def test_newest_turns_that_are_too_long_by_themselves_are_cut_too():
    made = grown(3, length=50_000)
    assert made.compact() is True
    require_whole(made.messages)
    assert made.messages[-1].text == "y" * 50_000
    assert len(made.messages[2].text) < 400


def test_how_long_a_token_is_is_learnt():
    made = grown(3)
    made.learn(20_000)  # one sign a token
    assert made.compact() is True
    made = grown(3)
    made.learn(0)
    assert made.compact() is False


async def test_a_long_attempt_stays_below_the_limit(tmp_path):
    script = [use(("write_file", {"path": f"f{turn}", "content": "x" * 4000})) for turn in range(30)]
    result, model, journal = await attempt(tmp_path, *script, finish(), context_tokens=8000)
    assert result.outcome == "succeeded"
    longest = max(
        sum(len(one.text) + sum(len(str(call.arguments)) for call in one.calls) for one in request.messages)
        for request in model.requests
    )
    assert longest < 8000 * 7 + 5000
    assert b"the oldest of the conversation was left out" in journal.written
    for request in model.requests:
        assert request.messages[0].text.startswith("# Task T.1: Greet")


async def test_what_an_endpoint_finds_too_long_is_shortened_once(tmp_path):
    refusal = InputError("model-refused", "too long")

    def fussy(request):
        return refusal if sum(len(one.text) for one in request.messages) > 3000 else finish()

    (tmp_path / "big").write_text("z" * 1500 + "\n" + "z" * 1500)
    look = [use(("read_file", {"path": "big", "first": 1 + turn % 2})) for turn in range(2)]
    result, _, _ = await attempt(tmp_path, *look, say("Hm."), fussy)
    assert result.outcome == "succeeded"


async def test_and_raised_where_nothing_is_left_to_shorten(tmp_path):
    with pytest.raises(InputError):
        await attempt(tmp_path, use(("list_files", {})), InputError("model-refused", "too long"))
