"""Agents elsewhere that speak A2A (Agent2Agent): Mosaic gives them tasks, and takes what they made."""
