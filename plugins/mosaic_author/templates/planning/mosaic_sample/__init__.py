"""A task source for Mosaic: a file of steps, one command a line."""
