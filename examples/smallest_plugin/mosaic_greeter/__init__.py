"""The smallest plugin: one operation, one configuration key, one command."""
