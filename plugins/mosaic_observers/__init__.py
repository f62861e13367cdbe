"""Feeds the providers of the observe port with the event log."""
