"""How a configured server is reached: a program's pipes, or an address; and which secrets go along."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import attrs

from mosaic_hookspecs import secret_values

from .child import Child, child_environment
from .configuration import Config, ServerEntry
from .over_http import filled_headers, over_http
from .over_stdio import StdioLimits, over_stdio

_SHORTEST_SECRET = 6


@attrs.frozen(kw_only=True)
class Link:
    """What the SDK's client connects with. `secrets` are taken out of what comes back."""

    transport: AbstractAsyncContextManager[Any]
    secrets: frozenset[bytes] = frozenset()


def link_to(entry: ServerEntry, config: Config, directory: Path, told: Callable[[str, str], None]) -> Link:
    """Return the link to a server; nothing is started or connected before it is entered. `told` learns why a
    program speaks no more.

    Raises:
        Unavailable: a variable that a header needs is not set.
    """
    if entry.url:
        headers = filled_headers(entry.headers)
        words = [word.encode() for text in headers.values() for word in text.split()[-1:]]
        secrets = frozenset(word for word in words if len(word) >= _SHORTEST_SECRET)
        transport = over_http(entry.url, headers, config.message_bytes, entry.start_seconds)
        return Link(transport=transport, secrets=secrets)
    environment = child_environment(entry.environment, entry.inherit)
    own = {name: environment[name] for name in (*entry.environment, *entry.inherit) if name in environment}
    limits = StdioLimits(message_bytes=config.message_bytes, messages_per_second=config.messages_per_second)

    async def start() -> Child:
        return await Child.start(entry.command, environment, directory, config.end_seconds)

    return Link(transport=over_stdio(start, limits, told), secrets=secret_values(own))
