"""The options that every command shares, and the kernel that it opens with them."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from mosaic_kernel import Kernel

Result = TypeVar("Result")


class Session:
    """What the shared options say. Opens one kernel for one command."""

    def __init__(  # noqa: PLR0913 - one argument an option
        self,
        *,
        directory: str,
        profile: str,
        settings: tuple[str, ...],
        safe_mode: bool,
        as_json: bool,
        verbose: int,
    ) -> None:
        self.directory = Path(directory).resolve()
        self.as_json = as_json
        self._profile = profile
        self._settings = settings
        self._safe_mode = safe_mode
        self._verbose = verbose

    @property
    def makes_a_kernel(self) -> bool:
        """Whether an option says how a kernel is to be made."""
        return bool(self._profile or self._settings or self._safe_mode)

    @property
    def is_verbose(self) -> bool:
        """Whether more of the log was asked for."""
        return self._verbose > 0

    def kernel(
        self,
        extra: Mapping[str, Any] | None = None,
        *,
        is_tolerant: bool = False,
        starts_plugins: bool = True,
        serves: bool = False,
        log_stream: Any = None,
    ) -> Kernel:
        """Return a kernel as the options say, not started yet; `extra` are further settings, dotted; the
        rest is what `Kernel` takes.
        """
        from mosaic_kernel import Kernel

        settings: dict[str, Any] = dict(extra or {})
        if self._verbose:
            settings["kernel.log_level"] = "info" if self._verbose == 1 else "debug"
        settings |= settings_of(self._settings)
        return Kernel(
            profile=self._profile or None,
            directory=self.directory,
            settings=settings,
            safe_mode=self._safe_mode,
            is_tolerant=is_tolerant,
            starts_plugins=starts_plugins,
            serves=serves,
            log_stream=log_stream,
        )

    def read(self, body: Callable[[Kernel], Awaitable[Result]]) -> Result:
        """Do as `run` does for a `body` that only dispatches queries; without a kernel, where that is
        certain to answer the same.
        """
        if not (self.makes_a_kernel or self._verbose):
            from mosaic_hookspecs.glance import Uncertain
            from mosaic_kernel import at_a_glance

            with contextlib.suppress(Uncertain):
                return at_a_glance(self.directory, body)
        return self.run(body)

    def run(  # noqa: PLR0913 - what `Kernel` takes
        self,
        body: Callable[[Kernel], Awaitable[Result]],
        extra: Mapping[str, Any] | None = None,
        *,
        is_tolerant: bool = False,
        starts_plugins: bool = True,
        serves: bool = False,
        log_stream: Any = None,
    ) -> Result:
        """Open a kernel, await `body` with it, close it, and return what `body` returned."""
        import trio

        async def main() -> Result:
            made = self.kernel(
                extra,
                is_tolerant=is_tolerant,
                starts_plugins=starts_plugins,
                serves=serves,
                log_stream=log_stream,
            )
            async with made as kernel:
                return await body(kernel)

        return trio.run(main)

    def dispatch(
        self,
        operation: str,
        data: Mapping[str, Any] | None = None,
        *,
        is_tolerant: bool = False,
        starts_plugins: bool = True,
    ) -> Any:
        """Carry out one operation in a kernel of its own, and return its output record; the rest is what
        `Kernel` takes.
        """

        async def body(kernel: Kernel) -> Any:
            return await kernel.dispatch(operation, dict(data or {}))

        return self.run(body, is_tolerant=is_tolerant, starts_plugins=starts_plugins)

    def show(self, result: Any, render: Callable[[Any], None]) -> None:
        """Print a result: as JSON if that was asked for, else by `render`."""
        if self.as_json:
            echo_json(result)
        else:
            render(result)


def echo_json(result: Any) -> None:
    """Print a record as JSON, indented, on stdout."""
    from mosaic_kernel import to_json_data

    from .terminal_text import json_text

    click.echo(json_text(to_json_data(result)))


def settings_of(items: Sequence[str], where: str = "--set") -> dict[str, Any]:
    """Return what ``--set KEY=VALUE`` says, by dotted keys; `where` is what an error names instead.

    Raises:
        InputError: one of them is no setting.
    """
    found: dict[str, Any] = {}
    for item in items:
        key, equals, value = item.partition("=")
        if not equals or not key:
            from mosaic_hookspecs.errors import InputError

            raise InputError("bad-setting", "not a setting", where=where, expected="KEY=VALUE", got=item)
        found[key] = _yaml_value(value, where)
    return found


def _yaml_value(text: str, where: str) -> Any:
    from mosaic_kernel import load_yaml

    return load_yaml(text, where).data


_DIRECTORY = click.option(
    "-C",
    "--directory",
    default=".",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False),
    help="Work as if started in DIR.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_OPTIONS = (
    _DIRECTORY,
    click.option("--profile", default="", metavar="NAME", help="Profile to start from.  [default: local]"),
    click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="KEY=VALUE",
        help="Set a configuration key, such as plugins.engine.parallelism=4.",
    ),
    click.option("--safe-mode", is_flag=True, help="Start without third-party plugins."),
    _JSON,
    click.option("-v", "--verbose", count=True, help="Log more to stderr; twice: everything."),
)

SHARED = frozenset({"-C", "--directory", "--profile", "--set", "--safe-mode", "--json", "-v", "--verbose"})
"""How the options that commands share are written."""


def session_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the shared options to a command, which gets a `Session` as its first argument."""
    return _with_options(function, _OPTIONS)


def kernel_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the shared options but --json, which a command does not need whose output is JSON anyway; it gets a
    `Session` as its first argument.
    """
    return _with_options(function, [option for option in _OPTIONS if option is not _JSON])


def _with_options(
    function: Callable[..., Any], options: Sequence[Callable[[Callable[..., Any]], Callable[..., Any]]]
) -> Callable[..., Any]:
    @functools.wraps(function)
    def command(  # noqa: PLR0913 - one argument an option
        *args: Any,
        directory: str,
        profile: str,
        settings: tuple[str, ...],
        safe_mode: bool,
        verbose: int,
        as_json: bool = True,
        **rest: Any,
    ) -> Any:
        session = Session(
            directory=directory,
            profile=profile,
            settings=settings,
            safe_mode=safe_mode,
            as_json=as_json,
            verbose=verbose,
        )
        return function(session, *args, **rest)

    for option in reversed(options):
        command = option(command)
    return command


def system_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add those of the shared options that a command has which opens no kernel, but asks one that runs; it
    gets a `Session` as its first argument.
    """

    @functools.wraps(function)
    def command(*args: Any, directory: str, as_json: bool, **options: Any) -> Any:
        session = Session(
            directory=directory, profile="", settings=(), safe_mode=False, as_json=as_json, verbose=0
        )
        return function(session, *args, **options)

    return _DIRECTORY(_JSON(command))
