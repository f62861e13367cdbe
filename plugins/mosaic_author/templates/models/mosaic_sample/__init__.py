"""A language model for Mosaic that answers from a table: for tests, and where nothing may be asked."""
