"""The conformance kit of the agents port: what holds for every agent and every runner of checks.

Every test takes the fixture `mosaic_provider`: called with a directory, it returns an asynchronous
context manager that opens the provider there. Which work an agent can do only its author knows, unless it runs
commands. So override the fixture `mosaic_work` in the ``conftest.py`` at the root of your project::

    @pytest.fixture
    def mosaic_work():
        return {"files": {"hello.txt": "Hello!"}}

What an agent is good at, only its own tests can show.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import trio

from mosaic_hookspecs import (
    Agent,
    AgentOffer,
    AgentResult,
    Assignment,
    Check,
    CheckOutcome,
    CheckRunner,
    Completed,
    Conversation,
    Directory,
    JsonObject,
    MosaicError,
    OnOutput,
    Proposal,
    TaskSpec,
    Unavailable,
    Usage,
    offers_of,
)

from .contracts import provider_behind, require_contract_of

__all__ = ["PlainWorkspace", "RecordingJournal", "TestAgents", "TestCheckRunners", "TestContract"]

ProviderFactory: TypeAlias = Callable[..., AbstractAsyncContextManager[Any]]
_OUTCOMES = frozenset({"succeeded", "failed", "skipped", "released"})
_GUESSED: Sequence[JsonObject] = ({"argv": ["true"]}, {})
_SENSELESS: Sequence[JsonObject] = ({"kind": "no such kind"}, {"run": 5}, {"argv": {}})


class RecordingJournal:
    """Remembers what an agent wrote."""

    def __init__(self) -> None:
        self.written = b""
        self.spent = Usage()

    def output(self, data: bytes) -> None:
        """Remember output."""
        self.written += data

    def usage(self, usage: Usage) -> None:
        """Add up usage."""
        self.spent += usage


class PlainWorkspace:
    """The smallest workspace: a directory that exists, and processes without limits."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def execute(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        timeout_seconds: float | None = None,
        on_output: OnOutput | None = None,
    ) -> Completed:
        done = await trio.run_process(
            list(argv),
            cwd=self.path,
            env={"PATH": os.environ["PATH"], **(environment or {})},
            stdin=stdin,
            capture_stdout=True,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if on_output is not None:
            on_output(done.stdout)
        return Completed(exit_code=done.returncode, output=done.stdout, duration_seconds=0.0)

    @asynccontextmanager
    async def converse(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        on_output: OnOutput | None = None,
    ) -> AsyncIterator[Conversation]:
        """Talk with a process, which is killed at the end; nobody hears its standard error."""
        process = await trio.lowlevel.open_process(
            list(argv),
            cwd=self.path,
            env={"PATH": os.environ["PATH"], **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield _PlainConversation(process)
        finally:
            process.kill()
            with trio.CancelScope(shield=True):
                await process.wait()

    async def changed(self) -> Sequence[str]:
        """Return the files that are there."""
        return sorted(str(path.relative_to(self.path)) for path in self.path.rglob("*") if path.is_file())

    async def seal(self, message: str) -> str:
        """Keep no history."""
        return ""

    async def propose(self) -> Proposal:
        """Propose nothing."""
        return Proposal()

    @asynccontextmanager
    async def checkout(self, candidate: str) -> AsyncIterator[Directory]:
        """Open the directory itself."""
        yield self


class _PlainConversation:
    """`mosaic_hookspecs.Conversation` with a process of trio's."""

    def __init__(self, process: trio.Process) -> None:
        self._process = process

    async def send(self, data: bytes) -> None:
        assert self._process.stdin is not None
        try:
            await self._process.stdin.send_all(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise Unavailable("process-ended", "the process does not read any more") from error

    async def receive(self) -> bytes:
        assert self._process.stdout is not None
        return bytes(await self._process.stdout.receive_some(65536))

    async def end_input(self) -> None:
        assert self._process.stdin is not None
        await self._process.stdin.aclose()

    async def wait(self) -> int:
        return int(await self._process.wait())


def _assignment(provider: Any, directory: Path, journal: RecordingJournal, work: Any) -> Assignment:
    return Assignment(
        run_id="run",
        spec=TaskSpec(task_id="task", title="A task", runtime=provider.offer.name, work=work),
        token=1,
        attempt=1,
        journal=journal,
        workspace=PlainWorkspace(directory),
    )


class TestContract:
    """Its methods are those of the protocol: of an agent, or of a runner of checks."""

    async def test_it_keeps_the_contract(
        self, mosaic_provider: ProviderFactory, mosaic_contract: str, tmp_path: Path
    ) -> None:
        async with mosaic_provider(tmp_path) as provider:
            protocol = (
                Agent if hasattr(provider, "offer") else CheckRunner if hasattr(provider, "name") else None
            )
            assert protocol is not None, (
                f"{type(provider_behind(provider)).__qualname__} has neither an offer, as an agent has, "
                "nor a name, as a runner of checks has"
            )
            require_contract_of(provider, protocol, contract=mosaic_contract)


class TestAgents:
    """What holds for every agent."""

    async def test_its_offers_are_named(self, mosaic_provider: ProviderFactory, tmp_path: Path) -> None:
        async with mosaic_provider(tmp_path) as provider:
            _only_if(provider, "offer")
            offer = provider.offer
            assert isinstance(offer, AgentOffer)
            assert offer.name
            assert provider.offer.name == offer.name
            assert offer.takes(offer.name, frozenset())
            names = [one.name for one in offers_of(provider)]
            assert len(set(names)) == len(names)

    async def test_senseless_work_is_refused_in_words(
        self, mosaic_provider: ProviderFactory, tmp_path: Path
    ) -> None:
        async with mosaic_provider(tmp_path) as provider:
            _only_if(provider, "offer")
            for work in _SENSELESS:
                await _run(provider, tmp_path, work)

    async def test_work_that_it_can_do_is_done(
        self, mosaic_provider: ProviderFactory, mosaic_work: JsonObject | None, tmp_path: Path
    ) -> None:
        async with mosaic_provider(tmp_path) as provider:
            _only_if(provider, "offer")
            if mosaic_work is None:
                for work in _GUESSED:
                    if isinstance(await _run(provider, tmp_path, work), AgentResult):
                        return
                pytest.fail("the kit needs work that the agent can do: override the fixture mosaic_work")
            done = await _run(provider, tmp_path, mosaic_work)
            if isinstance(done, MosaicError):
                pytest.fail(f"the agent refused the work of mosaic_work: {done}")
            assert done.outcome == "succeeded", done.summary

    async def test_cancellation_is_let_through(self, mosaic_provider: ProviderFactory, tmp_path: Path) -> None:
        async with mosaic_provider(tmp_path) as provider:
            _only_if(provider, "offer")
            work = {"argv": ["sleep", "1000"]}
            with trio.move_on_after(0.2), trio.fail_after(30):
                # One that does other work than commands says so.
                await _run(provider, tmp_path, work)


class TestCheckRunners:
    """What holds for every runner of checks."""

    async def test_a_check_without_parameters_has_an_answer(
        self, mosaic_provider: ProviderFactory, tmp_path: Path
    ) -> None:
        async with mosaic_provider(tmp_path) as provider:
            _only_if(provider, "name")
            heard: list[bytes] = []
            check = Check(name="check", uses=provider.name, timeout_seconds=5.0)
            try:
                outcome = await provider.run(check, PlainWorkspace(tmp_path), heard.append)
            except MosaicError as error:
                _is_in_words(error)
            else:
                assert isinstance(outcome, CheckOutcome)
                assert outcome.summary or outcome.passed


async def _run(provider: Any, directory: Path, work: Any) -> AgentResult | MosaicError:
    """Have the agent do the work; return its result, which must be one, or what it refused the work with."""
    try:
        result = await provider.run(_assignment(provider, directory, RecordingJournal(), work))
    except MosaicError as error:
        _is_in_words(error)
        return error
    assert isinstance(result, AgentResult), (
        f"run must return an AgentResult; for the work {work!r} it returned {result!r:.200}"
    )
    assert result.outcome in _OUTCOMES, (
        f"an outcome is one of {', '.join(sorted(_OUTCOMES))}; found {result.outcome!r}"
    )
    return result


def _is_in_words(error: MosaicError) -> None:
    assert error.code
    assert error.what


def _only_if(provider: Any, attribute: str) -> None:
    if not hasattr(provider, attribute):
        pytest.skip(f"{type(provider).__name__} has no {attribute}: the port holds agents and check runners")
