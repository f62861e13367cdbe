"""What the SDK logs, told as Mosaic's log tells: a line, with the place, and no traceback on the screen."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from mosaic_hookspecs.context import Log

_LOGGER = "mcp"
_SHOWN = 500


class _Handler(logging.Handler):
    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        facts = {} if error is None else {"error": error}
        tell = self._log.warning if record.levelno < logging.ERROR else self._log.error
        # A client that leaves in the middle of a request is no fault of anybody.
        if type(error).__name__ in ("ClientDisconnect", "ClosedResourceError"):
            tell = self._log.debug
        tell("mcp.sdk", message=record.getMessage()[:_SHOWN], logger=record.name, **facts)


@contextmanager
def sdk_log(log: Log) -> Iterator[None]:
    """Tell `log` what the SDK logs, for as long as the context lasts."""
    handler = _Handler(log)
    logger = logging.getLogger(_LOGGER)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
