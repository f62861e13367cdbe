"""Notices changed code, configuration and packages, and has them reloaded."""
