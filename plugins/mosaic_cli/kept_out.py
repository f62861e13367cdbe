"""Why a command that a plugin adds is not offered: the plugin is denied, disabled, or not as it was locked."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from .session import Session

if TYPE_CHECKING:
    from mosaic_kernel import Kernel

_ALIVE = ("chosen", "running")


def why_kept_out(command: str) -> str:
    """Return why `command`, by its whole path, is not offered though an installed plugin adds it, and the
    cure; "" if none adds it. The plugin is not imported.
    """
    from mosaic_kernel import PluginIndex

    listings = PluginIndex().listings()
    owner = next((name for name in sorted(listings) if command in listings[name].manifest.commands), "")
    if not owner:
        return ""

    async def body(kernel: Kernel) -> str:
        from mosaic_hookspecs.errors import MosaicError

        found = await kernel.dispatch("plugins.info", {"name": owner})
        state, detail, cure = f"is {found.state}", found.detail, found.cure
        try:
            await kernel.dispatch("config.check")
        except MosaicError as error:
            # Then nothing in it counts, and what the kernel says of the plugin is not why.
            first = getattr(error, "others", (error,))[0]
            state, detail = "is not let in while the configuration is wrong", str(first.what)
            cure = first.hint or "`mosaic config check` shows where."
        else:
            if found.state in _ALIVE:
                return ""
        reason = f"{state}: {detail}" if detail else state
        return f"{command!r} is a command of the plugin {owner!r}, which {reason}. {cure}".strip()

    session = Session(
        directory=".",
        profile="",
        settings=(),
        safe_mode="--safe-mode" in sys.argv,
        as_json=False,
        verbose=0,
    )
    return session.run(body, starts_plugins=False)
