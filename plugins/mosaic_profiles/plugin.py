"""The plugin that brings the built-in profiles: its manifest says all."""

from __future__ import annotations


class ProfilesPlugin:
    """Implements no hook; the kernel reads the profiles that the manifest names."""
