"""A process that dies at any write of a send leaves all of the message, or nothing; one that is killed, too."""

import os
import signal
import subprocess
import sys

import pytest

from mosaic_memory.storage import MemoryStorage
from mosaic_testing.providing import providing

_WRITES = ("put_document", "delete_document", "apply")
_WRITES_OF_A_SEND = 6
_CHILD = """
import sys, trio
from pathlib import Path
from mosaic_kernel import Kernel

async def main():
    settings = {"allow": ["sqlite", "mail"], "ports.storage": "sqlite"}
    async with Kernel(profile="", directory=Path(sys.argv[1]), environment={}, settings=settings) as kernel:
        for number in range(10_000):
            sent = await kernel.dispatch("message.send", {"to": "Ann", "text": str(number), "name": "Bob"})
            print(number, sent.id, flush=True)

trio.run(main)
"""


class Dying:
    """Fails every write after so many, as for a process that is gone."""

    def __init__(self, storage, writes):
        self._storage = storage
        self.left = writes

    def __getattr__(self, name):
        method = getattr(self._storage, name)
        if name not in _WRITES:
            return method

        async def call(*args, **options):
            if self.left <= 0:
                raise OSError("the disk is gone")
            self.left -= 1
            return await method(*args, **options)

        return call


@pytest.mark.parametrize("writes", range(_WRITES_OF_A_SEND + 1))
async def test_a_send_is_whole_or_nothing(mosaic_kernel, mosaic_clock, writes):
    storage = MemoryStorage(mosaic_clock)

    def opened(store):
        return mosaic_kernel("mail", providing("given", {("storage", "given"): store}))

    dying = Dying(storage, 100)
    is_sent = True
    async with opened(dying) as kernel:
        for name in ("Ann", "Eve"):
            await kernel.dispatch("message.subscribe", {"topics": ["t"], "name": name})
        dying.left = writes
        try:
            await kernel.dispatch("message.send", {"to": "topic:t", "text": "x", "name": "Bob"})
        except OSError:
            is_sent = False
    assert is_sent == (writes >= _WRITES_OF_A_SEND - 1), "the test no longer counts the writes of a send"
    mosaic_clock.advance(100)
    async with opened(storage) as kernel:
        got = {}
        for name in ("Ann", "Eve"):
            found = (await kernel.dispatch("message.read", {"name": name})).items
            got[name] = [one.text for one in found]
    assert got == {name: ["x"] if writes else [] for name in ("Ann", "Eve")}
    assert await storage.documents("mail.sending") == []
    kinds = [event.kind for event in await storage.events()]
    assert set(kinds) == ({"mail.sent"} if writes else set())


def send_until_killed(directory):
    """Have a process send, kill it in the middle, and return the ids that it was told."""
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(directory)], stdout=subprocess.PIPE, text=True, env={**os.environ}
    )
    told = [child.stdout.readline() for _ in range(25)]
    child.send_signal(signal.SIGKILL)
    told += child.stdout.read().splitlines()
    child.wait()
    child.stdout.close()
    return [line.split()[1] for line in told if len(line.split()) == 2]


async def test_kill_9_loses_no_message_that_was_sent_and_doubles_none(mosaic_kernel, tmp_path):
    settings = {
        "ports.storage": "sqlite",
        "plugins.mail.box_messages": 100_000,
        "plugins.mail.box_bytes": 2**30,
    }
    async with mosaic_kernel("sqlite", "mail", settings=settings) as kernel:
        await kernel.dispatch("message.read", {"name": "Ann"})
    sent = send_until_killed(tmp_path)
    async with mosaic_kernel("sqlite", "mail", settings=settings) as kernel:
        got = []
        while page := (await kernel.dispatch("message.read", {"name": "Ann", "limit": 100})).items:
            got += page
    ids = [one.id for one in got]
    assert ids[: len(sent)] == sent
    assert len(ids) <= len(sent) + 1  # the one that was being sent
    assert [int(one.text) for one in got] == list(range(len(got)))
