"""A process that is talked with: its standard input and output as streams, its standard error passed on.

Owns the three pipes, and the end of the process tree when the talk is over.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import trio

from mosaic_hookspecs import OnOutput, Unavailable
from mosaic_hookspecs.redaction import Redactor

from . import spawning
from .process_tree import ProcessTree

_PIECE = 65536
_DRAIN_SECONDS = 0.2
_LAST_THREADS_SECONDS = 5.0


class ProcessConversation:
    """`mosaic_hookspecs.Conversation` with a process of one workspace."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        mark: str,
        streams: tuple[trio.lowlevel.FdStream, trio.lowlevel.FdStream, trio.lowlevel.FdStream],
    ) -> None:
        self._process = process
        self._tree = ProcessTree(process.pid, mark)
        self._input, self._output, self._errors = streams
        self._pump_scope = trio.CancelScope(shield=True)
        self._drained = trio.Event()

    @classmethod
    def start(
        cls, argv: Sequence[str], directory: Path, environment: Mapping[str, str], mark: str
    ) -> ProcessConversation:
        """Start the process."""
        ends = [*os.pipe(), *os.pipe(), *os.pipe()]
        stdin, ours_in, ours_out, stdout, ours_errors, stderr = ends
        try:
            process = spawning.start(
                argv, directory=directory, environment=environment, stdin=stdin, stdout=stdout, stderr=stderr
            )
        except BaseException:
            for end in (ours_in, ours_out, ours_errors):
                os.close(end)
            raise
        finally:
            for end in (stdin, stdout, stderr):
                os.close(end)
        streams = tuple(map(trio.lowlevel.FdStream, (ours_in, ours_out, ours_errors)))
        return cls(process, mark, (streams[0], streams[1], streams[2]))

    async def send(self, data: bytes) -> None:
        """Write to the process; see `mosaic_hookspecs.Conversation.send`."""
        try:
            await self._input.send_all(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise Unavailable(
                "process-ended", "the process does not read any more", got=" ".join(self._shown())
            ) from error

    async def receive(self) -> bytes:
        """Return the next piece that the process wrote; see `mosaic_hookspecs.Conversation.receive`."""
        try:
            return bytes(await self._output.receive_some(_PIECE))
        except trio.ClosedResourceError:
            return b""

    async def end_input(self) -> None:
        """Close the process's standard input."""
        await self._input.aclose()

    async def wait(self) -> int:
        """Return the exit code when the process has ended."""
        if self._ending() is None:
            await spawning.wait_until_ended(self._process)
        ended = self._ending()
        return -signal.SIGKILL if ended is None else ended

    async def hear_errors(self, redactor: Redactor, on_output: OnOutput | None) -> None:
        """Pass on the standard error until its end, or until `close`."""
        with self._pump_scope:
            try:
                while data := await self._errors.receive_some(_PIECE):
                    _pass_on(redactor.feed(data), on_output)
            except trio.ClosedResourceError:
                pass
            self._drained.set()
        _pass_on(redactor.finish(), on_output)

    async def close(self, linger_seconds: float, grace_seconds: float) -> None:
        """End the talk and the whole process tree; not interrupted by cancellation, which only leaves the
        process no time to end by itself.
        """
        try:
            with trio.move_on_after(linger_seconds):
                await self._input.aclose()
                # It must not be held back by what nobody reads any more.
                await self._discard()
                await spawning.wait_until_ended(self._process)
        finally:
            with trio.CancelScope(shield=True):
                await self._end(grace_seconds)

    async def _end(self, grace_seconds: float) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._discard)
            try:
                if self._ending() is None or not self._tree.is_alone():
                    await self._tree.end(grace_seconds)
                    # One whose first thread is gone looks dead while its other threads are not.
                    with trio.move_on_after(_LAST_THREADS_SECONDS):
                        await spawning.wait_until_ended(self._process)
                with trio.move_on_after(_DRAIN_SECONDS):
                    await self._drained.wait()
            finally:
                nursery.cancel_scope.cancel()
        self._pump_scope.cancel()
        for stream in (self._input, self._output, self._errors):
            await stream.aclose()
        # Only now may the root's id go to others.
        self._process.poll()

    async def _discard(self) -> None:
        with suppress(trio.BusyResourceError):
            while await self.receive():
                pass

    def _ending(self) -> int | None:
        # Not reaped: its id must stay its own until the whole tree has ended.
        found = os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG)
        if found is None:
            return None
        return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status

    def _shown(self) -> Sequence[str]:
        return [str(part) for part in list(self._process.args)[:3]]  # type: ignore[arg-type] # always a list here


def _pass_on(data: bytes, on_output: OnOutput | None) -> None:
    if data and on_output is not None:
        on_output(data)
