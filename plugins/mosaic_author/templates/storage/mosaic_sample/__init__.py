"""A storage backend for Mosaic that keeps everything in one file of JSON lines."""
