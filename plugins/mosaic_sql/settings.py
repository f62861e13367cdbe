"""How a store's file is used, as the plugin decided it from its configuration."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class Settings:
    """How the file is used; the plugin's configuration says what each means."""

    path: str
    synchronous: str = "FULL"
    cached_tasks: int = 50_000
    busy_seconds: float = 30.0
    largest_batch: int = 500
