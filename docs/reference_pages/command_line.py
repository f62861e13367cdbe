"""Every command, from click itself."""

import inspect

import click

from mosaic_cli.main import COMMANDS, EPILOG, mosaic

from .markdown import HEAD, table


def page() -> str:
    parts = [HEAD, f"# Command line\n\n{EPILOG}\n\n"]
    context = click.Context(mosaic, info_name="mosaic")
    for name in sorted(COMMANDS):
        command = mosaic.get_command(context, name)
        assert command is not None
        parts.append(_describe(command, click.Context(command, info_name=name, parent=context)))
    return "".join(parts)


def _describe(command: click.Command, context: click.Context) -> str:
    usage = command.get_usage(context).removeprefix("Usage: ")
    text = f"## `{context.command_path}`\n\n```\n{' '.join(usage.split())}\n```\n\n"
    help_ = inspect.cleandoc(command.help or "").replace("\b\n", "")
    first, _, rest = help_.partition("\n\n")
    text += f"{first}\n\n"
    if rest:
        text += "".join(f"    {line}\n" if line else "\n" for line in rest.splitlines()) + "\n"
    rows = [record for parameter in command.params if (record := parameter.get_help_record(context))]
    if rows:
        text += table(["option", ""], [[f"`{name}`", about] for name, about in rows])
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            text += _describe(inner, click.Context(inner, info_name=name, parent=context)).replace(
                "## ", "### ", 1
            )
    return text
