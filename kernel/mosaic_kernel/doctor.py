"""Looks at everything that a run depends on, and says what is not well and what cures it."""

from __future__ import annotations

import platform
import shutil
import subprocess
from collections.abc import Callable, Sequence
from typing import Literal

import trio

from mosaic_hookspecs.errors import InputError, MosaicError
from mosaic_hookspecs.hooks import Health

from .lifecycle import Lifecycle
from .own_records import DoctorCheck
from .reloading.live_layer import hidden
from .runtime import Runtime
from .selection import doubtful_names
from .slots import PluginState, Slot

_QUIET = (PluginState.UNUSED, PluginState.DISABLED, PluginState.DENIED)
_MIN_GIT = (2, 38)  # the first that merges without a working tree


async def examine(
    runtime: Runtime, lifecycle: Lifecycle, errors: Sequence[MosaicError], reread: Callable[[], object]
) -> list[DoctorCheck]:
    """Return one check for each thing that was looked at; `reread` reads the configuration as it is now, and
    raises what is wrong with it.
    """
    checks = [DoctorCheck(name="python", state="well", detail=platform.python_version()), _sqlite()]
    checks.append(await _git(runtime.configuration.kernel.health_seconds))
    checks += [
        DoctorCheck(name="configuration", state="ill", detail=str(error), cure=error.hint) for error in errors
    ]
    if not errors:
        checks.append(_configuration(reread))
    checks += [
        DoctorCheck(name="configuration", state="notice", detail=str(doubt.what), cure=doubt.hint)
        for doubt in (
            *doubtful_names(runtime.slots, runtime.configuration, runtime.loaded.layers),
            *hidden(runtime.loaded.layers),
        )
    ]
    for _, slot in sorted(runtime.slots.items()):
        checks.append(await _plugin(lifecycle, slot))
    return checks


def _configuration(reread: Callable[[], object]) -> DoctorCheck:
    try:
        reread()
    except InputError as error:
        detail = f"what is in force has no mistakes; what is written now has: {error}"
        cure = error.hint or "Mend it: the next start would fail."
        return DoctorCheck(name="configuration", state="ill", detail=detail, cure=cure)
    return DoctorCheck(name="configuration", state="well", detail="no mistakes")


def _sqlite() -> DoctorCheck:
    import sqlite3

    return DoctorCheck(name="sqlite", state="well", detail=sqlite3.sqlite_version)


async def _git(seconds: float) -> DoctorCheck:
    cure = "Install git 2.38 or newer to work on repositories."
    program = shutil.which("git")
    if program is None:
        return DoctorCheck(name="git", state="notice", detail="git is not installed", cure=cure)
    try:
        with trio.fail_after(seconds):
            done = await trio.run_process(
                [program, "--version"], capture_stdout=True, stderr=subprocess.DEVNULL
            )
    except (OSError, trio.TooSlowError, subprocess.CalledProcessError) as error:
        return DoctorCheck(name="git", state="ill", detail=f"git does not answer: {error}", cure=cure)
    # "git version 2.39.5", and more behind it on some systems.
    version = [*done.stdout.decode(errors="replace").split(), "", "", ""][2]
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers < _MIN_GIT:
        return DoctorCheck(name="git", state="ill", detail=version, cure=cure)
    return DoctorCheck(name="git", state="well", detail=version)


async def _plugin(lifecycle: Lifecycle, slot: Slot) -> DoctorCheck:
    name = f"plugin {slot.name}"
    if slot.state is PluginState.RUNNING:
        try:
            health = (await lifecycle.health(slot.generation) if slot.generation else None) or Health()
        except Exception as error:  # noqa: BLE001 - a plugin's boundary: the policy is to collect
            return DoctorCheck(name=name, state="ill", detail=f"{type(error).__name__}: {error}")
        if health.is_well and slot.held_back:
            return DoctorCheck(name=name, state="notice", detail=f"running as before: {slot.held_back}")
        if health.is_well and slot.faults.total:
            return _faults(name, slot)
        return DoctorCheck(
            name=name, state="well" if health.is_well else "ill", detail=health.detail or "running"
        )
    if slot.state in (PluginState.CHOSEN, *_QUIET):
        detail = slot.detail or "not started"
        return DoctorCheck(name=name, state="well", detail=f"{slot.state.value}: {detail}")
    state: Literal["notice", "ill"] = "notice" if slot.state is PluginState.UNAVAILABLE else "ill"
    return DoctorCheck(name=name, state=state, detail=f"{slot.state.value}: {slot.detail}", cure=slot.hint)


def _faults(name: str, slot: Slot) -> DoctorCheck:
    newest = slot.faults.newest[-1]
    return DoctorCheck(
        name=name,
        state="notice",
        detail=f"running, after {slot.faults.total} faults; the last, in {newest.doing}: {newest.what}",
        cure=f"Mend it, and `mosaic plugins reload {slot.name}`.",
    )
