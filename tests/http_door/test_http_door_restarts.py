"""A start after the first: the same port, and browsers that are still signed in."""

import json
import os
import socket
import stat

import pytest
from http_door_wire import place_of

from mosaic_http.restarts import Kept, read_kept, write_kept

GOOD = {"a" * 64: 2**50}


def file_of(kernel):
    return kernel.state_directory / "http" / "restart.json"


async def signed_in(kernel, http):
    """Open a link, as a browser does; return its cookie, and leave the client without."""
    answer = await http.get((await kernel.dispatch("http.link")).url)
    http.cookies.clear()
    return answer.headers["set-cookie"].partition(";")[0]


async def status(http, cookie):
    return (await http.get("/api/session", headers={"cookie": cookie})).status_code


async def test_the_page_that_is_open_finds_its_port_and_its_session_again(serve, connect):
    async with serve() as kernel, connect(kernel, token=False) as http:
        place = place_of(kernel)
        stays, leaves = await signed_in(kernel, http), await signed_in(kernel, http)
        about = (await http.get("/api/session", headers={"cookie": stays})).json()
        csrf = (await http.get("/api/session", headers={"cookie": leaves})).json()["csrf"]
        written = file_of(kernel).stat().st_ino
        assert await status(http, stays) == 200
        assert file_of(kernel).stat().st_ino == written  # a request alone writes nothing
        leaving = {"cookie": leaves, "x-mosaic-csrf": csrf}
        assert (await http.post("/api/session/end", headers=leaving)).status_code == 204
        assert file_of(kernel).stat().st_ino != written
    text = file_of(kernel).read_text()
    assert stat.S_IMODE(file_of(kernel).stat().st_mode) == 0o600
    assert sorted(path.name for path in file_of(kernel).parent.iterdir()) == ["restart.json", "token"]
    assert stays.partition("=")[2] not in text
    assert about["csrf"] not in text
    async with serve() as kernel, connect(kernel, token=False) as http:
        assert place_of(kernel) == place
        assert (await http.get("/api/session", headers={"cookie": stays})).json() == about
        assert await status(http, leaves) == 401
        assert await status(http, f"{stays}x") == 401
        digest = next(iter(json.loads(text)["sessions"]))
        assert await status(http, f"mosaic-{place[1]}={digest}") == 401  # what is kept lets nobody in


async def test_where_the_port_is_taken_it_takes_another_and_forgets_the_sessions(serve, connect):
    async with serve() as kernel, connect(kernel, token=False) as http:
        place = place_of(kernel)
        secret = (await signed_in(kernel, http)).partition("=")[2]
    with socket.create_server(place):
        async with serve() as kernel, connect(kernel, token=False) as http:
            other = place_of(kernel)
            assert other != place
            # Whoever listens there now is sent the cookie.
            assert await status(http, f"mosaic-{other[1]}={secret}") == 401
    assert read_kept(kernel.state_directory) == Kept(port=other[1])


async def test_a_port_that_is_configured_is_taken_and_keeps_its_sessions(serve, connect):
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    async with serve(**{"plugins.http.port": port}) as kernel, connect(kernel, token=False) as http:
        cookie = await signed_in(kernel, http)
    sessions = read_kept(kernel.state_directory).sessions
    write_kept(kernel.state_directory, Kept(port=port, sessions={**GOOD, **sessions}))
    settings = {"plugins.http.port": port, "plugins.http.sessions": 1}
    async with serve(**settings) as kernel, connect(kernel, token=False) as http:
        assert await status(http, cookie) == 200
        [until] = read_kept(kernel.state_directory).sessions.values()  # the newest
        assert until != 2**50


async def test_sessions_that_have_ended_or_would_last_too_long(serve):
    async with serve() as kernel:
        pass
    port = kept_port(kernel)
    write_kept(kernel.state_directory, Kept(port=port, sessions={"b" * 64: 1, **GOOD}))
    async with serve(**{"plugins.http.session_seconds": 60}) as kernel:
        kept = read_kept(kernel.state_directory)
        assert list(kept.sessions) == list(GOOD)
        assert kept.sessions["a" * 64] < 2**50


def kept_port(kernel):
    return json.loads(file_of(kernel).read_text())["port"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[" * 100_000,
        "\udcff",
        "null",
        '{"port": 0, "sessions": {}}',
        '{"port": 65536, "sessions": {}}',
        '{"port": true, "sessions": {}}',
        '{"port": "80", "sessions": {}}',
        '{"port": 80}',
        '{"port": 80, "sessions": []}',
        '{"port": 80, "sessions": {"short": 9}}',
        json.dumps({"port": 80, "sessions": {"a" * 64: "9"}}),
    ],
)
def test_a_file_that_is_broken_says_nothing(tmp_path, text):
    write_kept(tmp_path, Kept(port=80, sessions=GOOD))
    assert read_kept(tmp_path) == Kept(port=80, sessions=GOOD)
    (tmp_path / "http" / "restart.json").write_text(text, "utf-8", "surrogateescape")
    assert read_kept(tmp_path) == Kept()


def test_a_file_that_others_could_have_written_says_nothing(tmp_path):
    assert read_kept(tmp_path) == Kept()
    write_kept(tmp_path, Kept(port=80, sessions=GOOD))
    path = tmp_path / "http" / "restart.json"
    path.chmod(0o620)
    assert read_kept(tmp_path) == Kept()
    path.chmod(0o600)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert read_kept(tmp_path) == Kept()
    path.unlink()
    os.mkfifo(path, 0o600)
    assert read_kept(tmp_path) == Kept()


@pytest.mark.parametrize("text", ["{", '{"port": 1, "sessions": {}}', None])
async def test_no_such_file_is_in_the_way_of_a_start(serve, connect, tmp_path, text):
    path = tmp_path / ".mosaic" / "http" / "restart.json"
    path.parent.mkdir(parents=True)
    if text is None:  # it can neither be read nor replaced
        path.mkdir()
        (path / "x").touch()
    else:
        path.write_text(text)
        path.chmod(0o600)
    async with serve() as kernel, connect(kernel, token=False) as http:
        assert file_of(kernel) == path
        assert await status(http, await signed_in(kernel, http)) == 200
        assert len(list(path.parent.iterdir())) == 2
        assert text is None or read_kept(kernel.state_directory).port == place_of(kernel)[1]


async def test_a_reload_goes_on_with_them_too(serve, connect):
    async with serve() as kernel, connect(kernel, token=False) as http:
        cookie = await signed_in(kernel, http)
        kept = read_kept(kernel.state_directory)
        await kernel.dispatch("plugins.reload", {"name": "http"})
        assert await status(http, cookie) == 200
        assert read_kept(kernel.state_directory) == kept
        second = await signed_in(kernel, http)
    async with serve() as kernel, connect(kernel, token=False) as http:
        assert [await status(http, one) for one in (cookie, second)] == [200, 200]
