"""The kit for every plugin, whatever it provides: its declarations, its reload, and what it leaves behind.

Where a plugin hands state over (`mosaic_export_state`), the state has to be the same after a reload, by the
fixture `mosaic_same_state`; override that where it changes by itself.
"""

from __future__ import annotations

from .plugin_declarations import TestDeclarations
from .plugin_reload import TestReload

__all__ = ["TestDeclarations", "TestReload"]
