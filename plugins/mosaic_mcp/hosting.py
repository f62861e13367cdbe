"""The transport of this system that serves applications of other plugins on its port, if there is one.

Such a transport has ``serves_mounts = True``, and a method ``reached``, which returns the address at which
programs of this machine reach it, once it listens, and raises `Unavailable` if it does not. Its requests have
the extension of ASGI ``mosaic.end``, see `mounted`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import MosaicError

_SECONDS = 5.0


class Host:
    """Looks for the host of the moment: it may be reloaded, appear, or go away."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def urls(self) -> Sequence[str]:
        """Return where it listens now, without slashes at the end."""
        provider = self._provider()
        try:
            return [str(url).rstrip("/") for url in provider.addresses] if provider is not None else ()
        except MosaicError:
            return ()

    async def reached(self) -> str:
        """Return where it is reached, without a slash at the end, as soon as that is known; "" if it is not."""
        provider = self._provider()
        if provider is not None:
            with trio.move_on_after(_SECONDS):
                try:
                    return str(await provider.reached()).rstrip("/")
                except MosaicError:
                    return ""
        return ""

    def _provider(self) -> Any:
        port = self._context.port("transport")
        for name in port.names():
            try:
                provider = port.get(name)
                # Whatever a provider in another process answers, it cannot serve an application of this one.
                if provider.serves_mounts is True:
                    return provider
            except (AttributeError, MosaicError):
                continue
        return None
