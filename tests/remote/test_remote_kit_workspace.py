"""Workspaces in a process of their own pass the kit of their port: contexts, processes, callbacks."""

from remote_opening import isolated

from mosaic_testing.workspace import TestProcesses, TestPublication, TestWorkspaces

__all__ = ["TestProcesses", "TestPublication", "TestWorkspaces"]

mosaic_provider = isolated("workspace", "workspaces", "git", "directory")
