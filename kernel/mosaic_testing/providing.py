"""A plugin that does nothing but put given providers into ports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mosaic_hookspecs import PORTS, Context, Manifest, Provides, Provision, hookimpl

__all__ = ["GivenPlugin", "providing"]

GivenPlugin = tuple[str, Any, Manifest]
"""A plugin of this program, as ``Kernel(plugins=…)`` takes it: name, class or instance, manifest."""


class _Providing:
    def __init__(self, providers: Mapping[tuple[str, str], Any]) -> None:
        self._providers = providers

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        return [
            Provision(port=port, name=name, provider=provider)
            for (port, name), provider in self._providers.items()
        ]


def providing(name: str, providers: Mapping[tuple[str, str], Any], *, needs: Sequence[str] = ()) -> GivenPlugin:
    """Return a plugin that provides these objects.

    Args:
        name: the plugin's name.
        providers: maps a port and the provider's name there to the provider.
        needs: ports that have to be filled before it starts.
    """
    manifest = Manifest(
        summary="Provides what a test gave to it.",
        provides=tuple(Provides(port=port, contract=PORTS[port].contract, name=one) for port, one in providers),
        needs=tuple(needs),
    )
    return name, _Providing(dict(providers)), manifest
