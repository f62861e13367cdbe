"""Workspaces in a process of their own pass the kit of their port: contexts, processes, callbacks."""

import os

import pytest
from remote_opening import isolated

from mosaic_testing.workspace import TestConversations, TestProcesses, TestPublication, TestWorkspaces

__all__ = ["TestConversations", "TestProcesses", "TestPublication", "TestWorkspaces"]

# What crosses is the same for both; the other passes the kit in the kernel's process.
PROVIDERS = ["git", "directory"] if int(os.environ.get("MOSAIC_CHAOS", "1")) > 1 else ["git"]
pytestmark = pytest.mark.chaos
mosaic_provider = isolated("workspace", "workspaces", *PROVIDERS)
