"""Run every example for real, each in a directory of its own; exit with 1 if one does not do what it says."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).parent.resolve()
MOSAIC = [sys.executable, "-m", "mosaic_cli"]
SECRET = "whsec_bm90LXZlcnktc2VjcmV0"  # noqa: S105 - it guards nothing but this program
PLUGINS = {
    "smallest_plugin": "greeter",
    "webhook": "webhook",
    "protocol_handler": "finger",
    "brand_theme": "brand",
    "workflow_hooks": "workflow-hooks",
}
WORKFLOW = """
jobs:
  hello:
    steps:
      - run: echo "hello"
"""


def run(argv: list[str], directory: Path, expected: str, code: int = 0, site: Path | None = None) -> None:
    started = time.monotonic()
    done = subprocess.run(
        argv, cwd=directory, env=seeing(site), capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode != code or expected not in done.stdout:
        sys.exit(
            f"{argv}: exit {done.returncode}, wanted {code} and {expected!r}\n{done.stdout}\n{done.stderr}"
        )
    print(f"ok  {time.monotonic() - started:5.1f} s  {' '.join(argv[1:])}")


def seeing(site: Path | None) -> dict[str, str]:
    """Return an environment in which what was installed into `site` can be imported."""
    return {**os.environ, **({"PYTHONPATH": str(site)} if site else {})}


@contextmanager
def serving(
    argv: list[str], directory: Path, port: int, site: Path | None = None, makes: Path | None = None
) -> Iterator[None]:
    """Run a program that serves, from when its port answers and a file is there; then end it with Ctrl-C."""
    started = time.monotonic()
    process = subprocess.Popen(argv, cwd=directory, env=seeing(site), stderr=subprocess.PIPE, text=True)
    try:
        while not answers(port) or not (makes is None or makes.exists()):
            if process.poll() is not None or time.monotonic() - started > 60:  # noqa: PLR2004 - seconds
                process.kill()
                sys.exit(f"{argv}: nothing answers at port {port}\n{process.communicate()[1]}")
            time.sleep(0.05)
        yield
        process.send_signal(signal.SIGINT)
        errors = process.communicate(timeout=30)[1]
        if process.returncode not in (0, 130, -signal.SIGINT) or "Traceback" in errors:
            sys.exit(f"{argv}: exit {process.returncode} after Ctrl-C\n{errors}")
        print(f"ok  {time.monotonic() - started:5.1f} s  {' '.join(argv[1:])}")
    finally:
        process.kill()
        process.communicate()


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        number: int = server.getsockname()[1]
        return number


def goal(directory: Path) -> None:
    words = "Build a REST API for a zoo with animals and keepers"
    run([*MOSAIC, "run", "--goal", words, "--into", "zoo"], directory, "accepted")
    run([sys.executable, "-m", "pytest", "-q"], directory / "zoo", "passed")


def bookshop(directory: Path) -> None:
    run([*MOSAIC, "run", str(HERE / "bookshop/PRD.md"), "--into", "bookshop"], directory, "accepted")
    run([sys.executable, "-m", "pytest", "-q"], directory / "bookshop", "passed")


def workflow(directory: Path) -> None:
    repository = directory / "repository"
    shutil.copytree(HERE / "smallest_plugin", repository)
    for argv in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "start"]):
        identity = ["-c", "user.name=example", "-c", "user.email=example@localhost"]
        subprocess.run(["git", *identity, *argv], cwd=repository, check=True)
    run([*MOSAIC, "run", str(HERE / "workflows/checks.yaml"), "--into", "."], repository, "accepted")


def embedding(directory: Path) -> None:
    run([sys.executable, str(HERE / "embedding/five_lines.py"), "."], directory, "accepted")
    run([sys.executable, str(HERE / "embedding/from_threads.py"), "."], directory, "hello from a thread")
    run([sys.executable, str(HERE / "embedding/from_asyncio.py"), "."], directory, "engine")


def applications(directory: Path) -> None:
    """Run a workflow in each web application that has Mosaic inside, and follow it."""
    # Loopback is not to be reached through a proxy.
    browser = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for name in ("quart_app", "fastapi_app"):
        port = free_port()
        (directory / name).mkdir()
        with serving(
            [sys.executable, str(HERE / f"embedding/{name}.py"), ".", str(port)], directory / name, port
        ):
            body = json.dumps({"target": "hello.yaml", "text": WORKFLOW, "run_id": "first"}).encode()
            asked = urllib.request.Request(
                f"http://127.0.0.1:{port}/runs", body, {"Content-Type": "application/json"}
            )
            browser.open(asked, timeout=60).close()
            with browser.open(f"http://127.0.0.1:{port}/runs/first/events", timeout=60) as events:
                while b"event: run.finished" not in events.readline():
                    pass
            with browser.open(f"http://127.0.0.1:{port}/runs/first", timeout=60) as answer:
                if json.load(answer)["result"] != "accepted":
                    sys.exit(f"{name}: the run was not accepted")


def in_pytest(directory: Path) -> None:
    test = str(HERE / "embedding/test_in_pytest.py")
    run([sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", ".", test], directory, "3 passed")


def install(directory: Path, *examples: str) -> Path:
    """Install examples into a directory of their own, beside this environment's packages."""
    site = directory / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site)]
    run([*pip, *(str(HERE / example) for example in examples)], directory, "")
    return site


