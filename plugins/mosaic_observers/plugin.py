"""The plugin that follows the event log for the observers."""

from __future__ import annotations


class ObserversPlugin:
    """Feeds the providers of the observe port with the event log."""
