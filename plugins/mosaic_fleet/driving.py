"""Keeps the runs going while workers are registered, where nothing else here does."""

from __future__ import annotations

import trio

from mosaic_hookspecs import Context, MosaicError, NotFound

from .configuration import Config


class Driving:
    """Drives every active run, in the plugin's nursery, for as long as that is wanted.

    `mosaic run` drives by itself, and then this does nothing; a system that `mosaic mcp` started does not.
    """

    def __init__(self, context: Context, config: Config) -> None:
        self._context = context
        self._config = config
        self._scope: trio.CancelScope | None = None

    def keep(self, *, is_wanted: bool) -> None:
        """Begin to drive if that is wanted and nothing here drives; end what was begun if it is not."""
        if not is_wanted:
            if self._scope is not None:
                self._scope.cancel()
        elif self._scope is None and self._config.drives and not self._is_driven():
            self._scope = trio.CancelScope()
            self._context.start_soon(self._drive, self._scope)

    def _is_driven(self) -> bool:
        port = self._context.port("scheduling")
        return bool(port.names()) and bool(getattr(port.get(), "is_driving", False))

    async def _drive(self, scope: trio.CancelScope) -> None:
        try:
            with scope:
                await self._context.dispatch("run.drive", {"run_id": ""})
        except NotFound:
            pass  # it ended, and there is no run to tell of
        except (MosaicError, OSError) as error:
            self._context.log.warning("fleet.drive_ended", error=error)
        finally:
            self._scope = None
