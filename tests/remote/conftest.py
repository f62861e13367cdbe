"""No test leaves a process behind."""

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _nothing_is_left():
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    before = children.read_text().split()
    yield
    assert children.read_text().split() == before
