"""The conformance kit of the workspace port.

Every test takes the fixture `mosaic_provider`: called with a directory, it returns an asynchronous
context manager that opens the provider there. A provider without history (its `seal` returns "")
passes the tests of publication by proposing nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import trio

from mosaic_hookspecs import (
    Directory,
    InputError,
    Proposal,
    Refused,
    Workspace,
    WorkspaceProvider,
    WorkspaceRequest,
)

from .contracts import require_contract_of
from .workspace_conversing import TestConversations
from .workspace_opening import ProviderFactory, prepared, request_of

__all__ = ["TestContract", "TestConversations", "TestProcesses", "TestPublication", "TestWorkspaces"]


async def _propose(provider: WorkspaceProvider, request: WorkspaceRequest, name: str, content: str) -> Proposal:
    async with provider.open(request) as workspace:
        (workspace.path / name).write_text(content)
        await workspace.seal(f"write {name}")
        return await workspace.propose()


class TestContract:
    """Its methods, and those of the workspaces that it opens, are those of the protocols."""

    async def test_it_keeps_the_contract(
        self, mosaic_provider: ProviderFactory, mosaic_contract: str, tmp_path: Path
    ) -> None:
        async with mosaic_provider(tmp_path) as provider:
            require_contract_of(provider, WorkspaceProvider, contract=mosaic_contract)
        async with (
            prepared(mosaic_provider, tmp_path) as (opened, settings),
            opened.open(request_of(settings)) as workspace,
        ):
            require_contract_of(workspace, Workspace, contract=mosaic_contract)
            async with workspace.checkout("") as directory:
                require_contract_of(directory, Directory, contract=mosaic_contract)


class TestWorkspaces:
    """Where an attempt works."""

    async def test_prepare_is_idempotent(self, mosaic_provider: ProviderFactory, tmp_path: Path) -> None:
        async with prepared(mosaic_provider, tmp_path) as (provider, settings):
            assert await provider.prepare("run", settings) == settings

    async def test_attempts_are_isolated(self, mosaic_provider: ProviderFactory, tmp_path: Path) -> None:
        async with prepared(mosaic_provider, tmp_path) as (provider, settings):
            one_request, two_request = request_of(settings, "one", 1), request_of(settings, "two", 2)
            async with provider.open(one_request) as one, provider.open(two_request) as two:
                (one.path / "mine").write_text("one")
                assert not (two.path / "mine").exists()
                assert await two.changed() == []
            assert not one.path.exists()
            assert not two.path.exists()

    async def test_changes_are_relative_and_sorted(
        self, mosaic_provider: ProviderFactory, tmp_path: Path
    ) -> None:
        async with (
            prepared(mosaic_provider, tmp_path) as (provider, settings),
            provider.open(request_of(settings)) as workspace,
        ):
            (workspace.path / "b").write_text("b")
            (workspace.path / "a").mkdir()
            (workspace.path / "a" / "c").write_text("c")
            assert list(await workspace.changed()) == ["a/c", "b"]

    async def test_a_checkout_is_a_clean_copy(self, mosaic_provider: ProviderFactory, tmp_path: Path) -> None:
        async with (
            prepared(mosaic_provider, tmp_path) as (provider, settings),
            provider.open(request_of(settings)) as workspace,
        ):
            (workspace.path / "a").write_text("a")
            await workspace.seal("a")
            proposal = await workspace.propose()
            async with workspace.checkout(proposal.candidate) as directory:
                assert directory.path != workspace.path
                assert (directory.path / "a").read_text() == "a"
                (directory.path / "a").write_text("spoilt by a check")
            assert not directory.path.exists()
            assert (workspace.path / "a").read_text() == "a"

    async def test_reaping_leaves_live_attempts_alone(
        self, mosaic_provider: ProviderFactory, tmp_path: Path
    ) -> None:
        async with (
            prepared(mosaic_provider, tmp_path) as (provider, settings),
            provider.open(request_of(settings)) as workspace,
        ):
            asked = []

            def is_live(run_id: str, task_id: str, token: int) -> bool:
                asked.append((run_id, task_id, token))
                return True

            assert await provider.reap(is_live) == 0
            assert asked == [("run", "task", 1)]
            assert workspace.path.is_dir()

    async def test_identifiers_do_not_lead_out(self, mosaic_provider: ProviderFactory, tmp_path: Path) -> None:
        async with prepared(mosaic_provider, tmp_path) as (provider, settings):
            for task_id in ("../../out", "..", "a/b", "x" * 400, "new\nline"):
                async with provider.open(request_of(settings, task_id)) as workspace:
                    assert workspace.path.is_relative_to(tmp_path)
                    assert ".." not in workspace.path.parts


class TestProcesses:
    """What runs in a workspace."""

    async def test_a_process_says_how_it_ended(self, mosaic_provider: ProviderFactory, tmp_path: Path) -> None:
        heard: list[bytes] = []
        script = "import os, sys; print(os.environ['ASKED'], sys.stdin.read(), flush=True); sys.exit(3)"
        async with (
            prepared(mosaic_provider, tmp_path) as (provider, settings),
            provider.open(request_of(settings)) as workspace,
        ):
            done = await workspace.execute(
                [sys.executable, "-c", script],
                environment={"ASKED": "for"},
                stdin=b"input",
                on_output=heard.append,
            )
        assert (done.exit_code, done.output, done.timed_out) == (3, b"for input\n", False)
        assert b"".join(heard) == done.output

    async def test_the_environment_is_clean(
        self, mosaic_provider: ProviderFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LEAKED_TOKEN", "a secret of the user's")
        async with (
            prepared(mosaic_provider, tmp_path) as (provider, settings),
            provider.open(request_of(settings)) as workspace,
        ):
            done = await workspace.execute(["env"])
        assert b"LEAKED_TOKEN" not in done.output
        assert b"PATH=" in done.output

    async def test_a_missing_program_is_the_users_mistake(
        self, mosaic_provider: ProviderFactory, tmp_path: Path
    ) -> None:
        async with (
            prepared(mosaic_provider, tmp_path) as (provider, settings),
            provider.open(request_of(settings)) as workspace,
        ):
            with pytest.raises(InputError) as caught:
                await workspace.execute(["no-such-program-anywhere"])
        assert caught.value.code == "no-program"

    async def test_output_is_bounded_and_says_what_is_missing(
        self, mosaic_provider: ProviderFactory, tmp_path: Path
    ) -> None:
        script = "import sys; sys.stdout.write('head' + 'x' * 20_000_000 + 'tail')"
        async with (
            prepared(mosaic_provider, tmp_path) as (provider, settings),
            provider.open(request_of(settings)) as workspace,
        ):
            done = await workspace.execute([sys.executable, "-c", script])
        assert len(done.output) < 10_000_000
        assert done.output.startswith(b"head")
        assert done.output.endswith(b"tail")
        assert b"bytes" in done.output

    async def test_a_timeout_ends_what_a_process_started(
        self, mosaic_provider: ProviderFactory, tmp_path: Path
    ) -> None:
        async with (
            prepared(mosaic_provider, tmp_path) as (provider, settings),
            provider.open(request_of(settings)) as workspace,
        ):
            script = "(setsid sh -c 'echo $$ > daemon; exec sleep 1000' >/dev/null 2>&1 &); sleep 1000"
            done = await workspace.execute(["sh", "-c", script], timeout_seconds=0.5)
            assert done.timed_out
            pid = (workspace.path / "daemon").read_text().strip()
            # Dead and not yet reaped by its foster parent is dead: it has no command line.
            line = trio.Path(f"/proc/{pid}/cmdline")
            assert not await line.exists() or b"sleep" not in await line.read_bytes()

    async def test_cancellation_ends_a_process(self, mosaic_provider: ProviderFactory, tmp_path: Path) -> None:
        heard = trio.Event()
        async with (
            prepared(mosaic_provider, tmp_path) as (provider, settings),
            provider.open(request_of(settings)) as workspace,
            trio.open_nursery() as nursery,
        ):

            async def run() -> None:
                await workspace.execute(
                    ["sh", "-c", "echo on; sleep 1000"], on_output=lambda _data: heard.set()
                )

            nursery.start_soon(run)
            await heard.wait()
            nursery.cancel_scope.cancel()


class TestPublication:
    """How results become the published state."""

    async def test_a_result_is_published_once(self, mosaic_provider: ProviderFactory, tmp_path: Path) -> None:
        async with prepared(mosaic_provider, tmp_path) as (provider, settings):
            request = request_of(settings)
            proposal = await _propose(provider, request, "a", "a")
            assert await provider.publish(request, proposal)
            assert await provider.publish(request, proposal)
            if proposal.candidate:
                async with provider.open(request_of(settings, "next", 2)) as workspace:
                    assert (workspace.path / "a").read_text() == "a"

    async def test_nothing_changed_is_nothing_to_publish(
        self, mosaic_provider: ProviderFactory, tmp_path: Path
    ) -> None:
        async with (
            prepared(mosaic_provider, tmp_path) as (provider, settings),
            provider.open(request_of(settings)) as workspace,
        ):
            assert await workspace.seal("nothing") == ""
            assert await workspace.propose() == Proposal()
            assert await provider.publish(request_of(settings), Proposal())

    async def test_a_stale_proposal_is_refused_for_ever(
        self, mosaic_provider: ProviderFactory, tmp_path: Path
    ) -> None:
        async with prepared(mosaic_provider, tmp_path) as (provider, settings):
            stale = await _propose(provider, request_of(settings, "stale", 1), "a", "stale")
            winner = await _propose(provider, request_of(settings, "winner", 2), "b", "winner")
            assert await provider.publish(request_of(settings, "winner", 2), winner)
            if not stale.candidate:
                return
            assert not await provider.publish(request_of(settings, "stale", 1), stale)
            assert not await provider.publish(request_of(settings, "stale", 1), stale)

    async def test_a_conflict_tells_the_next_attempt_what_to_do(
        self, mosaic_provider: ProviderFactory, tmp_path: Path
    ) -> None:
        async with prepared(mosaic_provider, tmp_path) as (provider, settings):
            async with provider.open(request_of(settings, "loser", 1)) as workspace:
                (workspace.path / "same").write_text("loser\n")
                if not await workspace.seal("loser"):
                    return
                winner = await _propose(provider, request_of(settings, "winner", 2), "same", "winner\n")
                assert await provider.publish(request_of(settings, "winner", 2), winner)
                with pytest.raises(Refused) as caught:
                    await workspace.propose()
            assert caught.value.code == "merge-conflict"
            assert caught.value.got
            assert caught.value.hint

    async def test_other_changes_are_kept(self, mosaic_provider: ProviderFactory, tmp_path: Path) -> None:
        async with (
            prepared(mosaic_provider, tmp_path) as (provider, settings),
            provider.open(request_of(settings, "later", 1)) as workspace,
        ):
            (workspace.path / "later").write_text("later")
            if not await workspace.seal("later"):
                return
            first = await _propose(provider, request_of(settings, "first", 2), "first", "first")
            assert await provider.publish(request_of(settings, "first", 2), first)
            proposal = await workspace.propose()
            async with workspace.checkout(proposal.candidate) as directory:
                assert (directory.path / "first").exists()
                assert (directory.path / "later").exists()
            assert await provider.publish(request_of(settings, "later", 1), proposal)
