"""Runs the processes of attempts: clean environment, merged and bounded output, and no survivors.

Owns the whole life of a process tree, from its start to the end of its last descendant.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import trio

from mosaic_hookspecs import Completed, OnOutput
from mosaic_hookspecs.redaction import Redactor, secret_values

from . import spawning
from .area import Area, safe_name
from .bounded_output import BoundedOutput
from .configuration import Config
from .confinement import Confinement, sandbox_environment
from .conversation import ProcessConversation
from .guard import Guard
from .hiding import hidden_places
from .process_tree import MARK, ProcessTree, own_start_ticks

_PIECE = 65536
_DRAIN_SECONDS = 0.2
_LAST_THREADS_SECONDS = 5.0


def mark_of(state: Path) -> str:
    """Return what tells the processes of this state directory from others, in their marks."""
    return hashlib.sha256(os.fsencode(state.resolve())).hexdigest()[:16]


@attrs.frozen(kw_only=True)
class Place:
    """Where a process runs: in `directory` of `area`. `readable` is what a sandbox must show besides,
    `environment` what is added to the clean base. `is_checked` is whether checks run here, and no agent.
    """

    area: Area
    directory: Path
    readable: tuple[Path, ...] = ()
    environment: Mapping[str, str] = attrs.field(factory=dict)
    is_checked: bool = False


class ProcessRunner:
    """Runs processes for all workspaces of one Mosaic. `close` it at the end."""

    def __init__(self, config: Config, state: Path, confinement: Confinement | None) -> None:
        self._config = config
        self._state = state
        self._confinement = confinement
        instance = f"{os.getpid()}.{own_start_ticks()}.{secrets.token_hex(4)}"
        self._prefix = f"{mark_of(state)}:{instance}:"
        self._guard = Guard(f"{MARK}={self._prefix}")
        self._own_secrets = secret_values(os.environ)
        self._base = {
            "PATH": spawning.search_path(),
            "LANG": "C.UTF-8",
            "TERM": "dumb",
        }

    def close(self) -> None:
        """Stop watching; what runs must have ended."""
        self._guard.close()

    async def execute(  # noqa: PLR0913 - the contract's own arguments, and the place
        self,
        place: Place,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        timeout_seconds: float | None = None,
        on_output: OnOutput | None = None,
    ) -> Completed:
        """Run a process and wait for its whole tree; see `mosaic_hookspecs.Directory.execute`."""
        await trio.lowlevel.checkpoint_if_cancelled()
        started = time.monotonic()
        argv, variables, mark = self._prepared(place, argv, environment or {})
        output = _Output(
            Redactor(self._own_secrets | secret_values(environment or {})),
            BoundedOutput(self._config.head_bytes, self._config.tail_bytes),
            on_output,
        )
        process, stream = _start(argv, place.directory, variables, stdin)
        tree = ProcessTree(process.pid, mark)
        try:
            async with stream:
                timed_out = await self._follow(process, tree, stream, output, timeout_seconds)
        finally:
            # The tree has ended by now; only then may the root's id go to others. What the machine itself
            # does not let go must not hold the event loop.
            ended = process.poll()
            exit_code = -signal.SIGKILL if ended is None else ended
        return Completed(
            exit_code=exit_code,
            output=output.value(),
            duration_seconds=time.monotonic() - started,
            timed_out=timed_out,
        )

    @asynccontextmanager
    async def converse(
        self,
        place: Place,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        on_output: OnOutput | None = None,
    ) -> AsyncIterator[ProcessConversation]:
        """Start a process and talk with it; see `mosaic_hookspecs.Conversing.converse`."""
        await trio.lowlevel.checkpoint_if_cancelled()
        argv, variables, mark = self._prepared(place, argv, environment or {})
        conversation = ProcessConversation.start(argv, place.directory, variables, mark)
        redactor = Redactor(self._own_secrets | secret_values(environment or {}))
        failure: Exception | None = None
        # Errors of the block must not come out as the nursery's group.
        async with trio.open_nursery() as nursery:
            nursery.start_soon(conversation.hear_errors, redactor, on_output)
            try:
                yield conversation
            except Exception as error:  # noqa: BLE001 - raised again below, as it is
                failure = error
            finally:
                await conversation.close(self._config.linger_seconds, self._config.grace_seconds)
        if failure is not None:
            raise failure

    def _prepared(
        self, place: Place, argv: Sequence[str], environment: Mapping[str, str]
    ) -> tuple[Sequence[str], dict[str, str], str]:
        """Return what is really run, with which variables, and the mark of its tree."""
        area = place.area
        mark = self._prefix + f"{safe_name(area.run_id)}/{safe_name(area.task_id)}/{area.token}"
        variables = self._environment(place, environment, mark)
        if self._confinement is not None:
            if argv and shutil.which(argv[0], path=variables["PATH"]) is None and "/" not in argv[0]:
                raise spawning.no_program(argv[0], variables)
            confinement = self._confinement
            if place.is_checked:
                confinement = attrs.evolve(confinement, network=self._config.checks_network)
            argv = confinement.wrap(
                argv,
                place.directory,
                area.path,
                place.readable,
                hidden=hidden_places(self._state, self._config.hide),
                fixed=(area.record,),
            )
            variables = sandbox_environment(variables)
        self._guard.watch()
        return argv, variables, mark

    async def _follow(
        self,
        process: subprocess.Popen[bytes],
        tree: ProcessTree,
        stream: trio.lowlevel.FdStream,
        output: _Output,
        timeout_seconds: float | None,
    ) -> bool:
        has_ended = False
        drained = trio.Event()
        pump_scope = trio.CancelScope(shield=True)
        seconds = float("inf") if timeout_seconds is None else timeout_seconds
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_pump, stream, output, drained, pump_scope)
            try:
                with trio.move_on_after(seconds):
                    await spawning.wait_until_ended(process)
                    has_ended = True
                    if not tree.is_alone() and tree.members():
                        with trio.move_on_after(self._config.linger_seconds):
                            await _wait_for_others(tree)
            finally:
                with trio.CancelScope(shield=True):
                    if not (has_ended and tree.is_alone()):
                        await tree.end(self._config.grace_seconds)
                        # One whose first thread is gone looks dead while its other threads are not.
                        with trio.move_on_after(_LAST_THREADS_SECONDS):
                            await spawning.wait_until_ended(process)
                    with trio.move_on_after(_DRAIN_SECONDS):
                        await drained.wait()
                pump_scope.cancel()
        return not has_ended

    def _environment(self, place: Place, asked: Mapping[str, str], mark: str) -> dict[str, str]:
        area = place.area
        area.home.mkdir(exist_ok=True)
        area.temporary.mkdir(exist_ok=True)
        return {
            **self._base,
            "HOME": str(area.home),
            "TMPDIR": str(area.temporary),
            **place.environment,
            **asked,
            MARK: mark,
        }


class _Output:
    """Where a process's output goes: redacted, to who listens and into the bounded record."""

    def __init__(self, redactor: Redactor, bounded: BoundedOutput, on_output: OnOutput | None) -> None:
        self._redactor = redactor
        self._bounded = bounded
        self._on_output = on_output

    def add(self, data: bytes) -> None:
        self._pass_on(self._redactor.feed(data))

    def value(self) -> bytes:
        self._pass_on(self._redactor.finish())
        return self._bounded.value()

    def _pass_on(self, data: bytes) -> None:
        if data:
            self._bounded.add(data)
            if self._on_output is not None:
                self._on_output(data)


async def _pump(
    stream: trio.lowlevel.FdStream, output: _Output, drained: trio.Event, scope: trio.CancelScope
) -> None:
    # Goes on while the tree is asked to end, or a full pipe would keep it from ending.
    with scope:
        while data := await stream.receive_some(_PIECE):
            output.add(data)
        drained.set()


async def _wait_for_others(tree: ProcessTree) -> None:
    delay = 0.002
    while tree.members():
        await trio.sleep(delay)
        delay = min(delay * 1.5, 0.1)


def _start(
    argv: Sequence[str], directory: Path, environment: Mapping[str, str], stdin: bytes
) -> tuple[subprocess.Popen[bytes], trio.lowlevel.FdStream]:
    source = spawning.file_with(stdin) if stdin else subprocess.DEVNULL
    read_end, write_end = os.pipe()
    try:
        process = spawning.start(
            argv, directory=directory, environment=environment, stdin=source, stdout=write_end, stderr=write_end
        )
    except BaseException:
        os.close(read_end)
        raise
    finally:
        os.close(write_end)
        if stdin:
            os.close(source)
    return process, trio.lowlevel.FdStream(read_end)
