"""An agent for Mosaic: it writes the files that a task spells out."""
