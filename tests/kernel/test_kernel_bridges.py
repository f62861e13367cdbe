import asyncio
import io
import threading
from contextlib import aclosing

import attrs
import pytest
import trio
import trio.lowlevel

from mosaic_hookspecs import InputError, Manifest, NotFound, Operation, OperationKind, Refused, hookimpl
from mosaic_kernel import AsyncioKernel, BlockingKernel
from mosaic_testing.installed import installed_plugins

ENDED = []


@attrs.frozen(kw_only=True)
class Number:
    value: int = 0


async def double(data, call):
    await trio.lowlevel.checkpoint()
    return Number(value=data.value * 2)


async def wait(data, call):
    try:
        await trio.sleep_forever()
    finally:
        ENDED.append("wait")


async def count(data, call):
    try:
        number = 0
        while number != data.value:
            await trio.lowlevel.checkpoint()
            yield Number(value=number)
            number += 1
        if data.value == 5:
            raise InputError("five", "no fives")
    finally:
        ENDED.append("count")


class Plugin:
    @hookimpl
    def mosaic_operations(self, context):
        return [
            Operation(
                name=name, kind=kind, input=Number, output=Number, handler=handler, permission="", summary="s"
            )
            for name, kind, handler in (
                ("n.double", OperationKind.QUERY, double),
                ("n.wait", OperationKind.COMMAND, wait),
                ("n.count", OperationKind.STREAM, count),
            )
        ]


@pytest.fixture
def arguments(tmp_path):
    ENDED.clear()
    return {
        "profile": "",
        "directory": tmp_path,
        "environment": {},
        "index": installed_plugins(),
        "settings": {"allow": [], "kernel.drain_seconds": 0.1},
        "plugins": [("p", Plugin, Manifest())],
        "log_stream": io.StringIO(),
    }


def test_plain_threads(arguments):
    with BlockingKernel(**arguments) as kernel:
        assert kernel.dispatch("n.double", {"value": 4}).value == 8
        with pytest.raises(NotFound):
            kernel.dispatch("n.treble")
        results = []
        threads = [
            threading.Thread(target=lambda n=n: results.append(kernel.dispatch("n.double", {"value": n}).value))
            for n in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(results) == [0, 2, 4, 6, 8, 10, 12, 14]
    with pytest.raises(Refused):
        kernel.dispatch("n.double")


def test_plain_threads_follow(arguments):
    with BlockingKernel(**arguments) as kernel:
        assert [item.value for item in kernel.follow("n.count", {"value": 100})] == list(range(100))
        with pytest.raises(InputError, match="no fives"):
            list(kernel.follow("n.count", {"value": 5}))
        ENDED.clear()
        endless = kernel.follow("n.count", {"value": -1})
        assert next(endless).value == 0
        endless.close()
    assert ENDED == ["count"]


def test_a_call_that_takes_too_long_is_cancelled(arguments):
    with BlockingKernel(**arguments) as kernel:
        with pytest.raises(TimeoutError):
            kernel.dispatch("n.wait", timeout=0.01)
        kernel.dispatch("n.double")
        assert ENDED == ["wait"]


def test_a_call_in_flight_ends_with_the_kernel(arguments):
    errors = []

    def call():
        try:
            kernel.dispatch("n.wait")
        except Refused as error:
            errors.append(error.code)

    with BlockingKernel(**arguments) as kernel:
        thread = threading.Thread(target=call)
        thread.start()
        while not [task for task in [kernel._kernel.runtime.slots["p"].generation.seat.in_flight] if task]:
            kernel.dispatch("n.double")
    thread.join()
    assert errors == ["kernel-stopped"]


def test_a_start_that_fails_is_told_to_the_thread_that_waits(arguments):
    settings = {"allow": [], "kernel.nothing": 1}
    with pytest.raises(InputError), BlockingKernel(**{**arguments, "settings": settings}):
        pass


def test_asyncio(arguments):
    async def main():
        async with AsyncioKernel(**arguments) as kernel:
            answers = await asyncio.gather(*(kernel.dispatch("n.double", {"value": n}) for n in range(50)))
            assert [answer.value for answer in answers] == [2 * n for n in range(50)]
            with pytest.raises(NotFound):
                await kernel.dispatch("n.treble")
            items = [item.value async for item in kernel.follow("n.count", {"value": 40})]
            assert items == list(range(40))
            async with aclosing(kernel.follow("n.count", {"value": -1})) as endless:
                assert (await anext(endless)).value == 0
            with pytest.raises(InputError, match="no fives"):
                async for _ in kernel.follow("n.count", {"value": 5}):
                    pass
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(kernel.dispatch("n.wait"), 0.01)
            await kernel.dispatch("n.double")
            assert "wait" in ENDED

    asyncio.run(main())


def test_asyncio_start_that_fails(arguments):
    async def main():
        async with AsyncioKernel(**{**arguments, "settings": {"allow": [], "kernel.nothing": 1}}):
            pass

    with pytest.raises(InputError):
        asyncio.run(main())
