"""Models of both kinds for tests, and what they are asked."""

from contextlib import asynccontextmanager

from scripted_model import scripted_model

from mosaic_hookspecs.models import Message, ModelRequest, ModelTool
from mosaic_models.configuration import Endpoint
from mosaic_models.endpoint_model import EndpointModel

KINDS = ("openai", "anthropic")
WIRES = {"openai": "chat", "anthropic": "messages"}
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
OPEN_SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
WEATHER = ModelTool(name="weather", description="Tell the weather.", schema=OPEN_SCHEMA)


def hello(**fields):
    """Return a request."""
    return ModelRequest(**{"messages": [Message(role="user", text="Hello")], **fields})


@asynccontextmanager
async def opened(url, kind="openai", **fields):
    """Yield a model that asks the endpoint at `url`, and close it."""
    yield EndpointModel("it", Endpoint(**{"kind": kind, "url": url, "model": "scripted-1", **fields}))


@asynccontextmanager
async def scripted(script, kind, **fields):
    """Yield a model of this kind over a scripted endpoint, and the endpoint."""
    async with scripted_model(script) as served:
        url = f"{served.url}/v1" if kind == "openai" else served.url
        async with opened(url, kind, **fields) as model:
            yield model, served
