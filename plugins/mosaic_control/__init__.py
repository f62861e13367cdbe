"""Lets the command line reach a running system, through a Unix socket of the project."""
