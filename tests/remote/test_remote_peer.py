"""Two ends of a connection in one process: answers in any order, cancellation, bounds."""

import os
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from mosaic_hookspecs import NotFound, Refused, Unavailable
from mosaic_kernel.remote.peer import HIGH_WATER, Peer
from mosaic_kernel.remote.pipes import Pipe


class Service:
    """Sleeps, echoes and counts."""

    def __init__(self):
        self.heard, self.cancelled, self.complaints = [], 0, []

    async def serve(self, method, params):
        if method == "sleep":
            try:
                await trio.sleep(params["seconds"])
            except trio.Cancelled:
                self.cancelled += 1
                raise
        elif method == "fail":
            raise Refused("as-asked", "it fails")
        elif method != "echo":
            raise NotFound("unknown-method", "no such method")
        return params

    def serve_now(self, method, params):
        return [method, params]

    def hear(self, method, params):
        if method == "bad":
            raise ValueError("bad")
        self.heard.append(params)

    def complain(self, event, **facts):
        self.complaints.append(event)


@asynccontextmanager
async def connected():
    """Yield two peers, with their services."""
    (from_a, to_b), (from_b, to_a) = os.pipe(), os.pipe()
    pipes = [Pipe(from_b, to_b), Pipe(from_a, to_a)]
    services = [Service(), Service()]
    ends = [
        Peer(pipe, service, who="the other", seconds=0.5) for pipe, service in zip(pipes, services, strict=True)
    ]
    try:
        async with trio.open_nursery() as nursery:
            for end in ends:
                nursery.start_soon(end.run)
            yield ends, services
            nursery.cancel_scope.cancel()
    finally:
        for pipe in pipes:
            pipe.close()


async def in_time(main):
    with trio.fail_after(30):
        await main()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 20), st.sampled_from([1, 10, 100_000, 300_000])),
        max_size=25,
    )
)
def test_answers_find_whoever_asked(asked):
    async def main():
        async with connected() as (ends, _), trio.open_nursery() as nursery:

            async def ask(side, delay, size):
                params = {"seconds": delay / 1000, "text": "x" * size, "side": side}
                assert await ends[side].request("sleep", params) == params

            for one in asked:
                nursery.start_soon(ask, *one)

    trio.run(in_time, main)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=30))
def test_what_is_cancelled_here_is_cancelled_there_and_nothing_else(delays):
    async def main():
        async with connected() as (ends, services):
            answered = []

            async def ask(delay):
                with trio.move_on_after(delay / 1000) as scope:
                    await ends[0].request("sleep", {"seconds": 10})
                assert scope.cancelled_caught

            async def other():
                answered.append(await ends[0].request("sleep", {"seconds": 0.05}))

            async with trio.open_nursery() as nursery:
                for delay in delays:
                    nursery.start_soon(ask, delay)
                    nursery.start_soon(other)
            assert services[1].cancelled == len([delay for delay in delays if delay]) or min(delays) == 0
            assert len(answered) == len(delays)
            assert services[0].complaints == []

    trio.run(in_time, main)


async def test_failures_arrive():
    async with connected() as (ends, services):
        with pytest.raises(Refused, match="it fails"):
            await ends[0].request("fail", {})
        with pytest.raises(NotFound):
            await ends[0].request("nothing", {})
        ends[0].notify("hello", {"n": 1})
        ends[0].notify("bad", {})
        assert await ends[0].request("now", {}) == ["now", {}]
        assert services[1].heard == [{"n": 1}]
        assert services[1].complaints == ["process.bad_notification"]


async def test_whoever_asks_waits_while_the_other_side_does_not_read():
    source, sink = os.pipe()
    quiet_source, quiet_sink = os.pipe()
    pipe = Pipe(quiet_source, sink)
    end = Peer(pipe, Service(), who="the other", seconds=0.1)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(end.run)
            for _ in range(40):
                nursery.start_soon(end.request, "echo", {"text": "x" * 100_000})
            await trio.testing.wait_all_tasks_blocked(0.1)
            assert pipe.waiting > HIGH_WATER
            end.end(Unavailable("gone", "it is gone"))
            with pytest.raises(Unavailable):
                await end.request("echo", {})
            nursery.cancel_scope.cancel()
    except* Unavailable:
        pass
    finally:
        pipe.close()
        os.close(source)
        os.close(quiet_sink)


async def test_one_that_never_reads_is_given_up():
    source, sink = os.pipe()
    quiet_source, quiet_sink = os.pipe()
    pipe = Pipe(quiet_source, sink)
    end = Peer(pipe, Service(), who="the other", seconds=0.1)
    try:
        for _ in range(80):
            end.notify("news", {"text": "x" * 1_000_000})
        assert end.ended.code == "plugin-not-reading"
    finally:
        pipe.close()
        os.close(source)
        os.close(quiet_sink)


async def test_standing_still_has_an_end():
    source, sink = os.pipe()
    quiet_source, quiet_sink = os.pipe()
    pipe = Pipe(quiet_source, sink)
    end = Peer(pipe, Service(), who="the other", seconds=0.1)
    try:
        with pytest.raises(Unavailable) as caught:
            end.ask("describe", {})
        assert caught.value.code == "not-answering"
        os.write(
            quiet_sink, b'{"jsonrpc": "2.0", "id": 1, "result": 1}\n{"jsonrpc": "2.0", "id": 2, "result": 7}\n'
        )
        assert end.ask("describe", {}) == 7
    finally:
        pipe.close()
        os.close(source)
        os.close(quiet_sink)


async def test_asking_from_another_thread_is_refused():
    source, sink = os.pipe()
    other_source, other_sink = os.pipe()
    pipe = Pipe(other_source, sink)
    end = Peer(pipe, Service(), who="the other", seconds=0.1)
    try:
        with pytest.raises(Refused, match="only from the event loop's thread"):
            await trio.to_thread.run_sync(end.ask, "now", {})
    finally:
        pipe.close()
        os.close(source)
        os.close(other_sink)
