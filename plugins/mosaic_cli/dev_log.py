"""The log of ``mosaic dev``: one line a reload, and of the rest what somebody should look at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from .terminal_text import escaped, inert

_LOUD = frozenset({"warning", "error"})
_PASSED_OVER = frozenset({"plugin.reloaded", "plugin.running"})
_OWN = frozenset({"time", "level", "plugin", "event"})


class DevLog:
    """A stream for the kernel's log lines in JSON. With `is_chatty`, every line is shown."""

    def __init__(self, *, is_chatty: bool = False, as_json: bool = False) -> None:
        self._is_chatty = is_chatty
        self._as_json = as_json

    def write(self, text: str) -> None:
        """Show a line, or leave it out."""
        if self._as_json:
            click.echo(escaped(text), nl=False)
            return
        try:
            line: dict[str, Any] = json.loads(text)
        except ValueError:
            click.echo(inert(text), nl=False, err=True)
            return
        shown = _show(line)
        if shown:
            click.echo(inert(shown))
        elif (self._is_chatty or line["level"] in _LOUD) and line["event"] not in _PASSED_OVER:
            facts = " ".join(f"{key}={value}" for key, value in line.items() if key not in _OWN)
            click.echo(inert(f"{line['level']}: {line['plugin']} {line['event']} {facts}".rstrip()), err=True)


def without_echo(name: str, why: str) -> str:
    """Return why a plugin was not reloaded, without saying again that it was not."""
    return why.replace(f"plugin {name!r} was not reloaded: ", "", 1)


def _show(line: Mapping[str, Any]) -> str:
    """Return what a reload is told as, or "" for another line."""
    if line["event"] == "watch.reloaded":
        return f"{line['name']}: generation {line['generation']} in {line['seconds'] * 1000:.0f} ms"
    if line["event"] == "watch.reload_failed":
        name, why = line.get("name", ""), str(line.get("why", ""))
        return f"{name}: not reloaded: {without_echo(name, why)}"
    if line["event"] == "watch.packages_changed":
        found = [f"{key} {line[key]}" for key in ("added", "changed", "removed") if line.get(key)]
        return f"packages: {', '.join(found)}"
    return ""
