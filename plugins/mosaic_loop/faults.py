"""How a tool says no: in words, to the model, which then does something else."""

from __future__ import annotations


class ToolFault(Exception):
    """A tool cannot do what it was called for. The text is for the model, and says what to do instead."""
