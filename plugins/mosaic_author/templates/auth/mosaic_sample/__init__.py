"""Authentication for Mosaic by tokens that the configuration knows."""
