"""A scheduler for Mosaic that does one task after the other."""