def smallest_plugin(directory: Path) -> None:
    site = install(directory, "smallest_plugin")
    run([*MOSAIC, "greet", "Ada"], directory, "Hello, Ada!", site=site)


def webhook(directory: Path) -> None:
    """Receive what a run of the command line POSTs, before that command ends."""
    site, kinds = install(directory, "webhook"), []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers["webhook-signature"].startswith("v1,"):
                kinds.append(json.loads(body)["type"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - so it is called
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        configuration = {"url": f"http://127.0.0.1:{server.server_port}/", "secret": SECRET}
        (directory / "mosaic.yaml").write_text(json.dumps({"plugins": {"webhook": configuration}}))
        (directory / "hello.yaml").write_text(WORKFLOW)
        run([*MOSAIC, "run", "hello.yaml"], directory, "accepted", site=site)
        server.shutdown()
    if (kinds[:1], kinds[-1:]) != (["run.created"], ["run.finished"]):
        sys.exit(f"webhook: received {kinds}")


def protocol_handler(directory: Path) -> None:
    """Ask a system that serves how its runs stand, as a client of the protocol."""
    site, port = install(directory, "protocol_handler"), free_port()
    (directory / "mosaic.yaml").write_text(json.dumps({"plugins": {"finger": {"port": port}}}))
    (directory / "hello.yaml").write_text(WORKFLOW)
    run([*MOSAIC, "run", "hello.yaml"], directory, "accepted", site=site)
    with serving([*MOSAIC, "run"], directory, port, site):
        with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
            client.sendall(b"\r\n")
            text = client.makefile().read()
        if "accepted" not in text:
            sys.exit(f"protocol_handler: answered {text!r}")


def mcp_everything(directory: Path) -> None:
    """Call a tool, as a client of the revision 2026-07-28 does: one request, and no session."""
    site, port, version = install(directory, "mcp_everything"), free_port(), "2026-07-28"
    browser = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    about = "io.modelcontextprotocol"
    meta = {f"{about}/protocolVersion": version, f"{about}/clientCapabilities": {}}
    params = {"name": "test_simple_text", "arguments": {}, "_meta": meta}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    headers = {
        "Accept": "application/json, text/event-stream",
        "Content-Type": "application/json",
        "Mcp-Protocol-Version": version,
        "Mcp-Method": "tools/call",
        "Mcp-Name": "test_simple_text",
    }
    argv = [*MOSAIC, "run", "--profile", "everything", "--set", f"plugins.http.port={port}"]
    with serving(argv, directory, port, site):
        url = f"http://127.0.0.1:{port}/mcp"
        asked = urllib.request.Request(url, json.dumps(body).encode(), headers)
        with browser.open(asked, timeout=60) as answer:
            found = json.load(answer)
    if found["result"]["isError"] or found["result"]["content"][0]["type"] != "text":
        sys.exit(f"mcp_everything: answered {found}")


def workflow_hooks(directory: Path) -> None:
    """Use the step that the plugin adds, and go on with the run that follows."""
    site = install(directory, "workflow_hooks")
    blocks = (HERE / "workflow_hooks/README.md").read_text().split("```yaml\n# ")[1:]
    for block in blocks:
        name, _, text = block.partition("```")[0].partition("\n")
        (directory / name).write_text(text)
    run([*MOSAIC, "run", "build.yaml"], directory, "accepted", site=site)
    run([*MOSAIC, "run", "--resume"], directory, "accepted", site=site)
    run([*MOSAIC, "logs", "deploy"], directory, "has built", site=site)


def separate_process(directory: Path) -> None:
    """Start both plugins, each in a process of its own: one in Python, one in JavaScript."""
    site = install(directory, "separate_process")
    run([*MOSAIC, "plugins", "info", "words", "--json"], directory, '"state": "running"', site=site)
    if shutil.which("node"):
        run([*MOSAIC, "plugins", "info", "slugs", "--json"], directory, '"state": "running"', site=site)
    else:
        print("--  separate_process: the plugin in JavaScript needs Node.js, which is not here")


def conformance(directory: Path) -> None:
    """Run the conformance kits of every port that the examples provide."""
    site = install(directory, *PLUGINS)
    configuration = {
        "plugins.webhook.url": "http://127.0.0.1:9/",
        "plugins.webhook.secret": SECRET,
        "plugins.webhook.kinds": [],
        "plugins.finger.port": 0,
    }
    for name in PLUGINS.values():
        wanted = {key: value for key, value in configuration.items() if key.split(".")[1] == name}
        work = {"text": "Ready"} if name == "workflow-hooks" else None  # for the kit of agents
        fixtures = "\n\n".join(
            f"@pytest.fixture\ndef mosaic_{about}():\n    return {value!r}\n"
            for about, value in (("settings", wanted), ("work", work))
        )
        (directory / "conftest.py").write_text(f"import pytest\n\n{fixtures}")
        argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--mosaic-plugin", name]
        run(argv, directory, "passed", site=site)


def pull_worker(directory: Path) -> None:
    """Have a program do a plan over MCP, and another one that lies."""
    test = str(HERE / "pull_worker/test_pull_worker.py")
    run([sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", ".", test], directory, "2 passed")


def tony_solo(directory: Path) -> None:
    """Plan a goal and build it, from one program."""
    run([sys.executable, str(HERE / "tony/solo.py"), "."], directory, "Notes is accepted")


def tony_team(directory: Path) -> None:
    """Share a system that serves: plan in one's own, and work there with others."""
    port, shared, own = free_port(), directory / "shared", directory / "alice"
    shared.mkdir()
    own.mkdir()
    (shared / "mosaic.yaml").write_text(json.dumps({"plugins": {"http": {"port": port}}}))
    token_file = shared / ".mosaic/mcp/token"
    with serving([*MOSAIC, "run"], shared, port, makes=token_file):
        token = token_file.read_text().strip()
        url = f"http://127.0.0.1:{port}/mcp"
        argv = [sys.executable, str(HERE / "tony/team.py"), url, token, str(own)]
        run(argv, directory, "Greetings is accepted")


EXAMPLES: tuple[Callable[[Path], None], ...] = (
    goal,
    bookshop,
    workflow,
    embedding,
    applications,
    in_pytest,
    smallest_plugin,
    webhook,
    protocol_handler,
    mcp_everything,
    workflow_hooks,
    separate_process,
    pull_worker,
    tony_solo,
    tony_team,
    conformance,
)


def main() -> None:
    wanted = sys.argv[1:]
    for example in EXAMPLES:
        if not wanted or example.__name__ in wanted:
            with tempfile.TemporaryDirectory(prefix="mosaic-example-") as directory:
                example(Path(directory).resolve())


if __name__ == "__main__":
    main()
