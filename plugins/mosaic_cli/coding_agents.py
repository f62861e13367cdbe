"""Coding agents that are installed here: which there are, and ``--agent PRESET[:MODEL]`` for one command.

Owns what the option sets, and that the programs are looked for before anything begins. Knows no preset: those
are the headless plugin's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from mosaic_kernel import Kernel

_PLUGIN = "headless"
_ROOM = 2

agent_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--agent",
    "agents",
    multiple=True,
    metavar="PRESET[:MODEL]",
    help="Have a coding agent that is installed do what nobody else does; several share it.",
)


def agent_settings(items: Sequence[str], parallel: int | None) -> dict[str, Any]:
    """Return the settings that make an agent of each item: one for any task, with the user's own login.

    What runs at once is shared among them: a task goes to the first that has room.

    Raises:
        UsageError: an item names no preset, or two are the same.
    """
    agents: dict[str, dict[str, Any]] = {}
    room = _ROOM if parallel is None else -(-parallel // max(1, len(items)))
    for item in items:
        preset, _, model = item.partition(":")
        if not preset or not preset.replace("-", "").replace("_", "").isalnum():
            raise click.UsageError(f"--agent {item!r} names no preset; write PRESET or PRESET:MODEL.")
        if items.count(item) > 1:
            raise click.UsageError(f"--agent {item} is there twice; --parallel has it do more at once.")
        name, number = preset, 2
        while name in agents:
            name, number = f"{preset}-{number}", number + 1
        agents[name] = {"preset": preset, "model": model, "labels": [], "home": "user", "room": room}
    return {
        f"plugins.{_PLUGIN}.agents.{name}.{key}": value
        for name, settings in agents.items()
        for key, value in settings.items()
    }


def needing_programs(
    items: Sequence[str], body: Callable[[Kernel], Awaitable[int]]
) -> Callable[[Kernel], Awaitable[int]]:
    """Return `body`, made to refuse a machine on which an agent's program is missing."""
    presets = {item.partition(":")[0] for item in items}

    async def checked(kernel: Kernel) -> int:
        from mosaic_hookspecs.errors import NotFound, Unavailable

        try:
            found = (await kernel.dispatch("headless.presets")).items
        except NotFound:
            raise Unavailable(
                "no-headless",
                f"the plugin {_PLUGIN}, which runs coding agents, does not run here",
                where="--agent",
                hint=f"`mosaic plugins info {_PLUGIN}` says why.",
            ) from None
        for preset in found:
            if preset.name in presets and not preset.path:
                _refuse(preset, [one.name for one in found if one.path])
        return await body(kernel)

    return checked


def _refuse(preset: Any, here: Sequence[str]) -> None:
    from mosaic_hookspecs.errors import Unavailable

    raise Unavailable(
        "no-program",
        f"{preset.title} is not installed: there is no program {preset.program!r} on the PATH",
        where=f"--agent {preset.name}",
        expected=f"one that is here: {', '.join(here)}" if here else "a coding agent that is installed",
        hint="Install it; `mosaic agents` shows which are found.",
    )


async def find_programs(kernel: Any) -> Sequence[Any]:
    """Return all presets, as data, with where their programs are; none where the plugin does not run. `kernel`
    is one, or dispatches as it does.
    """
    from mosaic_hookspecs.errors import NotFound

    try:
        found: Sequence[Any] = (await kernel.dispatch("headless.presets"))["items"]
    except NotFound:
        return []
    return found


def print_programs(presets: Sequence[Any]) -> None:
    """Print which coding agents are installed, and how one is used."""
    from .tables import print_table
    from .terminal_text import inert

    here = [preset for preset in presets if preset["path"]]
    others = ", ".join(preset["name"] for preset in presets if not preset["path"])
    if here:
        click.echo()
        rows = [[one["name"], one["title"], one["path"], ", ".join(one["agents"])] for one in here]
        print_table(["INSTALLED", "PROGRAM", "PATH", "CONFIGURED"], rows, empty="")
        click.echo(inert(f"\n`mosaic run … --agent {here[0]['name']}` has it do what nobody else does."))
    if others and here:
        click.echo(inert(f"Not on the PATH: {others}"))
    elif others:
        click.echo(inert(f"\nNo coding agent is on the PATH. Any of these would do: {others}."))
        click.echo("`mosaic run … --agent claude` then has it do what nobody else does.")
