"""The hookspecs: how plugins provide, declare and observe.

A plugin is a class named by an entry point in the group ``mosaic.plugins``. The kernel makes one
instance a generation, without arguments and without side effects, and calls the hooks that the
instance implements (methods marked with `hookimpl`). A class attribute ``Config`` (an attrs class)
declares its configuration.

Hooks compose the system; nothing calls them on a hot path. The kernel awaits asynchronous hooks
itself, each with its policy and its deadline (see `HOOK_POLICIES`).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import pluggy

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import Refused, Unavailable
from mosaic_hookspecs.operations import InterceptorSpec, Operation
from mosaic_hookspecs.versions import fits

PROJECT = "mosaic"
HOOKS_CONTRACT = "1.2"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class FailurePolicy(enum.Enum):
    """What an exception in a hook does: end the plugin's start, be logged, or be gathered and told."""

    ABORT = "abort"
    SKIP = "skip"
    COLLECT = "collect"


@attrs.frozen(kw_only=True)
class HookPolicy:
    """How the kernel calls a hook. `since` is the first contract version that has it."""

    is_async: bool
    on_failure: FailurePolicy
    since: str = "1.0"


@attrs.frozen(kw_only=True)
class Provision:
    """A provider for a port, as the manifest announced it. `name` is unique in the port."""

    port: str
    name: str
    provider: Any


@attrs.frozen(kw_only=True)
class Health:
    """How a plugin is. `detail` says why it is not well, and what to do."""

    is_well: bool = True
    detail: str = ""


@attrs.frozen(kw_only=True)
class State:
    """What one generation of a plugin hands over to the next: data, never objects of its own classes,
    since those of the next generation are others.

    `version` says how `data` (JSON) is laid out. `resources` holds what only this process can have,
    such as listening sockets, by name: duplicates of what the old generation goes on using (of a socket,
    ``dup``; it shares whether it blocks). Whoever takes one over closes it; what nobody takes over, since the
    hand-over failed, the kernel closes.
    """

    version: int = 1
    data: Any = None
    resources: Mapping[str, Any] = attrs.field(factory=dict)

    def require(self, *versions: int) -> None:
        """Refuse state that this code cannot read.

        Raises:
            Refused: its version is none of these (code ``state-version``).
        """
        if self.version not in versions:
            raise Refused(
                "state-version",
                "the new code cannot read the state of the old",
                expected=f"version {' or '.join(map(str, versions))}",
                got=f"version {self.version}",
                hint="Teach mosaic_import_state that version, or start the system again.",
            )


class Hooks:
    """Every hook, in the order of a plugin's life."""

    @hookspec
    def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Make this plugin's providers (asynchronous: open files, connect).

        What it opens it pushes on the context with `Context.on_cleanup` at once, so that a start that
        fails later leaves nothing behind.
        """
        raise NotImplementedError

    @hookspec
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare operations; each appears in every door. Called after `mosaic_provide`."""
        raise NotImplementedError

    @hookspec
    def mosaic_interceptors(self, context: Context) -> Sequence[InterceptorSpec]:
        """Declare interceptors, which stand around every query and command."""
        raise NotImplementedError

    @hookspec
    def mosaic_validate(self, context: Context) -> None:
        """Check, before anything is served, what the configuration promises (asynchronous): raise
        what is wrong as a `MosaicError` with its hint.
        """
        raise NotImplementedError

    @hookspec
    def mosaic_start(self, context: Context) -> None:
        """Begin to work (asynchronous): every port is filled now. Start lasting work with
        `Context.start_soon` and return.
        """
        raise NotImplementedError

    @hookspec
    def mosaic_health(self, context: Context) -> Health:
        """Say how the plugin is (asynchronous); for ``mosaic doctor``, and before a swap."""
        raise NotImplementedError

    @hookspec
    def mosaic_export_state(self, context: Context) -> State | None:
        """Return what the next generation needs of this one (asynchronous); None: nothing. Called on the
        old generation when the new one is ready to serve. From then until the swap no call is in flight
        on this plugin, but streams and those that move: new ones wait. So it answers at once.
        """
        raise NotImplementedError

    @hookspec
    def mosaic_import_state(self, context: Context, state: State) -> None:
        """Take over what the generation before exported (asynchronous): the last step before the swap.
        Raise `Refused` for state that cannot be read (`State.require`): the old generation serves on.
        """
        raise NotImplementedError

    @hookspec
    def mosaic_drain(self, context: Context) -> None:
        """Take no new work and finish what is in flight (asynchronous); cancelled at the drain
        deadline of the configuration.
        """
        raise NotImplementedError

    @hookspec
    def mosaic_plugin_failed(self, context: Context, plugin: str, error: BaseException) -> None:
        """Learn that another plugin has crashed or could not start."""
        raise NotImplementedError


HOOK_POLICIES: Mapping[str, HookPolicy] = {
    "mosaic_provide": HookPolicy(is_async=True, on_failure=FailurePolicy.ABORT),
    "mosaic_operations": HookPolicy(is_async=False, on_failure=FailurePolicy.ABORT),
    "mosaic_interceptors": HookPolicy(is_async=False, on_failure=FailurePolicy.ABORT),
    "mosaic_validate": HookPolicy(is_async=True, on_failure=FailurePolicy.ABORT),
    "mosaic_start": HookPolicy(is_async=True, on_failure=FailurePolicy.ABORT),
    "mosaic_health": HookPolicy(is_async=True, on_failure=FailurePolicy.COLLECT),
    "mosaic_export_state": HookPolicy(is_async=True, on_failure=FailurePolicy.ABORT, since="1.1"),
    "mosaic_import_state": HookPolicy(is_async=True, on_failure=FailurePolicy.ABORT, since="1.1"),
    "mosaic_drain": HookPolicy(is_async=True, on_failure=FailurePolicy.SKIP),
    "mosaic_plugin_failed": HookPolicy(is_async=False, on_failure=FailurePolicy.SKIP),
}
"""How the kernel calls each hook."""


def require_hooks(contract: str, plugin: str) -> None:
    """Refuse a plugin that is written for hooks that this Mosaic does not have.

    Raises:
        Unavailable: the versions do not fit; both are named.
    """
    if not fits(contract, HOOKS_CONTRACT):
        raise Unavailable(
            "contract-mismatch",
            f"plugin {plugin!r} is written for other hooks than this Mosaic's",
            expected=f"hooks {HOOKS_CONTRACT} or an older {HOOKS_CONTRACT.partition('.')[0]}.x",
            got=f"hooks {contract}",
            hint=f"Upgrade mosaic-stack, or the plugin {plugin!r}.",
        )
