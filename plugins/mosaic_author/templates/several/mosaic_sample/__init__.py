"""Several plugins of Mosaic in one distribution: a subpackage each, and one manifest for all."""
