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
from mosaic_hookspecs.operations import InterceptorSpec, Operation

PROJECT = "mosaic"
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
    "mosaic_drain": HookPolicy(is_async=True, on_failure=FailurePolicy.SKIP),
    "mosaic_plugin_failed": HookPolicy(is_async=False, on_failure=FailurePolicy.SKIP),
}
"""How the kernel calls each hook."""
