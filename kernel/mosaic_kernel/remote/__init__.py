"""Plugins in processes of their own: the same hooks, served over JSON-RPC on standard input and output.

`plugin_class_for` makes the class that stands for one in the kernel; ``python -m mosaic_kernel.remote.child``
serves a plugin that is written in Python. Owns the processes, the connections and the values on them; what is
said is `mosaic_hookspecs.plugin_protocol`. Refuses to trust a child: whatever it says or does ends at most
itself.
"""

from __future__ import annotations
