"""A click group that imports a command when it is used, and finds those that plugins add."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click

from .terminal_text import inert


class LazyGroup(click.Group):
    """Knows its commands by a static index of ``module:attribute`` and help line.

    Commands of plugins come from their manifests: read without importing the plugin, and only when
    the help is shown or a name is not in the index. A manifest names a command of this group by the
    group's own path and the command's name (``plugins new``); commands that were added in code stay.
    """

    def __init__(
        self,
        *args: Any,
        index: Mapping[str, tuple[str, str]] | None = None,
        path: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._index = dict(index or {})
        self._path = path
        self._plugins: dict[str, tuple[str, str]] | None = None

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every command's name, sorted."""
        return sorted({*self._index, *self.commands, *self._of_plugins()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command; None if there is none of that name."""
        if cmd_name in self.commands:
            return self.commands[cmd_name]
        entry = self._index.get(cmd_name) or self._of_plugins().get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry[0].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise click.ClickException(f"{entry[0]} is not a click command, so `{cmd_name}` cannot run")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, and name the nearest one for a name that there is not."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            from .kept_out import why_kept_out

            reason = why_kept_out(f"{self._path} {args[0]}".strip())
            if reason:
                raise click.UsageError(reason, ctx) from None
            near = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"`{ctx.command_path} --help` lists them."
            raise click.UsageError(f"{error.message} {hint}", ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the index alone."""
        built_in = {name: summary for name, (_, summary) in self._index.items()}
        built_in |= {name: command.get_short_help_str(limit=200) for name, command in self.commands.items()}
        plugins = {inert(name): inert(summary) for name, (_, summary) in self._of_plugins().items()}
        for title, rows in (("Commands", built_in), ("Commands of plugins", plugins)):
            if rows:
                with formatter.section(title):
                    formatter.write_dl(sorted(rows.items()))

    def _of_plugins(self) -> dict[str, tuple[str, str]]:
        if self._plugins is None:
            from .plugin_index import plugin_commands

            prefix = f"{self._path} " if self._path else ""
            self._plugins = {}
            for name, entry in plugin_commands().items():
                inner = name.removeprefix(prefix)
                is_own = name.startswith(prefix) and " " not in inner
                if is_own and inner not in self._index and inner not in self.commands:
                    self._plugins[inner] = entry
        return self._plugins
