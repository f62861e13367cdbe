"""``mosaic run``: from a target to verified work, shown while it happens."""

from __future__ import annotations

import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from .coding_agents import agent_option, agent_settings, needing_programs
from .opening import show_door
from .session import Session, echo_json, session_options

if TYPE_CHECKING:
    from mosaic_kernel import Kernel

    from .progress import Progress

INTERRUPTED = 130
SERVED = "profile.served"
WATCH_ALL: Mapping[str, Any] = {
    "plugins.watch.code": True,
    "plugins.watch.config": True,
    "plugins.watch.packages": True,
    "plugins.watch.when": "always",
}


@click.command()
@click.argument("target", required=False)
@click.option("--goal", metavar="TEXT", help="Say in a sentence what to build.")
@click.option(
    "--resume", is_flag=True, help="Go on with a run: TARGET names it; else the newest unfinished one."
)
@click.option("--into", metavar="DIR", default="", help="Directory of the repository to work in.")
@click.option("--branch", default="", help="Branch to publish the result on.")
@click.option("--workspace", default="", help="Workspace provider: git or directory.")
@click.option("--input", "inputs", multiple=True, metavar="KEY=VALUE", help="Give a workflow an input.")
@click.option("--project", default="", help="Project that the run belongs to.")
@agent_option
@click.option("--parallel", type=click.IntRange(1, 1024), help="Attempts that this command makes at once.")
@click.option("--budget-tokens", type=click.IntRange(1), help="Stop when this many tokens are spent.")
@click.option(
    "--budget-money", type=click.FloatRange(min=0, min_open=True), help="Stop at this many US dollars."
)
@click.option("--plain", is_flag=True, help="Print plain lines on a terminal, too.")
@click.option("--watch", is_flag=True, help="Reload what changes: code, configuration and packages.")
@click.option(
    "--open/--no-open",
    "opens",
    default=None,
    help="Open the browser to watch it.  [default: on a terminal of this machine's own screen]",
)
@session_options
def run(session: Session, *, target: str | None, goal: str | None, resume: bool, **options: Any) -> None:
    """Run a goal, a PRD (.md), a plan (.json) or a workflow (.yaml) to verified work.

    \b
    mosaic run --goal "Build a REST API for a bookshop with books, authors and orders"
    mosaic run PRD.md --into shop
    mosaic run PRD.md --into shop --agent claude
    mosaic run checks.yaml --input python=3.12
    mosaic run --resume

    Without a target, serves the profile until it is interrupted.
    """  # noqa: D301 - click wants the character itself
    if goal is not None and not goal.strip():
        raise click.UsageError("--goal is empty; say in a sentence what to build.")
    if goal and target:
        raise click.UsageError("Give a target or --goal, not both.")
    if goal and resume:
        raise click.UsageError("--resume goes on with a run as it is; leave --goal out.")
    extra = {"plugins.engine.parallelism": options["parallel"]} if options["parallel"] else {}
    if options["watch"]:
        extra |= WATCH_ALL
    extra |= agent_settings(options["agents"], options["parallel"])
    if resume:
        body = _watched(session, options, lambda kernel: _resumed(kernel, target or "", _budget(options)))
    elif goal or target:
        request = _request(session, target or "", goal or "", options)
        body = _watched(session, options, lambda kernel: _created(kernel, request))
    else:
        body = _serve(session, opens=options["opens"])
    if options["watch"]:
        body = _watching_files(body)
    if options["agents"]:
        body = needing_programs(options["agents"], body)
    sys.exit(session.run(body, extra, serves=True))


def _watching_files(body: Callable[[Kernel], Awaitable[int]]) -> Callable[[Kernel], Awaitable[int]]:
    """Return `body`, made to refuse a kernel that cannot watch, since that was asked for."""

    async def checked(kernel: Kernel) -> int:
        from mosaic_hookspecs.errors import Unavailable

        found = await kernel.dispatch("plugins.info", {"name": "watch"})
        if found.state != "running":
            raise Unavailable(
                "not-watching", "nothing can be watched", where="--watch", got=found.detail, hint=found.cure
            )
        return await body(kernel)

    return checked


def _request(session: Session, target: str, goal: str, options: Mapping[str, Any]) -> dict[str, Any]:
    from mosaic_hookspecs.errors import InputError

    from .files import read_text

    inputs: dict[str, Any] = {}
    for item in options["inputs"]:
        key, equals, value = item.partition("=")
        if not equals or not key:
            raise InputError("bad-input", "not an input", where="--input", expected="KEY=VALUE", got=item)
        inputs[key] = value
    settings = {key: options[key] for key in ("branch", "workspace") if options[key]}
    if options["into"]:
        settings["repository"] = str((session.directory / options["into"]).resolve())
    request: dict[str, Any] = {"inputs": inputs, "settings": settings}
    request |= _budget(options)
    if options["project"]:
        request["project"] = options["project"]
    if goal:
        return {"goal": goal, **request}
    return {"target": target, "text": read_text(target, session.directory), **request}


