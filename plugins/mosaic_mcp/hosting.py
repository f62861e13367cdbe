"""The transport of this system that serves applications of other plugins on its port, if there is one.

Such a transport has ``serves_mounts = True``, and a method ``reached``, which returns its address once it
listens and raises `Unavailable` if it does not.
"""

from __future__ import annotations

from typing import Any

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import MosaicError

_CHANGED = "plugin.changed"
_PLAIN = "http://"
_SECONDS = 5.0


class Host:
    """Looks for the host of the moment: it may be reloaded, appear, or go away."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def url(self) -> str:
        """Return where it listens now, without a slash at the end; "" if it does not."""
        provider = self._provider()
        try:
            addresses = provider.addresses if provider is not None else ()
        except MosaicError:
            return ""
        return str(addresses[0]).rstrip("/") if addresses else ""

    async def reached(self) -> str:
        """Return where it listens, as soon as that is known; "" if it does not, or takes only what is
        encrypted: the agents of this machine know nothing of its certificate.
        """
        provider = self._provider()
        if provider is None:
            return ""
        with trio.move_on_after(_SECONDS):
            try:
                url = str(await provider.reached()).rstrip("/")
            except MosaicError:
                return ""
            return url if url.startswith(_PLAIN) else ""
        return ""

    async def until_gone(self) -> None:
        """Return when there is none that listens any more."""
        async with self._context.bus.subscribe(_CHANGED) as notices:
            if not await self.reached():
                return
            async for _ in notices:
                if not await self.reached():
                    return

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
