"""The dashboard as a provider of the port ``ui``: its own pages are contributions, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import trio

from mosaic_hookspecs import Context, Contribution

from .own_pages import own_contributions
from .settings import Config


class Dashboard:
    """`mosaic_hookspecs.Interface` that is an ASGI application as well, mounted at the root."""

    asgi_path = "/"

    def __init__(self, context: Context, config: Config) -> None:
        self._context = context
        self._config = config
        self._app: Any = None
        self._making = trio.Lock()

    def contributions(self) -> Sequence[Contribution]:
        """Return the dashboard's own pages, panels, tabs and commands."""
        return own_contributions()

    async def asgi(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request that the plugin http has let in; what that takes is imported with the first."""
        if self._app is None:
            async with self._making:
                if self._app is None:
                    self._app = await trio.to_thread.run_sync(self._made)
        await self._app(scope, receive, send)

    def _made(self) -> Any:
        from .app import make_app

        return make_app(self._context, self._config)
