"""The leak check says what leaked, and nothing of what ends in time."""

from __future__ import annotations

import gc
import os
import socket
import sys
import threading

import pytest
import trio

from mosaic_hookspecs import hookimpl
from mosaic_testing.holders import holders_of
from mosaic_testing.leaks import LeakCheck
from mosaic_testing.scripted import ScriptedAgent

kept = []


class SimplePlugin:
    """Does nothing."""


class Clinging(SimplePlugin):
    @hookimpl
    async def mosaic_start(self, context):
        kept.append(self)


@pytest.fixture(autouse=True)
def tidy(monkeypatch):
    # A new one each time: what was there when the tests were collected is frozen, and no holder that is seen.
    monkeypatch.setattr(sys.modules[__name__], "kept", [])


async def leaking(kernels, plugin):
    async with kernels(plugin):
        pass


async def test_an_instance_that_lives_on_is_told(mosaic_kernel, tmp_path):
    leaks = LeakCheck(seconds=0.1)
    kernels = type(mosaic_kernel)(tmp_path, leaks=leaks)
    async with leaks:
        await leaking(kernels, SimplePlugin)
    with pytest.raises(
        AssertionError, match="generation 1 of the plugin 'clinging' is still alive, held by a list"
    ):
        async with leaks:
            await leaking(kernels, Clinging)


async def test_each_kind_of_leak_is_told_by_its_name(tmp_path):
    stop = threading.Event()
    pipe = []
    with pytest.raises(AssertionError) as caught:  # noqa: PT012 - it raises when the context is left
        async with LeakCheck(seconds=0.1):
            threading.Thread(target=stop.wait, name="worker").start()
            pipe.extend(os.pipe())
            trio.lowlevel.spawn_system_task(trio.sleep, 50, name="straggler")
    stop.set()
    for one in pipe:
        os.close(one)
    text = str(caught.value)
    assert text.startswith("leaked:\n")
    assert "the task straggler still runs, in " in text
    assert "the thread 'worker' still runs" in text
    assert text.count("is still open: pipe:[") == 2


async def test_what_ends_a_little_later_is_no_leak():
    async with LeakCheck(seconds=5):
        timer = threading.Timer(0.1, lambda: None)
        timer.start()
        await trio.to_thread.run_sync(lambda: None)


async def test_the_body_of_a_check_is_heard_first():
    with pytest.raises(KeyError):  # noqa: PT012 - it raises when the context is left
        async with LeakCheck(seconds=0.1) as leaks:
            kept.append(thing := ScriptedAgent())
            leaks.watch(thing, "an agent")
            raise KeyError("first")


async def test_files_that_are_left_are_told(mosaic_kernel, tmp_path, monkeypatch):
    leaks = LeakCheck(seconds=0.1)
    kernels = type(mosaic_kernel)(tmp_path, leaks=leaks)
    async with kernels(SimplePlugin) as kernel:
        state = kernel.state_directory
    state.mkdir()
    (state / "events.db").write_text("")
    leaks.check()
    monkeypatch.chdir(state)  # a Unix socket's path is short
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("s")
    (state / "half.part").write_text("")
    with pytest.raises(AssertionError) as caught:
        leaks.check()
    assert f"the socket {state / 's'} was left behind" in str(caught.value)
    assert f"the temporary file {state / 'half.part'} was left behind" in str(caught.value)


def test_holders_are_named():
    class Thing:
        def method(self):
            return self

    class Holder:
        pass

    gc.collect()
    thing, holder = Thing(), Holder()
    holder.thing = thing
    assert "a Holder" in holders_of(thing)
    holder.thing = thing.method
    assert "its method " in holders_of(thing)
    kept.append(thing)
    assert "a list" in holders_of(thing)
