"""Learns that another plugin has crashed."""

from __future__ import annotations

from mosaic_hookspecs import Context, hookimpl


class NoticingPlugin:
    """Tells whoever listens on the bus."""

    @hookimpl
    def mosaic_plugin_failed(self, context: Context, plugin: str, error: BaseException) -> None:
        """Pass it on. Never blocks: the hook is synchronous."""
        context.bus.publish("trouble", f"{plugin}: {error}")