def _budget(options: Mapping[str, Any]) -> dict[str, Any]:
    budget = {"tokens": options["budget_tokens"], "money": options["budget_money"]}
    return {"budget": budget} if any(budget.values()) else {}


async def _created(kernel: Kernel, request: Mapping[str, Any]) -> Any:
    return await kernel.dispatch("run.create", dict(request))


async def _resumed(kernel: Kernel, run_id: str, budget: Mapping[str, Any]) -> Any:
    """Find the run to go on with, and let it go on if it was paused or cancelled."""
    from mosaic_hookspecs.errors import InputError

    if run_id:
        found = await kernel.dispatch("run.show", {"run_id": run_id})
    else:
        newest = await kernel.dispatch("run.list", {"limit": 100})
        unfinished = [one for one in newest.items if one.state != "finished"]
        if not unfinished:
            raise InputError("nothing-to-resume", "no run is unfinished", hint="`mosaic runs` lists them all.")
        found = unfinished[0]
    if found.state in ("paused", "exhausted", "cancelled"):
        found = await kernel.dispatch("run.resume", {"run_id": found.run_id, **budget})
    return found


def _watched(
    session: Session, options: Mapping[str, Any], begin: Callable[[Kernel], Awaitable[Any]]
) -> Callable[[Kernel], Awaitable[int]]:
    """Return a body that drives the run which `begin` returns, and shows it."""

    async def body(kernel: Kernel) -> int:
        import trio

        from mosaic_kernel import to_json_data

        from .notes import notes_on
        from .summary import exit_code, print_summary
        from .watching import gather, watch

        started = time.monotonic()
        await show_door(session, kernel, opens=options["opens"])
        created = await begin(kernel)
        run_id = created.run_id
        progress, cursor = await gather(kernel, created)
        interrupted = False
        with _display(session, progress, plain=options["plain"]) as on_change:
            async with trio.open_nursery() as nursery:
                await nursery.start(watch, kernel, run_id, cursor, progress, on_change)
                interrupted = not await _until_signal(lambda: kernel.dispatch("run.drive", {"run_id": run_id}))
                nursery.cancel_scope.cancel()
        view = to_json_data(await kernel.dispatch("run.show", {"run_id": run_id}))
        if session.as_json:
            echo_json(view)
        else:
            shown = view | {"result": "interrupted"} if interrupted else view
            notes = [] if interrupted else await notes_on(kernel, view)
            print_summary(shown, time.monotonic() - started, notes, ends_pages=True)
        if interrupted:
            click.echo("Interrupted. `mosaic run --resume` goes on.", err=True)
        return INTERRUPTED if interrupted else exit_code(view)

    return body


def _serve(session: Session, *, opens: bool | None) -> Callable[[Kernel], Awaitable[int]]:
    async def body(kernel: Kernel) -> int:
        from .serving import telling

        click.echo("Serving the profile; Ctrl-C ends it.", err=True)
        await show_door(session, kernel, opens=opens)
        kernel.bus.publish(SERVED, None)

        async def drive() -> None:
            await kernel.dispatch("run.drive", {"run_id": ""})

        await _until_signal(lambda: telling(kernel, drive, as_json=session.as_json))
        return INTERRUPTED

    return body


async def _until_signal(work: Callable[[], Awaitable[Any]]) -> bool:
    """Await `work`; on SIGINT or SIGTERM cancel it, so that it ends in order. Return whether it ended
    by itself; a second signal ends the process the hard way.
    """
    import signal

    import trio

    finished = False
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with trio.open_nursery() as nursery:

            async def listen() -> None:
                async for _ in signals:
                    nursery.cancel_scope.cancel()
                    return

            nursery.start_soon(listen)
            await work()
            finished = True
            nursery.cancel_scope.cancel()
    return finished


class _display:  # noqa: N801 - a context manager that reads as a function
    """Shows a progress: as a tree on a terminal, as lines elsewhere, not at all beside JSON."""

    def __init__(self, session: Session, progress: Progress, *, plain: bool) -> None:
        self._session = session
        self._progress = progress
        self._live: Any = None
        self._is_live = sys.stdout.isatty() and not plain and not session.as_json

    def __enter__(self) -> Callable[[Any], None]:
        if self._is_live:
            try:
                from rich.console import Console

                from .live_view import live
            except ModuleNotFoundError:
                self._is_live = False
            else:
                self._live = live(self._progress, Console(highlight=False))
                self._live.__enter__()
        return self._changed

    def _changed(self, line: Any) -> None:
        if not self._is_live and not self._session.as_json:
            from .plain_view import print_line

            print_line(self._progress, line)

    def __exit__(self, *reason: object) -> None:
        if self._live is not None:
            self._live.__exit__(*reason)
