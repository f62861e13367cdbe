"""Finds what a plugin leaves behind: tasks, threads, file descriptors, files, modules, and itself.

Owns the two snapshots and the words. It looks at the whole process, so what else a test begins meanwhile
has to end in it, too.
"""

from __future__ import annotations

import gc
import sys
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import attrs
import trio

from .holders import holders_of

if TYPE_CHECKING:
    from mosaic_kernel import Kernel

__all__ = ["SECONDS", "LeakCheck", "Snapshot"]

_TEMPORARY = ("*.tmp", "*.temp", "*.part", "tmp*", ".tmp*")
_IDLE_THREAD = "Trio thread "  # trio keeps workers without work for a while, under this name
_PAUSE = 0.01
SECONDS = 2.0
"""How long what is about to end may take for it, unless a check says otherwise."""


@attrs.frozen(kw_only=True)
class Snapshot:
    """What there is in this process at a moment; tasks only inside of trio."""

    tasks: frozenset[Any]
    threads: frozenset[threading.Thread]
    descriptors: frozenset[tuple[str, str]]
    generations: frozenset[str]

    @classmethod
    def take(cls) -> Snapshot:
        """Look."""
        return cls(
            tasks=frozenset(_tasks()),
            threads=frozenset(one for one in threading.enumerate() if not one.name.startswith(_IDLE_THREAD)),
            descriptors=frozenset(_descriptors()),
            generations=frozenset(name for name in list(sys.modules) if "@" in name),
        )


@attrs.frozen
class _Watched:
    """An object that has to be gone. That of a kernel that is still held (`owner`) may be there while it is
    the plugin's newest generation.
    """

    thing: weakref.ref[Any]
    what: str
    owner: weakref.ref[Kernel] | None = None
    name: str = ""
    number: int = 0

    def has_to_be_gone(self) -> bool:
        kernel = self.owner() if self.owner is not None else None
        return kernel is None or kernel.runtime.slots[self.name].generations > self.number


class LeakCheck:
    """Fails if what began meanwhile has not ended: the fixture `mosaic_leaks`, and an asynchronous context.

    As a context it looks when the context is left: by then every kernel must have been left. As a fixture it
    looks once more when the test has ended. After an exception it does not look. A plugin's newest instance
    may live as long as somebody, such as a variable of the test, holds the kernel that it was in.

    Args:
        seconds: how long what is about to end may take for it; `SECONDS` by default.
    """

    def __init__(self, *, seconds: float | None = None) -> None:
        self._seconds = SECONDS if seconds is None else seconds
        self._watched: list[_Watched] = []
        self._directories: set[Path] = set()
        self._before = Snapshot.take()

    def watch(self, thing: Any, what: str) -> None:
        """Expect that an object will be gone at the end; `what` says what it is."""
        self._watched.append(_Watched(weakref.ref(thing), what))

    def watch_kernel(self, kernel: Kernel) -> None:
        """Expect that the plugins of a running kernel will be gone at the end, and its temporary files. To be
        called again after a reload. What the kernel was given as an instance may live on.
        """
        self._directories.add(kernel.state_directory)
        for slot in kernel.runtime.slots.values():
            if slot.generation is not None and isinstance(slot.plugin_class, type):
                number = slot.generation.number
                what = f"generation {number} of the plugin {slot.name!r}"
                thing, owner = weakref.ref(slot.generation.instance), weakref.ref(kernel)
                self._watched.append(_Watched(thing, what, owner, slot.name, number))

    def found(self) -> Sequence[str]:
        """Say what is there now that was not there before, a line each."""
        return [*self._processwide(), *self._files(), *self._objects()]

    async def __aenter__(self) -> Self:
        self._before = Snapshot.take()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        __tracebackhide__ = True
        if error is None:
            await self.acheck()

    async def acheck(self) -> None:
        """Look now, from inside of trio.

        Raises:
            AssertionError: something leaked; every leak is a line.
        """
        __tracebackhide__ = True
        until = time.monotonic() + self._seconds
        while self.found() and time.monotonic() < until:
            for _ in range(10):
                await trio.lowlevel.checkpoint()
            _pause()
        self._fail()

    def check(self) -> None:
        """Look now, from outside of trio. Raises as `acheck`."""
        __tracebackhide__ = True
        until = time.monotonic() + self._seconds
        while self.found() and time.monotonic() < until:
            _pause()
        self._fail()

    def _fail(self) -> None:
        __tracebackhide__ = True
        found = self.found()
        if found:
            raise AssertionError("leaked:\n  " + "\n  ".join(found))

    def _processwide(self) -> Iterator[str]:
        before, now = self._before, Snapshot.take()
        for task in now.tasks - before.tasks:
            if before.tasks:
                yield f"the task {task.name} still runs{_place(task)}"
        for thread in now.threads - before.threads:
            yield f"the thread {thread.name!r} still runs; whoever starts a thread joins it"
        for number, target in sorted(now.descriptors - before.descriptors):
            yield f"file descriptor {number} is still open: {target}"
        for name in sorted(now.generations - before.generations):
            yield f"the module {name!r} of a generation is still in sys.modules"

    def _files(self) -> Iterator[str]:
        for directory in sorted(self._directories):
            for path in sorted(directory.rglob("*")):
                if path.is_socket() or path.is_fifo():
                    yield f"the {'socket' if path.is_socket() else 'pipe'} {path} was left behind"
                elif any(path.match(pattern) for pattern in _TEMPORARY):
                    yield f"the temporary file {path} was left behind"

    def _objects(self) -> Iterator[str]:
        due = [one for one in self._watched if one.has_to_be_gone()]
        if any(one.thing() is not None for one in due):
            gc.collect()
        for one in due:
            thing = one.thing()
            if thing is not None:
                yield f"{one.what} is still alive, held by {holders_of(thing)}"


def _pause() -> None:
    # Real time, whatever clock the test has: what is waited for is threads and the garbage collector.
    time.sleep(_PAUSE)


def _tasks() -> Iterator[Any]:
    try:
        root = trio.lowlevel.current_root_task()
    except RuntimeError:  # outside of a run
        return
    waiting = [root] if root is not None else []
    while waiting:
        task = waiting.pop()
        yield task
        for nursery in task.child_nurseries:
            waiting.extend(nursery.child_tasks)


def _place(task: Any) -> str:
    frames = list(task.iter_await_frames())
    if not frames:
        return ""
    frame, line = frames[0]
    return f", in {frame.f_code.co_filename}:{line}"


def _descriptors() -> Iterator[tuple[str, str]]:
    for entry in list(Path("/proc/self/fd").glob("*")):  # none where there is no such directory
        try:
            target = str(entry.readlink())
        except OSError:  # the one by which the directory was read
            continue
        if "/dev/urandom" not in target:
            yield entry.name, target
