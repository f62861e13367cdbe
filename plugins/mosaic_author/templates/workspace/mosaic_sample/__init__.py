"""A workspace provider for Mosaic: each attempt works in a scratch directory of its own."""
