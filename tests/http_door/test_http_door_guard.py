"""Who may come in: the token, the link that is good once, and what pages of others cannot do."""

import json
import socket
import stat

import pytest
import trio
from http_door_wire import bearer, head, place_of, raw, received, web_socket

from mosaic_hookspecs import Denied, InputError, Manifest, Principal, Provides, Provision, Unavailable, hookimpl
from mosaic_http.reachability import require_safe
from mosaic_http.settings import Config
from mosaic_http.tokens import token_of
from mosaic_kernel import Kernel

COMMAND = {"content-type": "application/json"}


CASES = [
    ({}, 200, None),
    ({"authorization": None}, 401, "no-token"),
    ({"authorization": "Bearer wrong"}, 401, "wrong-token"),
    ({"authorization": "Bearer"}, 401, "wrong-token"),
    ({"authorization": "Basic eDp5"}, 401, "wrong-token"),
    ({"authorization": None, "cookie": "mosaic=x"}, 401, "no-token"),
    ({"host": "evil.example"}, 421, "other-host"),
    ({"host": "localhost.evil.example:80"}, 421, "other-host"),
    ({"host": "127.0.0.1.nip.io"}, 421, "other-host"),
    ({"host": "localhost:9"}, 200, None),
    ({"host": "LOCALHOST"}, 200, None),
    ({"host": "[::1]:1"}, 200, None),
    ({"origin": "https://evil.example"}, 403, "other-origin"),
    ({"origin": "null"}, 403, "other-origin"),
    ({"origin": "http://localhost:3000"}, 403, "other-origin"),
    ({"origin": "https://localhost"}, 403, "other-origin"),
    ({"origin": "http://localhost"}, 200, None),
]
PATHS = ("/api/runs", "/api/events", "/api/openapi.json")


async def test_only_this_users_own_come_in(serve):
    async with serve(**{"plugins.http.wrong_tokens": 1000}) as kernel:
        for headers, status, code in CASES:
            for path in PATHS:
                await require_answered(kernel, path, headers, status, code)


async def require_answered(kernel, path, headers, status, code):
    method = "HEAD" if status == 200 else "GET"
    async with raw(kernel, head(kernel, method, path, connection="close", **headers)) as stream:
        data = await received(stream)
    text, _, body = data.partition(b"\r\n\r\n")
    assert int(text.split()[1]) == status, (headers, data)
    if code:
        assert json.loads(body)["code"] == code
    if status == 401:
        assert b"www-authenticate: Bearer" in text
    for name in (b"content-security-policy", b"x-content-type-options", b"referrer-policy"):
        assert name in text


async def test_web_sockets_are_guarded_alike(door):
    kernel, _ = door
    for headers, status in (
        ({"authorization": None}, 401),
        ({"authorization": "Bearer wrong"}, 401),
        ({"origin": "https://evil.example"}, 403),
    ):
        async with web_socket(kernel, **headers) as socket:
            assert socket.refused == status
    async with web_socket(kernel, "/api/nothing") as socket:
        assert socket.refused == 404


def test_the_token_is_for_its_user_alone(tmp_path):
    token = token_of(tmp_path)
    path = tmp_path / "http" / "token"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    assert token_of(tmp_path) == token == path.read_text().strip()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(token) >= 43
    path.write_text("\n")
    assert token_of(tmp_path) not in ("", token)


async def signed_in(kernel, http):
    """Open a link, as a browser does; return its cookie."""
    link = await kernel.dispatch("http.link")
    answer = await http.get(link.url)
    assert answer.status_code == 200, answer.text
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    return link, cookie.partition(";")[0]


async def test_a_link_signs_a_browser_in_once(door, connect):
    kernel, _ = door
    async with connect(kernel, token=False, accept="text/html") as http:
        assert "Sign in first" in (await http.get("/api/runs")).text
        link, cookie = await signed_in(kernel, http)
        http.cookies.clear()
        again = await http.get(link.url)
        assert (again.status_code, "not good any more" in again.text) == (401, True)
        assert (await http.get("/api/runs")).status_code == 401
        for given in (cookie, f'odd="[{{,; {cookie}; other'):
            assert (await http.get("/api/runs", headers={"cookie": given})).status_code == 200
        assert (await http.get("/login?code=wrong")).status_code == 401
        assert (await http.get("/login")).status_code == 401
        assert cookie.startswith(f"mosaic-{place_of(kernel)[1]}=")


async def test_what_changes_something_must_come_from_our_own_page(door, connect):
    kernel, _ = door
    async with connect(kernel, token=False) as http:
        _, cookie = await signed_in(kernel, http)
        http.cookies.clear()
        http.headers["cookie"] = cookie
        body = {"json": {"name": "a", "kind": "shell"}}
        refused = await http.post("/api/agents", **body)
        assert (refused.status_code, refused.json()["code"]) == (403, "no-csrf")
        refused = await http.post("/api/agents", **body, headers={"x-mosaic-csrf": "0" * 64})
        assert refused.status_code == 403
        csrf = (await http.get("/api/session")).json()["csrf"]
        done = await http.post("/api/agents", **body, headers={"x-mosaic-csrf": csrf})
        assert done.status_code == 200, done.text
        assert (await http.post("/api/session/end", headers={"x-mosaic-csrf": csrf})).status_code == 204
        assert (await http.get("/api/runs")).status_code == 401


