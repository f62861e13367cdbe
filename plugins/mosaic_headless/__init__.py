"""Coding agents' command lines, headless: each is a preset, which is data in a YAML file."""
