"""Which plugins are installed, looked up once for all the kernels of a test run.

Owns that one look-up; it is made again when ``sys.path`` changes. A manifest that is edited in place is not
noticed: a test that edits one gives its kernels an index of their own.
"""

from __future__ import annotations

from functools import cache

from mosaic_kernel import PluginIndex

__all__ = ["installed_plugins"]


@cache
def installed_plugins() -> PluginIndex:
    """Return the index that tests share, for ``Kernel(index=…)``: looking up costs more than a kernel."""
    return PluginIndex(file="")