async def test_a_browsers_web_socket_says_from_where_it_comes(door, connect):
    kernel, _ = door
    async with connect(kernel, token=False) as http:
        _, cookie = await signed_in(kernel, http)
    async with web_socket(kernel, authorization=None, cookie=cookie) as web:
        assert web.refused == 403
    origin = f"http://localhost:{place_of(kernel)[1]}"
    async with web_socket(kernel, authorization=None, cookie=cookie, origin=origin) as web:
        assert web.accepted


class Clock:
    """A clock of the test's own."""

    time = 0

    def now(self):
        return self.time


async def test_links_and_sessions_end(serve, connect):
    settings = {
        "plugins.http.link_seconds": 60,
        "plugins.http.session_seconds": 100,
        "plugins.http.sessions": 1,
    }
    async with serve(**settings) as kernel, connect(kernel, token=False) as http:
        browsers = kernel.port("transport").get("http")._browsers
        clock = browsers._clock = Clock()
        link = await kernel.dispatch("http.link")
        clock.time += 301_000
        assert (await http.get(link.url)).status_code == 401
        _, first = await signed_in(kernel, http)
        _, second = await signed_in(kernel, http)
        http.cookies.clear()
        assert (await http.get("/api/runs", headers={"cookie": first})).status_code == 401
        assert (await http.get("/api/runs", headers={"cookie": second})).status_code == 200
        clock.time += 101_000
        assert (await http.get("/api/runs", headers={"cookie": second})).status_code == 401


async def test_there_is_no_link_where_nothing_is_served(tmp_path):
    settings = {"ports.storage": "memory", "ports.transport": ["http"]}
    kernel = Kernel(profile="local", directory=tmp_path, environment={}, settings=settings)
    async with kernel:
        with pytest.raises(Unavailable) as caught:
            await kernel.dispatch("http.link")
        assert caught.value.code == "http-not-served"
    assert not (kernel.state_directory / "http").exists()


async def test_wrong_tokens_are_slowed_down(serve, connect):
    async with serve(**{"plugins.http.wrong_tokens": 2}) as kernel, connect(kernel, token=False) as http:
        wrong = {"authorization": "Bearer wrong"}
        statuses = [(await http.get("/api/runs", headers=wrong)).status_code for _ in range(6)]
        assert statuses == [401] * 4 + [429] * 2
        late = await http.get("/api/runs", headers=wrong)
        assert (late.status_code, late.headers["retry-after"]) == (429, "1")
        # Another program's wrong guesses lock nobody out who has the right one.
        assert (await http.get("/api/runs", headers={"authorization": bearer(kernel)})).status_code == 200
        link = (await kernel.dispatch("http.link", {})).url
        assert (await http.get(link)).status_code == 200
        assert (await http.get("/api/runs")).status_code == 200
        # Whoever opens the link again, or whose browser fetched it ahead, is signed in already.
        again = await http.get(link)
        assert (again.status_code, again.headers.get("set-cookie")) == (200, None)
        http.cookies.clear()
        assert (await http.get(link)).status_code == 401


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"host": "0.0.0.0"}, "no-tls"),
        ({"host": "::"}, "no-tls"),
        ({"host": "0.0.0.0", "tls_certificate": "c.pem"}, "no-names"),
    ],
)
def test_nobody_listens_elsewhere_without_tls(settings, code):
    with pytest.raises(InputError) as caught:
        require_safe(Config(**settings))
    assert caught.value.code == code
    assert caught.value.hint or code == "no-names"
    require_safe(Config(host="::1"))


async def test_a_system_that_would_is_not_started(tmp_path):
    settings = {"ports.storage": "memory", "ports.transport": ["http"], "plugins.http.host": "0.0.0.0"}
    kernel = Kernel(profile="local", directory=tmp_path, environment={}, settings=settings, serves=True)
    with pytest.raises(InputError, match="without TLS"):
        async with kernel:
            pass


async def test_a_port_that_is_taken_is_said(serve):
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings = {
            "ports.storage": "memory",
            "ports.transport": ["http"],
            "plugins.http.port": other.getsockname()[1],
        }
        async with Kernel(profile="local", environment={}, settings=settings, serves=True) as kernel:
            with trio.fail_after(10):
                while not (await trouble(kernel)):
                    await trio.lowlevel.checkpoint()
            assert "port-taken" in await trouble(kernel)


async def trouble(kernel):
    checks = (await kernel.dispatch("doctor.check")).checks
    return next((one.detail for one in checks if "http" in one.name and one.state != "well"), "")


class Knowing:
    """Knows one more credential, whose bearer may read runs."""

    async def authenticate(self, scheme, credentials):
        if (scheme, credentials) != ("bearer", "reader-key"):
            raise Denied("bad-credentials", "these are not good")
        return Principal(name="reader", permissions=frozenset({"run:read"}))


class KnowingPlugin:
    """Provides the auth port."""

    @hookimpl
    async def mosaic_provide(self, context):
        return [Provision(port="auth", name="knowing", provider=Knowing())]


async def test_the_auth_port_may_know_others(serve, connect):
    manifest = Manifest(summary="Knows.", provides=(Provides(port="auth", contract="1.0", name="knowing"),))
    async with serve(plugins=[("knowing", KnowingPlugin(), manifest)]) as kernel:
        async with connect(kernel, token=False, authorization="Bearer reader-key") as http:
            assert (await http.get("/api/runs")).status_code == 200
            for method, path in (("GET", "/api/plugins"), ("POST", "/api/runs"), ("GET", "/api/events")):
                refused = await http.request(method, path, json={} if method == "POST" else None)
                assert (refused.status_code, refused.json()["code"]) == (403, "denied"), path
        async with connect(kernel, token=False, authorization="Bearer other") as http:
            assert (await http.get("/api/runs")).status_code == 401
