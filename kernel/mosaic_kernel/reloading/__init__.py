"""Changing plugins while the system works: their code, their configuration, what fills the ports."""
