"""Coding agents that speak the Agent Client Protocol: Mosaic is their client, one session an attempt."""
