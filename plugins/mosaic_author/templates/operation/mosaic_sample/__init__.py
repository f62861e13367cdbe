"""A plugin of Mosaic with one operation: it counts the words of a text."""
