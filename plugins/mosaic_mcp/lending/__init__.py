"""Connections that are lent to an agent for one attempt, and what comes in by them."""
