"""A place for attempts of the fake agent."""

import pytest
from acp_bench import open_place


@pytest.fixture
async def place(tmp_path):
    async with open_place(tmp_path) as place:
        yield place
