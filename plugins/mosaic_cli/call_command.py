"""``mosaic call``: any operation by its name, of the system that runs or of a kernel of the command's own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from .asking import HINT, answering_system, here_option
from .session import Session, kernel_options, settings_of
from .terminal_text import json_text

if TYPE_CHECKING:
    from mosaic_kernel import Kernel

_COMPLETION_SECONDS = 1.0


def _operations(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Complete the name of an operation, if a system runs that can be asked at once."""
    from mosaic_hookspecs.errors import MosaicError
    from mosaic_kernel import state_directory_of

    from .running_systems import running_systems

    try:
        systems = running_systems(state_directory_of(Path(context.params.get("directory") or ".").resolve()))
        found = systems[-1].ask("operations.list", None, _COMPLETION_SECONDS, hint="") if systems else None
    except (MosaicError, OSError):
        return []
    return [
        CompletionItem(one["name"], help=one["summary"])
        for one in (found or {"operations": ()})["operations"]
        if one["name"].startswith(begun)
    ]


@click.command()
@click.argument("operation", shell_complete=_operations)
@click.argument("words", nargs=-1, metavar="[JSON | KEY=VALUE...]")
@click.option("--follow", is_flag=True, help="Follow a stream: one JSON object a line, until Ctrl-C.")
@click.option(
    "--timeout",
    default=300.0,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="How long to wait for an answer of the running system.",
)
@here_option
@kernel_options
def call(  # noqa: PLR0913 - one argument an option
    session: Session, *, operation: str, words: tuple[str, ...], follow: bool, timeout: float, here: bool
) -> None:
    """Carry out OPERATION, and print its output as JSON.

    \b
    mosaic call operations.list
    mosaic call plugins.info name=engine
    mosaic call run.list '{"limit": 3}'
    mosaic call event.follow after=0 --follow
    """  # noqa: D301 - click wants the character itself
    data = _input(words)
    system = answering_system(session, here=here)
    if follow:
        if system is not None:
            for item in system.follow(operation, data, hint=HINT):
                _print(item)
        else:
            session.run(lambda kernel: _follow(kernel, operation, data))
    elif system is not None:
        click.echo(json_text(system.ask(operation, data, timeout, hint=f"Give it more --timeout. {HINT}")))
    else:
        from mosaic_kernel import to_json_data

        click.echo(json_text(to_json_data(session.dispatch(operation, data))))


def _input(words: Sequence[str]) -> dict[str, Any]:
    """Return what the words say: one JSON object, or values by dotted keys.

    Raises:
        InputError: they say neither.
    """
    from mosaic_hookspecs.errors import InputError

    if len(words) == 1 and words[0].lstrip().startswith("{"):
        try:
            data: dict[str, Any] = json.loads(words[0])
        except ValueError as error:
            raise InputError("bad-input", "the input is not JSON", where="JSON", got=str(error)) from None
        return data
    data = {}
    for key, value in settings_of(words, where="KEY=VALUE").items():
        *above, last = key.split(".")
        target = data
        for part in above:
            target = target.setdefault(part, {})
            if not isinstance(target, dict):
                raise InputError("bad-input", f"{part!r} is a value and has keys", where=key)
        target[last] = value
    return data


async def _follow(kernel: Kernel, operation: str, data: dict[str, Any]) -> None:
    from contextlib import aclosing

    from mosaic_kernel import to_json_data

    async with aclosing(kernel.follow(operation, data)) as items:
        async for item in items:
            _print(to_json_data(item))


def _print(item: Any) -> None:
    click.echo(json_text(item, indent=None))
