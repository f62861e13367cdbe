"""The plugin in a kernel: what is configured is there, and what makes no sense is refused."""

import subprocess
import sys

import pytest
from asking import hello
from scripted_model import say, scripted_model

from mosaic_hookspecs import InputError


def endpoint(**fields):
    return {"plugins.models.endpoints": {"fast": {"kind": "openai", "model": "m", **fields}}}


async def test_each_endpoint_is_a_provider(mosaic_kernel, mosaic_leaks):
    async with scripted_model(lambda _: say("Hi")) as served:
        settings = endpoint(url=f"{served.url}/v1")
        async with mosaic_kernel("models", settings=settings) as kernel:
            assert kernel.port("models").names() == ("fast",)
            reply = await kernel.port("models").get("fast").complete(hello())
        assert reply.text == "Hi"
    assert not mosaic_kernel.log.complaints


async def test_without_endpoints_there_is_nothing(mosaic_kernel, mosaic_leaks):
    async with mosaic_kernel("models") as kernel:
        assert kernel.port("models").names() == ()


async def test_no_secret_is_logged(mosaic_kernel, monkeypatch):
    monkeypatch.setenv("THE_KEY", "sk-0123456789abcdefghij")
    async with scripted_model(lambda _: say("Hi")) as served:
        settings = endpoint(url=f"{served.url}/v1", key_from="THE_KEY")
        async with mosaic_kernel("models", settings=settings) as kernel:
            await kernel.port("models").get("fast").complete(hello())
    assert "0123456789" not in mosaic_kernel.log.text


@pytest.mark.parametrize(
    ("fields", "code", "place"),
    [
        ({"url": "ftp://a/v1"}, "bad-url", "fast.url"),
        ({"url": "localhost:8000/v1"}, "bad-url", "fast.url"),
        ({"url": "http://ada:secret-0123@a/v1"}, "secret-in-url", "fast.url"),
        ({"headers": {"x-a": "b\nc"}}, "bad-header", "fast.headers.x-a"),
        ({"headers": {"a b": "c"}}, "bad-header", "fast.headers.a b"),
        ({"kind": "anthropic", "structured": "json_object"}, "bad-mode", "fast.structured"),
        ({"kind": "gopher"}, "", "fast.kind"),
        ({"structured": "guess"}, "", "fast.structured"),
        ({"seconds": 0}, "", "'seconds' must be > 0"),
    ],
)
async def test_what_makes_no_sense_is_refused(mosaic_kernel, fields, code, place):
    with pytest.raises(InputError) as caught:
        async with mosaic_kernel("models", settings=endpoint(**fields)):
            pass
    assert code in caught.value.code
    assert place in str(caught.value)
    assert "secret-0123" not in str(caught.value)


async def test_health_names_the_missing_key(mosaic_kernel, monkeypatch):
    monkeypatch.delenv("THE_KEY", raising=False)
    async with mosaic_kernel("models", settings=endpoint(key_from="THE_KEY")) as kernel:
        report = await kernel.dispatch("doctor.check", {})
    [told] = [check for check in report.checks if check.name.endswith("models")]
    assert (told.state, told.detail) == ("ill", "fast: THE_KEY is not set")


def test_the_plugin_loads_no_client():
    code = "import sys, mosaic_models.plugin; print({'h11', 'ssl', 'trio'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
