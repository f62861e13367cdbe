"""What a configuration wants of the plugins, worked out before anything is changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import attrs

from ..configuring import Loaded
from ..discovery import Listing
from ..slots import Slot

Select = Callable[[Mapping[str, Listing], Loaded], dict[str, Slot]]


@attrs.frozen(kw_only=True)
class Intention:
    """`wanted` judges every plugin, `order` names those that are to run in the order of their start,
    `configs` holds the decoded configurations of those whose code is loaded, and `to_stop` those that run
    and are not wanted, last started first.
    """

    loaded: Loaded
    wanted: Mapping[str, Slot]
    order: Sequence[str]
    configs: Mapping[str, object]
    to_stop: Sequence[str]
