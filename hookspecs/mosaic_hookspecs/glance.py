"""Glances: answers to queries without a kernel, for a command line that starts fast.

A kernel costs ten times a bare interpreter before it answers anything. A query that only reads can do
without, where the configuration is the built-in one and every plugin is Mosaic's own, so that nobody
else has a say. A manifest's `glances` name plain functions, which import as little as they can:

- ``storage``: ``open_store(state_directory)`` returns a reader of the store as it is at one moment, or
  None where that is not certain (no file, another schema, a log that has to be recovered …);
- ``agents``: ``offers()`` returns what the plugin's agents offer;
- an operation's name, such as ``run.show``: ``await answer(glance, data)`` returns what the operation
  answers.

A glance answers exactly what the kernel would, or raises `Uncertain`; then the kernel is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from pathlib import Path

    from mosaic_hookspecs.offers import AgentOffer


class Uncertain(Exception):
    """A glance cannot be certain of its answer; the kernel can."""


@attrs.frozen(kw_only=True)
class Glance:
    """What an answer without a kernel works with. `storage` has the reads of
    `mosaic_hookspecs.storage.Storage`, and they never wait; `offers` asks for the agents that are here.
    """

    storage: Any
    state_directory: Path
    offers: Callable[[], Sequence[AgentOffer]]
