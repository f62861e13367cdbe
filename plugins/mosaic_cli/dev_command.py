"""``mosaic dev``: a plugin project in a kernel that serves, reloaded whenever one of its files is saved."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from .opening import show_door
from .session import Session, session_options

if TYPE_CHECKING:
    from mosaic_kernel import Kernel

    from .plugin_project import PluginProject

_INTERRUPTED = 130
_SERVED = "profile.served"
_LISTEN_SECONDS = 1.0


@click.command()
@click.argument("path", default=".")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@session_options
def dev(session: Session, *, path: str, targets: tuple[str, ...]) -> None:
    """Run the plugin project in PATH, and reload it whenever you save.

    It need not be installed; its own mosaic.yaml counts, and it fills the ports that it provides. Each
    TARGET is run as `mosaic run` would. Ctrl-C ends it. Where saved code fails, the code before it serves on.
    """
    from .dev_log import DevLog
    from .files import read_text
    from .plugin_project import PluginProject

    texts = {target: read_text(target, session.directory) for target in targets}
    session.directory = session.directory / path
    project = PluginProject.read(session.directory)
    project.make_discoverable()

    async def ports_of(kernel: Kernel) -> Mapping[str, Any]:
        return kernel.configuration.ports

    configured = session.run(ports_of, starts_plugins=False)
    sys.exit(
        session.run(
            lambda kernel: _serve(session, kernel, project, texts),
            _settings(project, configured),
            is_tolerant=True,
            serves=True,
            log_stream=DevLog(is_chatty=session.is_verbose, as_json=session.as_json),
        )
    )


def _settings(project: PluginProject, configured: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings by which the project is watched, and fills the ports that it provides."""
    from mosaic_hookspecs.ports import PORTS

    settings: dict[str, Any] = {
        "plugins.watch.code": True,
        "plugins.watch.config": True,
        "plugins.watch.packages": True,
        "plugins.watch.when": "always",
        "plugins.watch.only": list(project.targets),
        "kernel.log_level": "info",
        "kernel.log_format": "json",
    }
    for port, names in project.provided().items():
        now = list(configured.get(port, ()))
        spec = PORTS.get(port)
        if spec is None or set(names) <= set(now):
            continue
        if not spec.allows_many:
            settings[f"ports.{port}"] = names[:1]
        elif now:  # a port that is not configured takes all there are
            settings[f"ports.{port}"] = [*now, *(name for name in names if name not in now)]
    return settings


async def _serve(session: Session, kernel: Kernel, project: PluginProject, texts: Mapping[str, str]) -> int:
    import signal

    import trio

    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_live, session, kernel, project, texts)
            async for _ in signals:
                nursery.cancel_scope.cancel()
                break
    return _INTERRUPTED


async def _live(session: Session, kernel: Kernel, project: PluginProject, texts: Mapping[str, str]) -> None:
    await _require_watching(kernel)
    await _introduce(kernel, project)
    # No browser is opened: who writes a plugin starts this again and again.
    await show_door(session, kernel, opens=False)
    kernel.bus.publish(_SERVED, None)
    for target, text in texts.items():
        await _run(kernel, target, text)


async def _require_watching(kernel: Kernel) -> None:
    from mosaic_hookspecs.errors import Unavailable

    found = await kernel.dispatch("plugins.info", {"name": "watch"})
    if found.state != "running":
        raise Unavailable("not-watching", "nothing can be watched", got=found.detail, hint=found.cure)


async def _introduce(kernel: Kernel, project: PluginProject) -> None:
    """Say how each plugin of the project stands, and where it listens."""
    import trio
    import trio.testing

    from mosaic_hookspecs.errors import Unavailable

    from .terminal_text import inert

    for name in project.targets:
        found = await kernel.dispatch("plugins.info", {"name": name})
        if found.state == "running":
            what = [*found.provides, *(f"operation {one}" for one in found.operations)]
            click.echo(
                inert(f"{name}: generation {found.generation} runs ({', '.join(what) or 'nothing yet'})")
            )
        elif found.state == "failed":
            click.echo(inert(f"{name}: failed: {found.detail}"))
        else:
            hint = f"{found.cure} Then start `mosaic dev` again.".strip()
            raise Unavailable("not-running", f"{name} is {found.state}", got=found.detail, hint=hint)
    with trio.move_on_after(_LISTEN_SECONDS):
        await trio.testing.wait_all_tasks_blocked()  # transports have begun to listen by then
    port = kernel.port("transport")
    for name in set(port.names()) & set(project.provided().get("transport", ())):
        for address in port.get(name).addresses:
            click.echo(inert(f"{name}: serves at {address}"))
    click.echo(f"Watching {project.directory}; Ctrl-C ends it.", err=True)


async def _run(kernel: Kernel, target: str, text: str) -> None:
    """Run one target, with a line a change. Where that fails, say why, and go on watching: the plugin that is
    being written may be what failed, and is about to be mended.
    """
    from .terminal_text import inert

    run_id = ""
    try:
        created = await kernel.dispatch("run.create", {"target": target, "text": text})
        run_id = created.run_id
        await _drive(kernel, target, created)
    except Exception as error:  # noqa: BLE001 - a plugin's boundary: a plugin under development runs here
        for line in _lines_of(error):
            click.echo(inert(f"{target}: {line}"), err=True)
        again = (
            f"`mosaic call run.drive run_id={run_id} -C {kernel.project_directory}` goes on with it"
            if run_id
            else "start `mosaic dev` again"
        )
        click.echo(
            inert(
                f"{target}: did not run to its end, and is not tried again by itself. Still watching; "
                f"mend it, and {again}."
            ),
            err=True,
        )


def _lines_of(error: Exception) -> Iterator[str]:
    """Yield what went wrong, a line an error, each with the place where it is from."""
    from mosaic_hookspecs.errors import MosaicError

    if isinstance(error, ExceptionGroup):
        for inner in error.exceptions:
            yield from _lines_of(inner)
        return
    if isinstance(error, MosaicError):
        for one in getattr(error, "others", ()) or (error,):
            yield " ".join(str(one).split())
        return
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f" ({frame.tb_frame.f_code.co_filename}:{frame.tb_lineno})" if frame is not None else ""
    yield f"{type(error).__name__}: {error}{where}"


async def _drive(kernel: Kernel, target: str, created: Any) -> None:
    """Drive the run of one target, with a line a change."""
    import trio

    from .plain_view import print_line
    from .watching import gather, watch

    progress, cursor = await gather(kernel, created)
    async with trio.open_nursery() as nursery:
        await nursery.start(
            watch, kernel, created.run_id, cursor, progress, lambda line: print_line(progress, line)
        )
        await kernel.dispatch("run.drive", {"run_id": created.run_id})
        nursery.cancel_scope.cancel()
    view = await kernel.dispatch("run.show", {"run_id": created.run_id})
    click.echo(f"{target}: {view.result}")
