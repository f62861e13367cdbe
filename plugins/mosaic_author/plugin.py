"""The plugin by which the author's kit shows up; its commands are named in the manifest."""

from __future__ import annotations


class AuthorPlugin:
    """Makes and checks plugin projects."""
