"""The part of the workspace kit that came with contract 1.1: processes that are talked with."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from mosaic_hookspecs import Conversation, Conversing, InputError, Unavailable

from .contracts import require_contract_of
from .workspace_opening import ProviderFactory, prepared, request_of

_ECHO = """
import os, sys
print("on", os.environ["ASKED"], file=sys.stderr, flush=True)
for line in sys.stdin:
    sys.stdout.write("heard " + line)
    sys.stdout.flush()
sys.exit(5)
"""


class TestConversations:
    """Processes that are talked with; since contract 1.1."""

    @pytest.fixture(autouse=True)
    def _is_promised(self, mosaic_contract: str) -> None:
        if mosaic_contract == "1.0":
            pytest.skip("the manifest says workspace contract 1.0; this came with 1.1")

    async def test_its_methods_are_those_of_the_protocols(
        self, mosaic_provider: ProviderFactory, tmp_path: Path
    ) -> None:
        async with _conversing(mosaic_provider, tmp_path) as workspace:
            require_contract_of(workspace, Conversing)
            async with workspace.converse(["cat"]) as conversation:
                require_contract_of(conversation, Conversation)

    async def test_question_and_answer(self, mosaic_provider: ProviderFactory, tmp_path: Path) -> None:
        heard: list[bytes] = []
        async with (
            _conversing(mosaic_provider, tmp_path) as workspace,
            workspace.converse(
                [sys.executable, "-c", _ECHO], environment={"ASKED": "for"}, on_output=heard.append
            ) as conversation,
        ):
            await conversation.send(b"one\n")
            assert await _line(conversation) == b"heard one\n"
            await conversation.send(b"two\n")
            assert await _line(conversation) == b"heard two\n"
            await conversation.end_input()
            assert await conversation.receive() == b""
            assert await conversation.wait() == 5
        assert b"".join(heard) == b"on for\n"

    async def test_one_that_has_ended_says_so(self, mosaic_provider: ProviderFactory, tmp_path: Path) -> None:
        async with (
            _conversing(mosaic_provider, tmp_path) as workspace,
            workspace.converse(["sh", "-c", "exec <&-; exit 3"]) as conversation,
        ):
            assert await conversation.wait() == 3
            with pytest.raises(Unavailable) as caught:
                await conversation.send(b"x" * 1_000_000)
        assert caught.value.code == "process-ended"

    async def test_a_missing_program_is_the_users_mistake(
        self, mosaic_provider: ProviderFactory, tmp_path: Path
    ) -> None:
        async with _conversing(mosaic_provider, tmp_path) as workspace:
            with pytest.raises(InputError) as caught:
                async with workspace.converse(["no-such-program-anywhere"]):
                    pass
        assert caught.value.code == "no-program"

    async def test_leaving_ends_what_it_started(self, mosaic_provider: ProviderFactory, tmp_path: Path) -> None:
        # It does not read, writes without end, and has a child in a session of its own.
        script = "(setsid sh -c 'echo $$ > daemon; echo up; exec sleep 1000' &) ; exec yes"
        async with _conversing(mosaic_provider, tmp_path) as workspace:
            with pytest.raises(LookupError):  # noqa: PT012 - that the block's error comes out is the test
                async with workspace.converse(["sh", "-c", script]) as conversation:
                    heard = b""
                    while b"up" not in heard:
                        heard = heard[-1:] + await conversation.receive()
                    raise LookupError
            pid = (workspace.path / "daemon").read_text().strip()
            line = trio.Path(f"/proc/{pid}/cmdline")
            assert not await line.exists() or b"sleep" not in await line.read_bytes()

    async def test_cancellation_ends_it(self, mosaic_provider: ProviderFactory, tmp_path: Path) -> None:
        async with _conversing(mosaic_provider, tmp_path) as workspace:
            with trio.CancelScope() as scope:
                async with workspace.converse(
                    ["sh", "-c", "echo $$ > one; echo up; sleep 1000"]
                ) as conversation:
                    assert await _line(conversation) == b"up\n"
                    scope.cancel()
                    await conversation.receive()
            assert scope.cancelled_caught
            pid = (workspace.path / "one").read_text().strip()
            assert not await trio.Path(f"/proc/{pid}").exists()


@asynccontextmanager
async def _conversing(factory: ProviderFactory, directory: Path) -> AsyncIterator[Any]:
    async with (
        prepared(factory, directory) as (provider, settings),
        provider.open(request_of(settings)) as workspace,
    ):
        yield workspace


async def _line(conversation: Conversation) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        piece = await conversation.receive()
        assert piece, "its output ended"
        line += piece
    return line
