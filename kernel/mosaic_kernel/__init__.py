"""Mosaic's kernel: discovers, configures, starts and stops plugins, and dispatches operations.

Importing this package costs nothing: each name is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .bridges import AsyncioKernel, BlockingKernel
    from .command_index import discovered_commands
    from .discovery import Listing, PluginIndex
    from .documents import Document, load_yaml
    from .encode import to_json_data
    from .failures import InputErrors
    from .glancing import at_a_glance
    from .kernel import Kernel
    from .locating import state_directory_of
    from .reloading.next_start import switch_for_next_start

__all__ = [
    "AsyncioKernel",
    "BlockingKernel",
    "Document",
    "InputErrors",
    "Kernel",
    "Listing",
    "PluginIndex",
    "at_a_glance",
    "discovered_commands",
    "load_yaml",
    "state_directory_of",
    "switch_for_next_start",
    "to_json_data",
]

_HOMES = {
    "AsyncioKernel": "bridges",
    "BlockingKernel": "bridges",
    "Document": "documents",
    "InputErrors": "failures",
    "Kernel": "kernel",
    "Listing": "discovery",
    "PluginIndex": "discovery",
    "at_a_glance": "glancing",
    "discovered_commands": "command_index",
    "load_yaml": "documents",
    "state_directory_of": "locating",
    "switch_for_next_start": "reloading.next_start",
    "to_json_data": "encode",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{home}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
