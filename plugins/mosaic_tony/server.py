"""The connection to a Mosaic, over MCP: started or joined, or far away; made anew when it has ended."""

from __future__ import annotations

import importlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO, cast

import anyio
import anyio.to_thread

from mosaic_hookspecs.encode import to_json_data
from mosaic_hookspecs.errors import InputError, Unavailable

from .patience import patiently

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

    from .connection import Connection
    from .links import Link

_CLOSE_SECONDS = 10.0


@asynccontextmanager
async def create_mcp_server(  # noqa: PLR0913 - the two ways to a server
    mode: Literal["local", "team"] = "local",
    *,
    directory: str | Path = ".",
    url: str = "",
    token: str = "",
    tiers: Sequence[str] = ("all",),
    environment: Mapping[str, str] | None = None,
    log: TextIO | None = None,
    start_seconds: float = 60.0,
    patience_seconds: float = 0.0,
) -> AsyncIterator[MCPServer]:
    """Connect to a Mosaic for as long as the context lasts, under trio or asyncio.

    Args:
        mode: ``local``: the system that runs for `directory`, or else one that is started here, and ends with
            the context; what is stored stays. ``team``: the one that serves at `url`, with its `token`.
        directory: the project.
        url: the address of its MCP endpoint.
        token: the bearer token.
        tiers: the sets of tools to open.
        environment: variables for the process that is started, beside this one's.
        log: an open file for what that process logs; its end is in the errors in any case.
        start_seconds: how long connecting may take.
        patience_seconds: how long to try again, if it is not there yet.

    Raises:
        Unavailable: it could not be reached. InputError: `mode` and the rest do not fit.
    """
    link = await _link(mode, str(directory), url, token, tiers, environment, log)
    async with anyio_group() as group:
        server = MCPServer(group, link, start_seconds)
        try:
            await patiently(server.connect, patience_seconds)
            yield server
        finally:
            with anyio.move_on_after(_CLOSE_SECONDS, shield=True):
                await server.close()
            group.cancel_scope.cancel()
            link.close()


class MCPServer:
    """A connection to a Mosaic; `create_mcp_server` makes it. Any number of tasks may use it at once.

    Cancelling a call cancels what it asked for. A call whose connection ended raises `Unavailable` (code
    ``connection-ended``), and the next one connects anew.
    """

    def __init__(self, group: TaskGroup, link: Link, start_seconds: float) -> None:
        self._group = group
        self._link = link
        self._start_seconds = start_seconds
        self._connecting = anyio.Lock()
        self._connection: Connection | None = None

    @property
    def where(self) -> str:
        """The directory or the address."""
        return self._link.where

    async def connect(self) -> None:
        """Connect, if that is not so. Raises `Unavailable`."""
        await self._connected()

    async def close(self) -> None:
        """End the connection. The next call would connect anew."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def call(self, tool: str, /, **arguments: Any) -> Any:
        """Call a tool, by the name of its operation or its own (``run.show``, ``run_show``).

        Returns:
            What the operation answers, as data.

        Raises:
            MosaicError: of the kind, and with the fields, that the operation raised.
        """
        name = tool.replace(".", "_")
        result = await (await self._connected()).call(name, to_json_data(arguments))
        if result.structured_content is not None:
            return result.structured_content
        text = "\n".join(str(getattr(block, "text", "")) for block in result.content)
        try:
            return json.loads(text)
        except ValueError:
            return text

    async def read(self, uri: str) -> Any:
        """Return what is at an address such as ``mosaic://runs``: data if it is JSON, else text."""
        result = await (await self._connected()).read(uri)
        part = result.contents[0]
        text = str(getattr(part, "text", ""))
        return json.loads(text) if part.mime_type == "application/json" else text

    async def prompt(self, name: str, /, **arguments: str) -> str:
        """Return the text of a prompt such as ``take_next_task``."""
        result = await (await self._connected()).prompt(name, arguments)
        return "\n\n".join(str(getattr(message.content, "text", "")) for message in result.messages)

    async def tools(self) -> Sequence[str]:
        """Return the names of the tools that are offered."""
        return await (await self._connected()).tools()

    async def _connected(self) -> Connection:
        async with self._connecting:
            if self._connection is None or self._connection.has_ended:
                from .connection import Connection

                self._connection = Connection(self._link)
                self._group.start_soon(self._connection.live)
            connection = self._connection
            with anyio.move_on_after(self._start_seconds):
                await connection.ready()
                return connection
            await self.close()
        raise Unavailable(
            "not-connected",
            f"Mosaic did not answer ({self.where})",
            expected=f"an answer within {self._start_seconds:g} s",
            got=self._link.said(),
            hint="See that it runs, or give it more time with start_seconds.",
        )


@asynccontextmanager
async def anyio_group() -> AsyncIterator[TaskGroup]:
    """Open a task group that raises what its body raised, and not a group of it."""
    try:
        async with anyio.create_task_group() as group:
            yield group
    except BaseExceptionGroup as errors:
        if len(errors.exceptions) == 1:
            only = errors.exceptions[0]
            raise only from only.__cause__
        raise


async def _link(  # noqa: PLR0913 - the two ways to a server
    mode: str,
    directory: str,
    url: str,
    token: str,
    tiers: Sequence[str],
    environment: Mapping[str, str] | None,
    log: TextIO | None,
) -> Link:
    if mode == "local" and not url:
        path = await anyio.Path(directory).absolute()
        if not await path.is_dir():
            raise InputError("no-directory", "there is no such directory", where="directory", got=str(path))
        links = await anyio.to_thread.run_sync(_links)
        return cast("Link", links.process_link(str(path), tiers, environment or {}, log))
    if mode == "team" and url:
        links = await anyio.to_thread.run_sync(_links)
        return cast("Link", links.address_link(url, token, tiers))
    raise InputError(
        "bad-mode",
        "this does not say which Mosaic to connect to",
        where="mode",
        expected='"local" with a directory, or "team" with a url',
        got=f"{mode!r}{' with a url' if url else ' without a url'}",
    )


def _links() -> Any:
    """Import the SDK, which takes more than a second, and so is done in a thread."""
    try:
        importlib.import_module(".connection", __package__)
        return importlib.import_module(".links", __package__)
    except ImportError as error:
        raise Unavailable(
            "no-sdk", "the MCP SDK is not installed", got=str(error), hint="pip install 'mosaic-stack[tony]'"
        ) from None
