"""How a person comes to the pages: the link that `mosaic run` prints, the browser, and `mosaic open`."""

import json
import os
import pty
import re
import signal
import stat
import subprocess
import sys
import threading
import webbrowser
from pathlib import Path

import httpx
import pytest
import trio
from http_door_wire import until

from invoking import invoke
from mosaic_cli.opening import has_screen, open_browser

MOSAIC = str(Path(sys.executable).parent / "mosaic")
LINK = re.compile(r"http://127\.0\.0\.1:\d+/login\?code=[\w-]+")


@pytest.mark.parametrize(
    ("environment", "platform", "has"),
    [
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "linux", False),
        ({}, "darwin", True),
        ({}, "win32", True),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, "linux", False),
        ({"SSH_TTY": "/dev/pts/1"}, "darwin", False),
        ({"DISPLAY": ":0", "CI": "true"}, "linux", False),
    ],
)
def test_a_browser_is_opened_where_somebody_sees_it(environment, platform, has):
    assert has_screen(environment, platform) is has


def test_the_browser_gets_the_link_in_a_file_for_its_user_alone(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    open_browser('http://127.0.0.1:1/login?code="x&y', tmp_path).join(10)
    [address] = opened
    page = tmp_path / "http" / "open.html"
    assert address == page.as_uri()
    assert "code=&quot;x&amp;y" in page.read_text()
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert list(page.parent.iterdir()) == [page]


def test_a_browser_that_does_not_start_is_no_error(tmp_path, monkeypatch):
    def fail(address):
        raise webbrowser.Error(address)

    monkeypatch.setattr(webbrowser, "open", fail)
    open_browser("http://127.0.0.1:1/", tmp_path).join(10)


def test_where_nothing_runs_it_says_what_to_do(tmp_path):
    code, out, err = invoke(["open"], tmp_path, {"HOME": str(tmp_path)})
    assert (code, out) == (2, "")
    assert "[nothing-runs]" in err
    assert "mosaic run" in err


async def test_it_gives_a_link_of_the_system_that_runs(tmp_path, serve, monkeypatch):
    opened = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    home = {"HOME": str(tmp_path)}
    async with serve(ports=("http", "control")) as kernel, httpx.AsyncClient(trust_env=False) as http:
        await until(lambda: kernel.port("transport").get("control").addresses)

        async def ask(*words, **environment):
            return await trio.to_thread.run_sync(invoke, ["open", *words], tmp_path, {**home, **environment})

        code, out, err = await ask("--print")
        assert (code, err) == (0, "")
        answer = await http.get(out.strip())
        assert answer.status_code == 200
        assert 'content="0;url=/"' in answer.text
        assert (await ask())[1].startswith("http://127.0.0.1:")  # there is no screen
        code, out, err = await ask("--json")
        assert LINK.fullmatch(json.loads(out)["url"])
        code, out, err = await ask(DISPLAY=":0")
        assert (code, out, opened) == (0, "", [(kernel.state_directory / "http" / "open.html").as_uri()])


async def test_where_the_door_is_shut_it_says_so(tmp_path, serve):
    async with serve(ports=("http", "control")) as kernel:
        await until(lambda: kernel.port("transport").get("control").addresses)
        await kernel.dispatch("plugins.disable", {"name": "http", "keeps": False})
        code, out, err = await trio.to_thread.run_sync(invoke, ["open"], tmp_path, {"HOME": str(tmp_path)})
    assert (code, out) == (2, "")
    assert "[http-not-served]" in err
    assert ".[http]" in err


def environment(folder, **more):
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1", **more}


def test_run_prints_the_link_on_a_terminal(tmp_path):
    ours, theirs = pty.openpty()
    argv = [MOSAIC, "run", "--set", "ports.storage=memory"]
    process = subprocess.Popen(
        argv, cwd=tmp_path, env=environment(tmp_path), stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    told = ""
    try:
        while not (LINK.search(told) and "another)" in told):
            told += os.read(ours, 4096).decode()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        os.close(ours)
    assert "Watch it: http://127.0.0.1:" in told
    assert "mosaic open" in told
    assert not (tmp_path / ".mosaic" / "http" / "open.html").exists()  # there is no screen


def test_elsewhere_no_link_is_told(tmp_path):
    (tmp_path / "w.yaml").write_text('jobs:\n  hello: {steps: [{run: "echo hello"}]}\n')
    code, out, err = invoke(
        ["run", "w.yaml", "--set", "ports.storage=memory"], tmp_path, environment(tmp_path, DISPLAY=":0")
    )
    assert code == 0
    assert "login?code" not in out + err
    assert not (tmp_path / ".mosaic" / "http" / "open.html").exists()


def test_a_browser_that_was_asked_for_is_opened_or_refused(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    (tmp_path / "w.yaml").write_text('jobs:\n  hello: {steps: [{run: "echo hello"}]}\n')
    argv = ["run", "w.yaml", "--open", "--json", "--set", "ports.storage=memory"]
    code, out, err = invoke(argv, tmp_path, environment(tmp_path))
    assert (code, json.loads(out)["result"]) == (0, "accepted")
    assert [Path(address).name for address in opened] == ["open.html"]
    code, out, err = invoke([*argv, "--set", "plugins.http=false"], tmp_path, environment(tmp_path))
    assert code == 2
    assert "http-not-served" in out + err


BESIDE = """
import sys
from mosaic_http import transport
assert "wsproto" not in sys.modules and "h11" not in sys.modules
transport._load()
loaded = set(sys.modules)
import mosaic_http.app, mosaic_http.guard, mosaic_http.lasting.calls, mosaic_http.serving.server
assert "wsproto" in loaded
assert set(sys.modules) == loaded
"""


async def test_what_serves_is_imported_beside_the_loop(serve, monkeypatch):
    from mosaic_http import transport

    threads = []
    monkeypatch.setattr(transport, "_load", lambda: threads.append(threading.get_ident()))
    async with serve():
        pass
    assert len(threads) == 1
    assert threads[0] != threading.get_ident()
    await trio.run_process([sys.executable, "-c", BESIDE])
