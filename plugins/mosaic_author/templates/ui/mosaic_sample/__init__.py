"""A panel for Mosaic's user interfaces: notes that the configuration holds."""
