"""What the tests of the observers' feeder work with: a kernel that serves, and observers that remember."""

import io

import trio

from mosaic_hookspecs import Manifest, Provides, Provision, RecordEvent, hookimpl
from mosaic_kernel import Kernel
from mosaic_testing.installed import installed_plugins


class TrioClock:
    """Tells trio's time, so that a mock clock moves everything."""

    def now(self):
        return 1_800_000_000_000 + int(trio.current_time() * 1000)


class Recorder:
    """Remembers what it was given, and when; fails and dawdles as it is told."""

    def __init__(self, *, from_start=False, seconds=0.0):
        self.from_start = from_start
        self.seconds = seconds
        self.error = None
        self.batches = []
        self.tries = []
        self._more = trio.Event()

    async def observe(self, events):
        self.tries.append(trio.current_time())
        await trio.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        self.batches.append([event.sequence for event in events])
        self._more.set()
        self._more = trio.Event()

    @property
    def seen(self):
        return [sequence for batch in self.batches for sequence in batch]

    async def until(self, sequence):
        with trio.fail_after(3600):
            while sequence not in self.seen:
                await self._more.wait()


def observer_plugin(name, provider):
    """Return a plugin that puts an observer in the port, as a kernel takes it."""

    class ObserverPlugin:
        @hookimpl
        async def mosaic_provide(self, context):
            return [Provision(port="observe", name=name, provider=provider)]

    provides = [Provides(port="observe", contract="1.0", name=name)]
    return (f"plugin-{name}", ObserverPlugin, Manifest(provides=provides))


def kernel(
    directory, *, storage="memory", settings=None, log=None, clock=None, serves=True, more=(), **observers
):
    """Make a kernel with the feeder, a storage, and these observers."""
    return Kernel(
        profile="",
        directory=directory,
        environment={},
        index=installed_plugins(),
        settings={"allow": ["observers", storage], "kernel.log_level": "info", **(settings or {})},
        plugins=[observer_plugin(name, provider) for name, provider in observers.items()] + list(more),
        log_stream=log or io.StringIO(),
        clock=clock or TrioClock(),
        serves=serves,
    )


async def record(running, count, kind="test.happened"):
    """Append events; return the newest's number."""
    storage = running.port("storage").get()
    await storage.apply([RecordEvent(kind=kind, body={"n": n}) for n in range(count)], by="test")
    return await storage.head()


async def place(running, name):
    """Return the document that keeps an observer's place."""
    return await running.port("storage").get().get_document("observers.cursor", name)


async def eventually(condition):
    """Wait until a condition comes true that nothing tells of."""
    with trio.fail_after(30):
        while not await condition():  # noqa: ASYNC110 - as the docstring says
            await trio.sleep(0.01)


async def opened(running, name="one"):
    """Wait until an observer has its place."""

    async def is_there():
        return await place(running, name) is not None

    await eventually(is_there)
