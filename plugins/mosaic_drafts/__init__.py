"""Drafts: plans that people and programs change before they are run, with findings and undo."""
