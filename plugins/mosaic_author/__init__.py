"""The author's kit: makes plugin projects. Holds the templates they are made from."""
