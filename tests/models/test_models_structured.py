"""Answers that fit a schema: the ladder of means, and what is remembered of it."""

import json

import pytest
from asking import KINDS, OPEN_SCHEMA, SCHEMA, WEATHER, hello, scripted
from scripted_model import fail, say, use

from mosaic_hookspecs import InputError
from mosaic_models.schema_answers import is_closed, json_in

BERN = '{"city":"Bern"}'


def mode_of(turn):
    """Return the means by which a request asks for its schema."""
    kind = (turn.body.get("response_format") or turn.body.get("output_config", {}).get("format") or {}).get(
        "type"
    )
    if kind:
        return kind
    return "tool" if turn.body.get("tool_choice") else "prompt" if "JSON Schema" in turn.system else ""


def answer(turn):
    return use("answer", json.loads(BERN)) if mode_of(turn) == "tool" else say(BERN)


@pytest.mark.parametrize("kind", KINDS)
async def test_the_best_means_is_tried_first(kind):
    async with scripted(answer, kind) as (model, served):
        reply = await model.complete(hello(schema=SCHEMA))
    assert (reply.text, reply.stopped, reply.calls) == (BERN, "end", ())
    assert [mode_of(turn) for turn in served.requests] == ["json_schema"]


LADDERS = {
    "openai": ["json_schema", "json_object", "tool", "prompt"],
    "anthropic": ["json_schema", "tool", "prompt"],
}


@pytest.mark.parametrize(
    ("kind", "taken"), [(kind, mode) for kind, ladder in LADDERS.items() for mode in ladder]
)
async def test_it_steps_down_to_what_is_taken_and_remembers(kind, taken):
    def script(turn):
        return answer(turn) if mode_of(turn) == taken else fail(400, f"{mode_of(turn)} is not supported")

    async with scripted(script, kind) as (model, served):
        replies = [await model.complete(hello(schema=SCHEMA)) for _ in range(2)]
    assert [reply.text for reply in replies] == [BERN, BERN]
    ladder = LADDERS[kind]
    assert [mode_of(turn) for turn in served.requests] == [*ladder[: ladder.index(taken) + 1], taken]


async def test_what_is_remembered_is_the_models():
    def script(turn):
        return (
            fail(400, "no json_schema")
            if turn.model == "old" and mode_of(turn) == "json_schema"
            else answer(turn)
        )

    async with scripted(script, "openai") as (model, served):
        await model.complete(hello(schema=SCHEMA, model="old"))
        await model.complete(hello(schema=SCHEMA))
    assert [mode_of(turn) for turn in served.requests] == ["json_schema", "json_object", "json_schema"]


async def test_plain_questions_do_not_forget_it():
    script = lambda turn: fail(400, "response_format?") if mode_of(turn) == "json_schema" else answer(turn)  # noqa: E731
    async with scripted(script, "openai") as (model, served):
        for schema in (SCHEMA, None, SCHEMA):
            await model.complete(hello(schema=schema))
    assert [mode_of(turn) for turn in served.requests] == ["json_schema", "json_object", "", "json_object"]


@pytest.mark.parametrize("words", ["the context length is 4096 tokens, JSON or not", "you are not in Bern"])
async def test_other_refusals_are_no_reason_to_step_down(words):
    async with scripted(lambda _: fail(400, words), "openai") as (model, served):
        with pytest.raises(InputError) as caught:
            await model.complete(hello(schema=SCHEMA))
    assert (caught.value.code, len(served.requests)) == ("model-refused", 1)
    assert words in caught.value.got


async def test_where_none_is_taken_the_first_refusal_is_told():
    async with scripted(lambda turn: fail(400, f"unsupported {mode_of(turn)}"), "openai") as (model, served):
        with pytest.raises(InputError) as caught:
            await model.complete(hello(schema=SCHEMA))
    assert "unsupported json_schema" in caught.value.got
    assert len(served.requests) == 4


async def test_a_configured_means_is_the_only_one():
    async with scripted(lambda _: fail(400, "json"), "openai", structured="json_object") as (model, served):
        with pytest.raises(InputError):
            await model.complete(hello(schema=SCHEMA))
    assert [mode_of(turn) for turn in served.requests] == ["json_object"]


async def test_a_means_that_is_taken_and_not_heeded_is_given_up():
    script = lambda turn: say("It is Bern.") if mode_of(turn) == "json_schema" else answer(turn)  # noqa: E731
    async with scripted(script, "openai") as (model, served):
        replies = [await model.complete(hello(schema=SCHEMA)) for _ in range(3)]
    assert [reply.text for reply in replies] == ["It is Bern.", "It is Bern.", BERN]
    assert [mode_of(turn) for turn in served.requests] == ["json_schema", "json_schema", "json_object"]


async def test_a_cut_off_answer_is_not_held_against_the_means():
    script = lambda _: say('{"city": "Be', stopped="length")  # noqa: E731
    async with scripted(script, "openai") as (model, served):
        replies = [await model.complete(hello(schema=SCHEMA)) for _ in range(3)]
    assert {reply.stopped for reply in replies} == {"length"}
    assert {mode_of(turn) for turn in served.requests} == {"json_schema"}


@pytest.mark.parametrize("kind", KINDS)
async def test_with_tools_beside_it_none_is_forced(kind):
    script = lambda turn: say(f"```json\n{BERN}\n```") if mode_of(turn) == "prompt" else fail(400, "json?")  # noqa: E731
    async with scripted(script, kind) as (model, served):
        reply = await model.complete(hello(schema=OPEN_SCHEMA, tools=[WEATHER]))
    assert reply.text == BERN
    assert "tool" not in {mode_of(turn) for turn in served.requests}


async def test_fields_that_are_not_taken_are_left_out_and_that_is_remembered():
    def script(turn):
        for field in ("stream_options", "temperature"):
            if field in turn.body:
                return fail(400, f"unknown field {field}")
        return say("Hi") if "max_completion_tokens" in turn.body else fail(400, "use max_completion_tokens")

    async with scripted(script, "openai") as (model, served):
        for _ in range(2):
            reply = await model.complete(hello(temperature=0.1))
    assert (reply.text, len(served.requests)) == ("Hi", 5)
    assert reply.usage.is_estimated
    assert reply.usage.input_tokens > 10


async def test_marks_for_a_cache_that_is_none_are_left_out():
    def script(turn):
        return fail(400, "cache_control: not permitted") if "cache_control" in str(turn.body) else say("Hi")

    async with scripted(script, "anthropic") as (model, served):
        for _ in range(2):
            reply = await model.complete(hello(system="Be kind."))
    assert (reply.text, len(served.requests)) == ("Hi", 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (BERN, BERN),
        (f"Here:\n```json\n{BERN}\n```\nDone.", BERN),
        (f"Surely! {BERN} That is it.", BERN),
        ("no", "no"),
        ("} {", "} {"),
        ("[1]", "[1]"),
        ("{" * 100_000, "{" * 100_000),
    ],
)
def test_json_is_found_in_an_answer(text, expected):
    assert json_in(text) == expected


def test_a_closed_schema_names_requires_and_ends_all():
    assert is_closed(SCHEMA)
    assert is_closed({"type": "array", "items": SCHEMA})
    assert not is_closed(OPEN_SCHEMA)
    assert not is_closed({**SCHEMA, "required": []})
    assert not is_closed({**SCHEMA, "properties": {"city": OPEN_SCHEMA}, "required": ["city"]})
