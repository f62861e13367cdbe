"""Proxies of the environment, and TLS."""

import shutil
import ssl
import subprocess
from contextlib import asynccontextmanager

import pytest
import trio
from asking import hello, opened
from raw_endpoint import head, raw_endpoint, sending

from mosaic_hookspecs import Unavailable
from mosaic_models import exchange

ANSWER = b'{"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}'


@asynccontextmanager
async def proxy(heard, *pieces):
    """Hear what a proxy is asked, and answer with these bytes."""
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")

    async def converse(stream):
        async with stream:
            data = b""
            while b"\r\n\r\n" not in data:
                data += await stream.receive_some(65536)
            heard.append(data.decode())
            for piece in pieces:
                await stream.send_all(piece)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, converse, [listener])
        yield f"http://ada:p%40ss-0123@127.0.0.1:{listener.socket.getsockname()[1]}"
        nursery.cancel_scope.cancel()


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


async def test_a_proxy_of_the_environment_is_used(monkeypatch):
    heard = []
    async with proxy(heard, head("application/json"), ANSWER) as address:
        monkeypatch.setenv("http_proxy", address)
        async with opened("http://models.invalid/v1") as model:
            assert (await model.complete(hello())).text == "Hi"
    assert heard[0].startswith(
        "POST http://models.invalid/v1/chat/completions HTTP/1.1\r\nhost: models.invalid\r\n"
    )
    assert "proxy-authorization: Basic YWRhOnBAc3MtMDEyMw==" in heard[0]


async def test_https_goes_through_a_tunnel(monkeypatch):
    heard = []
    async with proxy(heard, b"HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n") as address:
        monkeypatch.setenv("https_proxy", address)
        async with opened("https://models.invalid/v1") as model:
            with pytest.raises(Unavailable) as caught:
                await model.complete(hello())
    assert heard[0].startswith("CONNECT models.invalid:443 HTTP/1.1\r\n")
    assert "the proxy answers 403" in caught.value.what
    assert "p@ss" not in str(caught.value)


async def test_a_model_on_this_machine_needs_no_proxy(monkeypatch):
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:9")
    async with (
        raw_endpoint(sending(head("application/json"), ANSWER)) as endpoint,
        opened(endpoint.url) as model,
    ):
        assert (await model.complete(hello())).text == "Hi"


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("all_proxy", "socks5://127.0.0.1:9", "a kind (socks5)"),
        ("http_proxy", "127.0.0.1:9", "cannot be reached"),
    ],
)
async def test_proxies_that_do_not_serve(monkeypatch, variable, value, words):
    monkeypatch.setenv(variable, value)
    async with opened("http://models.invalid/v1") as model:
        with pytest.raises(Unavailable) as caught:
            await model.complete(hello())
    assert words in caught.value.what


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Make a certificate for 127.0.0.1 that nobody trusts yet."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    made += ["-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj", "/CN=it"]
    made += ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(made, cwd=folder, check=True, capture_output=True)
    return folder


@asynccontextmanager
async def secure_endpoint(folder):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    listeners = await trio.open_ssl_over_tcp_listeners(0, context, host="127.0.0.1")
    port = listeners[0].transport_listener.socket.getsockname()[1]

    async def converse(stream):
        try:
            await stream.receive_some(65536)
            await stream.send_all(head("application/json") + ANSWER)
            await stream.aclose()
        except trio.BrokenResourceError:
            pass  # the client trusts it not

    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, converse, listeners)
        yield f"https://127.0.0.1:{port}/v1"
        nursery.cancel_scope.cancel()


async def test_a_trusted_certificate_will_do(certificate, monkeypatch):
    known = ssl.create_default_context(cafile=str(certificate / "cert.pem"))
    monkeypatch.setattr(exchange.ssl, "create_default_context", lambda: known)
    async with secure_endpoint(certificate) as url, opened(url) as model:
        assert (await model.complete(hello())).text == "Hi"


async def test_any_other_does_not(certificate):
    async with secure_endpoint(certificate) as url, opened(url) as model:
        with pytest.raises(Unavailable) as caught:
            await model.complete(hello())
    assert "no trustworthy TLS connection: self-signed certificate" in caught.value.what.replace(
        "self signed", "self-signed"
    )


async def test_no_tls_at_all():
    async with raw_endpoint(sending(head())) as endpoint, opened(f"https{endpoint.url[4:]}") as model:
        with pytest.raises(Unavailable) as caught:
            await model.complete(hello())
    assert caught.value.code == "model-unavailable"
