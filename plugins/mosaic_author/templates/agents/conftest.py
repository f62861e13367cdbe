"""What the conformance kit has to know."""

import pytest


@pytest.fixture
def mosaic_work():
    """Work that the agent does with success."""
    return {"files": {"kit/hello.txt": "Hello, {goal}!"}}
