"""The commands that plugins add, from their manifests: nothing is imported to know them."""

from __future__ import annotations

import sys


def plugin_commands() -> dict[str, tuple[str, str]]:
    """Map each command's name to its ``module:attribute`` and its line in the help."""
    from mosaic_kernel import discovered_commands

    # A command is looked for before its options are read; and what is off in safe mode is not imported.
    return discovered_commands(safe_mode="--safe-mode" in sys.argv)
