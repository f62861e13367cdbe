"""Where configuration is looked for: the names alone, so that finding none costs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PROJECT_FILE = "mosaic.yaml"
ENVIRONMENT_PREFIX = "MOSAIC_"
STATE_DIRECTORY = ".mosaic"
LIVE_FILE = "live.yaml"
"""In the state directory: what was changed while the system ran."""


def find_project_file(directory: Path) -> Path | None:
    """Return the nearest ``mosaic.yaml`` in `directory` or above it."""
    for folder in (directory, *directory.parents):
        candidate = folder / PROJECT_FILE
        if candidate.is_file():
            return candidate
    return None


def user_file(environment: Mapping[str, str]) -> Path | None:
    """Return where the user's configuration would be; None in an environment without a home."""
    # Whoever asks only for the names must not pay for this.
    from pathlib import Path

    home = environment.get("XDG_CONFIG_HOME")
    if home:
        return Path(home) / "mosaic" / PROJECT_FILE
    home = environment.get("HOME")
    return Path(home) / ".config" / "mosaic" / PROJECT_FILE if home else None
