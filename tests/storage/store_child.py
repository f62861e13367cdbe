"""A process of its own that works on a store, for the tests that kill, starve or race it.

Usage: store_child.py MODE DIRECTORY [ARGUMENT]. Prints a line for each thing that was answered.
"""

import pathlib
import resource
import signal
import sys

import trio
from store_opening import open_sqlite

from mosaic_hookspecs import Accept, MosaicError, RecordEvent, Report, change_document, copy_storage
from mosaic_testing.graphs import claim, start_run
from mosaic_testing.graphs import independent as tasks
from mosaic_testing.opening import do, leases


def say(*words):
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


async def work(storage, holder):
    """Claim and finish until nothing is ready; say what was acknowledged."""
    while found := await leases(storage, claim(4, holder=holder)):
        for lease in found:
            say("claimed", lease.task_id, lease.token)

        async def finish(lease):
            named = {"run_id": "r", "task_id": lease.task_id, "token": lease.token}
            await do(storage, Report(**named, outcome="succeeded"))
            await do(storage, Accept(**named))
            say("accepted", lease.task_id)

        async with trio.open_nursery() as nursery:
            for lease in found:
                nursery.start_soon(finish, lease)
    say("done")


async def change(storage, who):
    """Change one document many times, several tasks at once; say what was written."""

    async def add(name):
        def changed(body):
            return {"names": [*(body["names"] if body else ()), name]}, None

        await change_document(storage, "child", "k", changed)
        say(name)

    async with trio.open_nursery() as nursery:
        for number in range(20):
            nursery.start_soon(add, f"{who}{number}")


def names_beside(path):
    return sorted(entry.name for entry in path.parent.iterdir() if not entry.name.startswith(path.name))


async def fill_up(storage, path):
    """Write until the disk is full; then make room, and write again."""
    written = 0
    try:
        while True:
            await do(storage, RecordEvent(kind="child.fill", body={"text": "x" * 20_000}))
            written += 1
    except OSError as error:
        say("full", written, error.errno)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
    try:
        await storage.backup(str(path.with_name("copy")))
    except OSError:
        say("no-backup", *names_beside(path))
    found = await storage.verify()
    say("verified", found.events, found.is_sound)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await do(storage, RecordEvent(kind="child.room"))
    say("again", await storage.head())


async def take_over(storage, source):
    """Copy another store into this one, and say what was taken over; over and over, until killed."""
    ingest = storage.ingest

    async def telling(**brought):
        say("began", await storage.head())
        head = await ingest(**brought)
        say("has", head)
        return head

    async def hold():
        say("held")

    storage.ingest = telling
    async with open_sqlite(source) as old:
        await copy_storage(old, storage, hold)
    say("done")


async def main(mode, directory, argument=""):
    path = pathlib.Path(directory)
    if mode == "fill":
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, resource.RLIM_INFINITY))
    async with open_sqlite(path, synchronous="NORMAL") as storage:
        say("open")
        if mode == "work":
            await storage.apply([start_run("r", tasks(int(argument)))], by="child")
            await work(storage, "child")
        elif mode == "share":
            await trio.to_thread.run_sync(sys.stdin.readline)
            await work(storage, argument)
        elif mode == "change":
            await trio.to_thread.run_sync(sys.stdin.readline)
            await change(storage, argument)
        elif mode == "fill":
            await fill_up(storage, path / "mosaic.db")
        elif mode == "take-over":
            await take_over(storage, pathlib.Path(argument))
        elif mode == "stay":
            await trio.to_thread.run_sync(sys.stdin.readline)
        elif mode == "wait":
            say("woken", await storage.wait(int(argument)))
        elif mode == "write":
            await trio.to_thread.run_sync(sys.stdin.readline)
            [outcome] = await storage.apply([RecordEvent(kind="child.wrote")], by="child")
            say("refused" if isinstance(outcome, MosaicError) else "wrote")


if __name__ == "__main__":
    trio.run(main, *sys.argv[1:])
