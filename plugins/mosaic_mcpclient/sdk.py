"""The official SDK: loaded when a server is first used, in a thread, since it takes more than a second; and
what it logs, which quotes servers, told as Mosaic's log tells.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import trio

from mosaic_hookspecs import Log

from .neutral import one_line

_MODULES = ("mcp.client.client", "mcp.client.streamable_http", "mcp.client.session")
_LOGGERS = ("mcp.client", "mcp.shared", "client")
_SHOWN = 300


async def load_sdk() -> None:
    """Have it imported."""
    await trio.to_thread.run_sync(_import)


def _import() -> None:
    for name in _MODULES:
        importlib.import_module(name)


class _Handler(logging.Handler):
    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        # What went wrong is in the error of the call too: this is for who looks closer.
        self._log.debug("mcpclient.sdk", message=one_line(record.getMessage(), _SHOWN), logger=record.name)


@contextmanager
def sdk_log(log: Log) -> Iterator[None]:
    """Tell `log` what the SDK's client logs, for as long as the context lasts."""
    handler = _Handler(log)
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
