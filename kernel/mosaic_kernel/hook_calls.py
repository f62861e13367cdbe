"""Calls hooks: through pluggy, one plugin at a time, awaited here with the policy and the deadline."""

from __future__ import annotations

import inspect
from typing import Any

import pluggy
import trio

from mosaic_hookspecs.errors import InputError, Unavailable
from mosaic_hookspecs.hooks import HOOK_POLICIES, PROJECT, FailurePolicy, Hooks

from .failures import nearest
from .generation import Generation

_DEADLINES = {"mosaic_health": "kernel.health_seconds", "mosaic_drain": "kernel.drain_seconds"}


class _Manager(pluggy.PluginManager):
    """One that looks for hooks where they can be: not among what every object has, which takes longest."""

    def parse_hookimpl_opts(self, plugin: Any, name: str) -> Any:
        return None if name.startswith("__") else super().parse_hookimpl_opts(plugin, name)


def make_manager() -> pluggy.PluginManager:
    """Return a plugin manager that knows Mosaic's hooks."""
    manager = _Manager(PROJECT)
    manager.add_hookspecs(Hooks)
    return manager


def register(manager: pluggy.PluginManager, generation: Generation) -> None:
    """Register a generation's hooks, and the undo of that.

    Raises:
        InputError: an implementation does not fit its hook; the message names both.
    """
    instance, name = generation.instance, generation.name
    for attribute in dir(type(instance)):
        function = getattr(type(instance), attribute, None)
        if not callable(function) or getattr(function, f"{PROJECT}_impl", None) is None:
            continue
        hook = getattr(function, f"{PROJECT}_impl").get("specname") or attribute
        policy = HOOK_POLICIES.get(hook)
        if policy is None:
            raise InputError(
                "unknown-hook",
                f"plugin {name!r} implements {hook!r}, which is no hook",
                expected="one of " + ", ".join(HOOK_POLICIES),
                hint=nearest(hook, HOOK_POLICIES),
            )
        if inspect.iscoroutinefunction(function) is not policy.is_async:
            kind = "async def" if policy.is_async else "def"
            raise InputError(
                "bad-hook", f"plugin {name!r} implements {hook!r} in the wrong way", expected=f"`{kind} {hook}`"
            )
    # Two generations are registered side by side while one takes the other's place.
    registered = f"{name}@{generation.number}"
    try:
        manager.register(instance, name=registered)
    except (pluggy.PluginValidationError, ValueError) as error:
        # Registering is not atomic: what was added before the failure must go.
        if manager.has_plugin(registered):
            manager.unregister(name=registered)
        detail = " ".join(str(error).split())
        raise InputError("bad-hook", f"a hook of plugin {name!r} does not fit: {detail}") from None
    generation.on_cleanup(lambda: manager.unregister(instance))


async def call_hook(
    manager: pluggy.PluginManager, hook: str, generation: Generation, seconds: float, **arguments: Any
) -> Any:
    """Call one hook of one plugin; return what it returned, or None if it does not implement it.

    A hook whose policy is ``skip`` is logged when it fails, and None is returned; otherwise what it
    raises goes on to the caller, which ends the start (abort) or gathers it (collect).

    Raises:
        Unavailable: it took longer than `seconds`.
    """
    policy = HOOK_POLICIES[hook]
    others = [plugin for plugin in manager.get_plugins() if plugin is not generation.instance]
    try:
        results = manager.subset_hook_caller(hook, others)(**arguments)
        result = results[0] if results else None
        if policy.is_async and inspect.isawaitable(result):
            with trio.move_on_after(seconds) as scope:
                result = await result
            if scope.cancelled_caught:
                raise Unavailable(  # noqa: TRY301 - the policy below applies to it too
                    "hook-timeout",
                    f"{hook} of plugin {generation.name!r} did not end in time",
                    expected=f"at most {seconds:g} s",
                    hint=f"Raise {_DEADLINES.get(hook, 'kernel.start_seconds')}, or start without the plugin: "
                    f"plugins.{generation.name}: false.",
                )
    except SystemExit as error:
        # No plugin may end the program, least of all with an exit code that says that all went well.
        ended = Unavailable(
            "plugin-exited",
            f"{hook} of plugin {generation.name!r} asked the whole program to end",
            got=f"SystemExit: {error.code}",
            hint=f"`plugins.{generation.name}: false` starts without it.",
        )
        if policy.on_failure is not FailurePolicy.SKIP:
            raise ended from error
        generation.log.warning("hook.failed", hook=hook, error=ended)
        return None
    except Exception as error:
        if policy.on_failure is not FailurePolicy.SKIP:
            raise
        generation.log.warning("hook.failed", hook=hook, error=error)
        return None
    return result
