"""The plugin by which the author's kit shows up; its commands are named in the manifest."""

from __future__ import annotations


class AuthorPlugin:
    """Makes plugin projects. What it does, its command does: nothing of it runs in a kernel."""
