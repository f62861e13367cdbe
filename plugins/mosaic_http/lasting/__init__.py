"""Calls that last: carried out while their client does something else, or is told how far they are."""
