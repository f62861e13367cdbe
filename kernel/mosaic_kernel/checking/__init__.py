"""Checks a plugin's project, or an installed plugin, without importing it: findings with codes and places."""
