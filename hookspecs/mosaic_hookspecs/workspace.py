"""The workspace port: where an attempt works, and how what it made is published.

The conformance kit for this port is ``mosaic_testing.workspace``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

import attrs

from mosaic_hookspecs.data import JsonObject

WORKSPACE_CONTRACT = "1.1"


@attrs.frozen(kw_only=True)
class Completed:
    """How a process ended. `output` is stdout and stderr as they came, bounded: where bytes had to be
    left out, head and tail are kept and a line between them says how many are missing.
    `exit_code` is negative for a signal; `timed_out` where Mosaic ended it.
    """

    exit_code: int
    output: bytes
    duration_seconds: float
    timed_out: bool = False


OnOutput = Callable[[bytes], None]
"""Called with each piece of a process's output as it comes, redacted, on the event loop."""


class Directory(Protocol):
    """A directory in which processes run."""

    @property
    def path(self) -> Path:
        """The directory."""

    async def execute(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        timeout_seconds: float | None = None,
        on_output: OnOutput | None = None,
    ) -> Completed:
        """Run a process here and wait until it and all its descendants have ended.

        When cancelled or timed out, the whole process tree is asked to end (SIGTERM), and is killed
        after a grace period. Confinement, if the provider is configured for it, applies.

        Args:
            argv: the program and its arguments; no shell.
            environment: variables on top of the provider's clean base (PATH, HOME, LANG …).
            stdin: what the process reads.
            timeout_seconds: None: no limit.
            on_output: sees the output as it comes.

        Raises:
            InputError: there is no such program (code ``no-program``).
        """


class Conversation(Protocol):
    """A process with which one talks over its standard input and output. Since contract 1.1.

    What is received is as the process wrote it, nothing redacted: it is a protocol. Whoever shows parts of it
    to people sees to that (`mosaic_hookspecs.Redactor`).
    """

    async def send(self, data: bytes) -> None:
        """Write to its standard input, all of it; waits while the process does not read.

        Raises:
            Unavailable: it does not read any more (code ``process-ended``).
        """

    async def receive(self) -> bytes:
        """Return the next piece that it wrote, of any size; b"" at the end. A process whose output nobody
        receives is held back.
        """

    async def end_input(self) -> None:
        """Close its standard input: there is nothing more to say. Idempotent."""

    async def wait(self) -> int:
        """Return its exit code (negative for a signal) when it has ended; others of its tree may still run."""


class Conversing(Protocol):
    """What every workspace is besides, since contract 1.1: one in which a process can be talked with. A
    workspace of contract 1.0 has no ``converse``; look before you call it.
    """

    def converse(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        on_output: OnOutput | None = None,
    ) -> AbstractAsyncContextManager[Conversation]:
        """Start a process here, as `Directory.execute` does, and talk with it for as long as the context lasts.

        Leaving it closes the standard input, gives the process a short time to end by itself, and then ends it
        with all its descendants; being cancelled ends them as `Directory.execute` does. Nobody may be receiving
        any more then. Errors of the block come out of it as they are.

        Args:
            argv: the program and its arguments; no shell.
            environment: variables on top of the provider's clean base.
            on_output: sees its standard error as it comes, redacted.

        Raises:
            InputError: there is no such program (code ``no-program``).
        """


class Workspace(Directory, Protocol):
    """The place of one attempt. Everything is bound to the attempt's fencing token."""

    async def changed(self) -> Sequence[str]:
        """Return the paths that differ from where the attempt began, relative and sorted."""

    async def seal(self, message: str) -> str:
        """Fix what the attempt made so far, and return its name (a commit id; "" if nothing changed
        or the provider keeps no history). `message` describes it.
        """

    async def propose(self) -> Proposal:
        """Put what was sealed on top of what is published now.

        Raises:
            Refused: both changed the same (code ``merge-conflict``; the hint tells the next attempt
                what to do, `got` holds the conflict).
        """

    def checkout(self, candidate: str) -> AbstractAsyncContextManager[Directory]:
        """Open a clean copy of a candidate ("" : of the workspace as it is), which no agent has
        touched, for as long as the context lasts.
        """


@attrs.frozen(kw_only=True)
class Proposal:
    """What would be published: `candidate` on top of `base`, and the candidate's content as `tree`
    (equal trees need not be checked twice). All are "" where there is nothing to publish.
    """

    candidate: str = ""
    base: str = ""
    tree: str = ""


@attrs.frozen(kw_only=True)
class WorkspaceRequest:
    """For whom a workspace is opened. `settings` are the run's (`RunSpec.settings`)."""

    run_id: str
    task_id: str
    token: int
    title: str = ""
    settings: JsonObject = attrs.field(factory=dict)


class WorkspaceProvider(Protocol):
    """A provider of the workspace port."""

    @property
    def name(self) -> str:
        """What `TaskSpec.workspace` calls it."""

    async def prepare(self, run_id: str, settings: JsonObject) -> JsonObject:
        """Check that a run with these settings can work here, and return them completed (the branch's
        full name, the base commit …) for the run's spec to hold. Creates what is missing only where
        the settings say so.

        Raises:
            InputError: they cannot be used; the hint says what to do.
        """

    def open(self, request: WorkspaceRequest) -> AbstractAsyncContextManager[Workspace]:
        """Open the place for one attempt; leaving the context removes it, and ends its processes."""

    async def publish(self, request: WorkspaceRequest, proposal: Proposal) -> bool:
        """Carry out a publication that was decided: move the published state from `base` to
        `candidate`. Idempotent: true if it is published, now or earlier; false if something else has
        been published meanwhile, and then also never again under this request's token, even by a
        process that is paused right now inside this very call.
        """

    async def reap(self, is_live: Callable[[str, str, int], bool]) -> int:
        """Remove what attempts left behind that are not live (asked by run, task and token), and end
        processes of theirs that still run; return how many attempts were cleaned up.
        """
