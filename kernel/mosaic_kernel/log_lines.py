"""Structured log lines: an event that is a constant, and facts as key-values.

Writes to one stream, as console lines or JSON lines. Keeps no state that two kernels share.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from mosaic_hookspecs.context import Clock

from .failures import cause_of, place_of
from .redaction import redact

LEVELS: Mapping[str, int] = {"debug": 10, "info": 20, "warning": 30, "error": 40, "off": 99}


class Stream(Protocol):
    """What log lines are written to."""

    def write(self, text: str, /) -> Any:
        """Write a text."""


class LogSink:
    """Where the lines of one kernel go: `level` and `is_json` may be set at any time."""

    def __init__(self, clock: Clock, stream: Stream | None = None) -> None:
        self.clock = clock
        self.level = LEVELS["warning"]
        self.is_json = False
        self._stream = stream

    def write(self, level: str, plugin: str, event: str, facts: Mapping[str, Any]) -> None:
        """Write one line. A stream that cannot be written to loses it."""
        moment = datetime.fromtimestamp(self.clock.now() / 1000, tz=UTC)
        shown = {key: _plain(redact(key, value)) for key, value in facts.items()}
        if self.is_json:
            record = {
                "time": moment.isoformat(timespec="milliseconds"),
                "level": level,
                "plugin": plugin,
                "event": event,
            }
            line = json.dumps({**shown, **record}, default=str, ensure_ascii=False)
            if not line.isprintable():  # as below
                line = json.dumps({**shown, **record}, default=str)
        else:
            pairs = "".join(f" {key}={_quote(value)}" for key, value in shown.items())
            line = f"{moment:%H:%M:%S} {level:<7} {plugin} {event}{pairs}"
        try:
            # Looked up at each line: programs and tests replace sys.stderr.
            (self._stream or sys.stderr).write(line + "\n")
        except (OSError, ValueError):
            return


class Logger:
    """A logger of one plugin generation; immutable, `bind` returns a new one."""

    __slots__ = ("_facts", "_plugin", "_sink")

    def __init__(self, sink: LogSink, plugin: str, facts: Mapping[str, Any] | None = None) -> None:
        self._sink = sink
        self._plugin = plugin
        self._facts = dict(facts or {})

    def bind(self, **facts: Any) -> Logger:
        """Return a logger that adds these facts to every line."""
        return Logger(self._sink, self._plugin, {**self._facts, **facts})

    def named(self, plugin: str) -> Logger:
        """Return the logger of a plugin, without these facts."""
        return Logger(self._sink, plugin)

    def debug(self, event: str, **facts: Any) -> None:
        """Log what only a developer wants to know."""
        self._write("debug", event, facts)

    def info(self, event: str, **facts: Any) -> None:
        """Log what happened."""
        self._write("info", event, facts)

    def warning(self, event: str, **facts: Any) -> None:
        """Log what somebody should look at."""
        self._write("warning", event, facts)

    def error(self, event: str, **facts: Any) -> None:
        """Log what failed; ``error=exception`` adds where."""
        self._write("error", event, facts)

    def _write(self, level: str, event: str, facts: Mapping[str, Any]) -> None:
        if LEVELS[level] >= self._sink.level:
            self._sink.write(level, self._plugin, event, {**self._facts, **facts})


def _plain(value: Any) -> Any:
    if isinstance(value, BaseException):
        value = cause_of(value)
        return f"{type(value).__name__}: {value}{place_of(value)}"
    if value is None or isinstance(value, str | int | float | bool | list | dict):
        return value
    return str(value)


def _quote(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    is_simple = bool(text) and text.isprintable() and not any(sign in text for sign in ' "=')
    # What a terminal would act on (C1 controls, direction overrides) is written in ASCII.
    return text if is_simple else json.dumps(text, ensure_ascii=not text.isprintable())
