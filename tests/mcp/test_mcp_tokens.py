"""What the tools cost a model, counted with a public tokenizer."""

import json
import warnings

import pytest
from mcp_clients import ERAS

from mosaic_mcp.tiers import TIERS
from mosaic_mcp.tools import tool_name

MOST = 5000


@pytest.fixture(scope="module")
def encoding():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it reads its vocabulary in an old way
        from bpe_openai import get_encoding

        return get_encoding("o200k_base")


async def test_the_default_tier_is_affordable(serve, connect, encoding):
    async with serve() as kernel, connect(kernel, ERAS[0]) as client:
        found = await client.list_tools()
        texts = [tool.model_dump_json(by_alias=True, exclude_none=True) for tool in found.tools]
        costs = {json.loads(text)["name"]: len(encoding.encode(text)) for text in texts}
        assert list(costs) == [tool_name(name) for name in TIERS["default"]]
        assert sum(costs.values()) < MOST, costs
