"""TLS: elsewhere than on loopback only so, and by the names that are configured."""

import ssl

import httpx
import pytest
import trio
import trustme
from http_door_wire import bearer, place_of, received

from mosaic_hookspecs import InputError
from mosaic_http.listening import tls_of
from mosaic_http.settings import Config


@pytest.fixture
def authority(tmp_path):
    made = trustme.CA()
    made.issue_cert("mosaic.test").private_key_and_cert_chain_pem.write_to_path(tmp_path / "chain.pem")
    return made


async def test_it_is_served_with_tls(authority, serve):
    settings = {
        "plugins.http.tls_certificate": "chain.pem",
        "plugins.http.names": ["mosaic.test"],
        "plugins.http.host": "0.0.0.0",
        "plugins.http.request_seconds": 0.5,
    }
    async with serve(**settings) as kernel:
        _, port = place_of(kernel)
        link = await kernel.dispatch("http.link")
        assert link.url.startswith(f"https://mosaic.test:{port}/login?code=")
        context = ssl.create_default_context()
        authority.configure_trust(context)
        headers = {"host": "mosaic.test", "authorization": bearer(kernel)}
        async with httpx.AsyncClient(trust_env=False, verify=context) as http:
            named = {"sni_hostname": "mosaic.test"}
            address = f"https://127.0.0.1:{port}"
            answer = await http.get(f"{address}/api/runs", headers=headers, extensions=named)
            assert answer.json() == {"items": []}
            to_link = link.url.replace("mosaic.test", "127.0.0.1")
            signed_in = await http.get(to_link, headers=headers, extensions=named)
            assert "; Secure" in signed_in.headers["set-cookie"]
            foreign = {**headers, "host": "x.test"}
            other = await http.get(f"{address}/api/runs", headers=foreign, extensions=named)
            assert other.status_code == 421
            ours = {**headers, "origin": "https://mosaic.test"}
            assert (await http.get(f"{address}/api/runs", headers=ours, extensions=named)).status_code == 200
        _, near = kernel.port("transport").get("http").addresses
        assert near.startswith("http://127.0.0.1:")
        async with httpx.AsyncClient(trust_env=False) as http:  # what lets people in by itself is there, alone
            for path in ("api/runs", "api", "login", "x"):
                answer = await http.get(near + path, headers={"authorization": bearer(kernel)})
                assert (answer.status_code, answer.json()["code"]) == (404, "not-found"), path
        async with await trio.open_tcp_stream("127.0.0.1", port) as plain:
            await plain.send_all(b"GET / HTTP/1.1\r\n\r\n")
            assert b"HTTP/1.1" not in await received(plain)
        async with await trio.open_tcp_stream("127.0.0.1", port) as silent:
            assert await received(silent) == b""


def test_files_that_are_no_certificate_are_refused(tmp_path):
    (tmp_path / "c.pem").write_text("nothing")
    for name in ("c.pem", "missing.pem"):
        with pytest.raises(InputError) as caught:
            tls_of(Config(tls_certificate=name), tmp_path)
        assert caught.value.code == "bad-certificate"
    assert tls_of(Config(), tmp_path) is None
