"""Both kinds of endpoints pass the conformance kit, served and not."""

from contextlib import asynccontextmanager

import pytest
from asking import KINDS
from scripted_model import say, scripted_model, use

from mosaic_testing.kernels import KernelFactory
from mosaic_testing.models import Asked, TestCancelling, TestContract, TestReplies  # noqa: F401 - collected here
from mosaic_testing.opening import Opened

KEY = "sk-0123456789abcdefghij"


def script(turn):
    """Use the tool once, where there is one."""
    if turn.tools and not turn.results:
        return use(turn.tools[0], {"word": "hello"})
    return say('{"word": "hello"}')


@pytest.fixture
def mosaic_asked(served):
    return Asked(secrets=[KEY]) if served else None


@pytest.fixture
def mosaic_contract():
    return "1.0"


@pytest.fixture(params=[*KINDS, ""])
def served(request):
    """The kind of endpoint that serves; "": none does."""
    return request.param


@pytest.fixture
def mosaic_opened(served, tmp_path_factory, monkeypatch):
    monkeypatch.setenv("KIT_KEY", KEY)

    @asynccontextmanager
    async def opened(directory=None, *, plugins=(), settings=None):
        async with scripted_model(script) as model:
            base = {"openai": f"{model.url}/v1", "anthropic": model.url}.get(served, "http://127.0.0.1:9")
            endpoint = {"kind": served or "openai", "model": "m", "url": base, "key_from": "KIT_KEY"}
            chosen = {"plugins.models.endpoints": {"it": endpoint}, **(settings or {})}
            factory = KernelFactory(directory or tmp_path_factory.mktemp("kit"))
            async with factory("models", settings=chosen) as kernel:
                it = kernel.port("models").get("it")
                yield Opened(kernel=kernel, plugin="models", provider=it, log=factory.log)

    return opened
