"""An observer for Mosaic: it counts the events of each kind, and keeps the counts in a file."""
