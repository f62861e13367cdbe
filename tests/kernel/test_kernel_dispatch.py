import enum
from collections.abc import Mapping, Sequence
from contextlib import aclosing

import attrs
import pytest
import trio

from mosaic_hookspecs import (
    Denied,
    InputError,
    InterceptorSpec,
    Manifest,
    NotFound,
    Operation,
    OperationKind,
    Principal,
    hookimpl,
)


class Shape(str, enum.Enum):
    ROUND = "round"


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@attrs.frozen(kw_only=True)
class Part:
    size: int


@attrs.frozen(kw_only=True)
class Input:
    name: str
    parts: Sequence[Part] = ()
    colour: Colour = Colour.RED
    labels: Mapping[str, float] = attrs.field(factory=dict)
    limit: int | None = None
    shape: Shape = Shape.ROUND


@attrs.frozen(kw_only=True)
class Output:
    text: str


async def echo(data, call):
    return Output(text=f"{data.name} {len(data.parts)} {data.colour.value} {call.principal.name}")


async def count(data, call):
    for number in range(int(data.name)):
        await trio.lowlevel.checkpoint()
        yield Output(text=str(number))


def operation(name, handler=echo, kind=OperationKind.QUERY, permission=""):
    return Operation(
        name=name, kind=kind, input=Input, output=Output, handler=handler, permission=permission, summary="s"
    )


def plugin(name, *operations, interceptors=()):
    class Declares:
        @hookimpl
        def mosaic_operations(self, context):
            return operations

        @hookimpl
        def mosaic_interceptors(self, context):
            return [InterceptorSpec(stage=stage, interceptor=one) for stage, one in interceptors]

    return (name, Declares, Manifest())


async def test_a_mapping_is_decoded_and_a_record_is_taken_as_it_is(bare):
    async with bare(plugin("p", operation("thing.echo"))) as kernel:
        data = {
            "name": "x",
            "parts": [{"size": 1}, Part(size=2)],
            "colour": "blue",
            "labels": {"a": 1},
            "shape": "round",
        }
        assert (await kernel.dispatch("thing.echo", data)).text == "x 2 blue local"
        assert (await kernel.dispatch("thing.echo", Input(name="y"))).text == "y 0 red local"
        somebody = Principal(name="ann")
        assert (await kernel.dispatch("thing.echo", {"name": "z"}, somebody)).text == "z 0 red ann"


@pytest.mark.parametrize(
    ("data", "where", "expected"),
    [
        ({}, "name", "text"),
        (None, "name", "text"),
        ({"name": 3}, "name", "text"),
        ({"name": "x", "parts": [{"size": 1}, {"size": "2"}]}, "parts[1].size", "a whole number"),
        ({"name": "x", "parts": "abc"}, "parts", "a list"),
        ({"name": "x", "parts": [{"size": True}]}, "parts[0].size", "a whole number"),
        ({"name": "x", "colour": "bleu"}, "colour", "one of red, blue"),
        ({"name": "x", "shape": "square"}, "shape", "one of round"),
        ({"name": "x", "labels": {"a": "b"}}, "labels.a", "a number"),
        ({"name": "x", "limit": "1"}, "limit", "a whole number"),
        ({"name": "x", "nam": 1}, "nam", "one of name, parts, colour, labels, limit, shape"),
        ([], "", "a mapping"),
        ("text", "", "a mapping"),
    ],
)
async def test_input_that_does_not_fit_names_the_field(bare, data, where, expected):
    async with bare(plugin("p", operation("thing.echo"))) as kernel:
        with pytest.raises(InputError) as caught:
            await kernel.dispatch("thing.echo", data)
    assert caught.value.code == "bad-input"
    assert caught.value.where == where
    assert caught.value.expected == expected


async def test_all_the_mistakes_are_told(bare):
    async with bare(plugin("p", operation("thing.echo"))) as kernel:
        with pytest.raises(InputError) as caught:
            await kernel.dispatch("thing.echo", {"nam": 1, "colour": "bleu", "limit": []})
    assert sorted(one.where for one in caught.value.others) == ["colour", "limit", "nam", "name"]


