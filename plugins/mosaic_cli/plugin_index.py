"""The commands that plugins add, from their manifests: nothing is imported to know them."""

from __future__ import annotations


def plugin_commands() -> dict[str, tuple[str, str]]:
    """Map each command's name to its ``module:attribute`` and its line in the help."""
    from mosaic_kernel import discovered_commands

    return discovered_commands()