async def test_an_unknown_operation_names_the_nearest(bare):
    async with bare(plugin("p", operation("thing.echo"))) as kernel:
        with pytest.raises(NotFound) as caught:
            await kernel.dispatch("thing.ecko")
        assert caught.value.hint == "Did you mean 'thing.echo'?"
        with pytest.raises(NotFound):
            await anext(kernel.follow("thing.ecko"))


async def test_who_may_not_is_denied_before_anything_is_decoded(bare):
    called = []

    async def audit(call, data, proceed):
        called.append(call)
        return await proceed(data)

    declared = plugin("p", operation("thing.echo", permission="thing:read"), interceptors=[("audit", audit)])
    async with bare(declared) as kernel:
        with pytest.raises(Denied) as caught:
            await kernel.dispatch("thing.echo", {"bad": 1}, Principal(name="ann", permissions=frozenset({"x"})))
        assert called == []
        assert "thing:read" in caught.value.expected
        reader = Principal(name="ann", permissions=frozenset({"thing:read"}))
        assert (await kernel.dispatch("thing.echo", {"name": "x"}, reader)).text.endswith("ann")
        assert len(called) == 1


async def test_interceptors_stand_in_the_order_of_their_stages(bare):
    order = []

    def note(name):
        async def interceptor(call, data, proceed):
            order.append(name)
            return await proceed(attrs.evolve(data, name=data.name + name[0]))

        return interceptor

    async with bare(
        plugin("a", interceptors=[("trace", note("trace a")), ("quota", note("quota a"))]),
        plugin(
            "b", operation("thing.echo"), interceptors=[("quota", note("quota b")), ("authorize", note("au b"))]
        ),
    ) as kernel:
        answer = await kernel.dispatch("thing.echo", {"name": "x"})
    assert order == ["au b", "quota a", "quota b", "trace a"]
    assert answer.text.startswith("xaqqt ")


async def test_an_interceptor_may_refuse_to_proceed(bare):
    async def never(call, data, proceed):
        return Output(text="no")

    async with bare(plugin("p", operation("thing.echo"), interceptors=[("quota", never)])) as kernel:
        assert (await kernel.dispatch("thing.echo", {"name": "x"})).text == "no"


async def test_two_plugins_with_one_operation(bare):
    with pytest.raises(InputError) as caught:
        async with bare(plugin("one", operation("a.b")), plugin("two", operation("a.b"))):
            pass
    assert "'one'" in caught.value.what
    assert "'two'" in caught.value.what


async def test_an_unknown_stage_is_refused(bare):
    with pytest.raises(InputError) as caught:
        async with bare(plugin("one", interceptors=[("audid", echo)])):
            pass
    assert caught.value.hint == "Did you mean 'audit'?"


async def test_streams_are_followed_and_not_dispatched(bare):
    async with bare(
        plugin("p", operation("n.count", count, OperationKind.STREAM), operation("thing.echo"))
    ) as kernel:
        async with aclosing(kernel.follow("n.count", {"name": "3"})) as items:
            assert [item.text async for item in items] == ["0", "1", "2"]
        with pytest.raises(InputError) as caught:
            await kernel.dispatch("n.count", {"name": "3"})
        assert caught.value.hint == "Follow it."
        with pytest.raises(InputError) as caught:
            await anext(kernel.follow("thing.echo", {"name": "3"}))
        assert caught.value.hint == "Dispatch it."
        with pytest.raises(InputError):
            await anext(kernel.follow("n.count", {}))


async def test_cancelling_the_caller_cancels_the_handler(bare):
    ended = []

    async def forever(data, call):
        try:
            await trio.sleep_forever()
        finally:
            ended.append(True)

    async with bare(plugin("p", operation("thing.wait", forever))) as kernel:
        with trio.CancelScope() as scope:
            scope.cancel()
            await kernel.dispatch("thing.wait", {"name": "x"})
    assert ended == [True]


async def test_leaving_drains_the_operations_in_flight(bare, autojump_clock):
    done = []

    async def slow(data, call):
        await trio.sleep(3)
        done.append(trio.current_time())
        return Output(text="done")

    async with trio.open_nursery() as nursery, bare(plugin("p", operation("thing.slow", slow))) as kernel:
        nursery.start_soon(kernel.dispatch, "thing.slow", {"name": "x"})
        await trio.testing.wait_all_tasks_blocked()
    assert len(done) == 1
