"""A profile that is served by a process of its own: started, asked by its token, and ended."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

MOSAIC = str(Path(sys.executable).with_name("mosaic"))
SECONDS = 30.0
# Never by a proxy: what is asked is on this machine.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Problem(Exception):
    """What the API answered instead: `status`, and the `problem` as data."""

    def __init__(self, status, problem):
        super().__init__(f"{status}: {problem}")
        self.status = status
        self.problem = problem


class ServedProfile:
    """`mosaic run` in a project directory of its own, which is made if need be."""

    def __init__(self, directory, *settings, watches=False, project="project"):
        self.directory = directory / project
        self.directory.mkdir(parents=True, exist_ok=True)
        home = directory / "home"
        home.mkdir(exist_ok=True)
        self.site = directory / "site"
        self.site.mkdir(exist_ok=True)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("MOSAIC_", "XDG_"))},
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "NO_COLOR": "1",
            "PYTHONPATH": str(self.site),
        }
        self._argv = [MOSAIC, "run", *(["--watch"] if watches else [])]
        for setting in ("plugins.http.rate=1e9", *settings):
            self._argv += ["--set", setting]
        self._process = None
        self.url = ""

    def install(self, name, files):
        """Put a plugin, whose class is ``plugin.Plugin``, where it is found; return its package's directory."""
        package = self.site / f"acme_{name}"
        package.mkdir()
        provides = f"- {{port: ui, contract: '1.0', name: {name}}}"
        manifest = f"{name}:\n  summary: a plugin for tests\n  provides:\n    {provides}\n"
        for file, text in {"__init__.py": "", "mosaic-plugin.yaml": manifest, **files}.items():
            (package / file).write_text(text)
        self.announce(name, f"{package.name}.plugin:Plugin")
        return package

    def install_project(self, name, port):
        """Put a plugin where it is found that is as `mosaic plugins new` makes it."""
        made = self.site.parent / "made"
        argv = [MOSAIC, "plugins", "new", name, "--port", port, "--directory", str(made)]
        subprocess.run(argv, cwd=self.directory, env=self.environment, capture_output=True, check=True)
        shutil.copytree(made / f"mosaic_{name}", self.site / f"mosaic_{name}")
        self.announce(name, f"mosaic_{name}.plugin:{name.capitalize()}Plugin")

    def announce(self, name, target):
        """Say, as an installed distribution does, which class a plugin is."""
        distribution = target.partition(".")[0]
        info = self.site / f"{distribution}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[mosaic.plugins]\n{name} = {target}\n")

    def start(self):
        """Serve; return when it can be asked."""
        self._said = (self.directory.parent / "said.txt").open("ab")
        self._process = subprocess.Popen(
            self._argv,
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=self._said,
            stderr=self._said,
            start_new_session=True,
        )
        link = self.until(self._try_link)
        self.url = link[: link.index("/", len("http://"))]
        return self

    def end(self):
        """End it as Ctrl-C does, and whatever it started with it."""
        if self._process is None:
            return
        try:
            os.killpg(self._process.pid, signal.SIGINT)
            self._process.wait(SECONDS)
        except ProcessLookupError:
            self._process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = None
        self._said.close()

    @property
    def said(self):
        """What it printed, and logged."""
        return (self.directory.parent / "said.txt").read_text("utf-8", "replace")

    def link(self):
        """Return a link that signs a browser in, once."""
        return self.call("http.link")["url"]

    def call(self, operation, **given):
        """Carry out an operation as the user whose token it is."""
        return self.request("POST", f"/api/call/{operation}", given)

    def request(self, method, path, body=None):
        """Ask the API; return the JSON data that it answers."""
        try:
            with _OPENER.open(self._request(method, path, body), timeout=SECONDS) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                text = error.read().decode()
            raise Problem(error.code, json.loads(text) if text.startswith("{") else text) from None

    def events(self, after, kinds):
        """Return the events of these kinds, of all if none is named, that are stored by now."""
        last = self.call("storage.info")["events"]
        found = []
        request = self._request("GET", f"/api/events?after={after}&kinds={','.join(kinds)}")
        # The stream itself does not end.
        with _OPENER.open(request, timeout=2) as stream:
            try:
                for line in stream:
                    if line.startswith(b"data: "):
                        found.append(json.loads(line[6:]))
                        if found[-1]["sequence"] >= last:
                            break
            except TimeoutError:
                pass  # the newest events are of other kinds
        return found

    def has_happened(self, since, *, counts_renewals=False):
        """Return whether something has happened after an event; that somebody is still at work counts only
        where it is asked for.
        """
        if self.call("storage.info")["events"] == since:
            return False
        return counts_renewals or any(event["kind"] != "task.renewed" for event in self.events(since, []))

    def until(self, look, seconds=SECONDS):
        """Return what `look` finds, once it finds something."""
        deadline = time.monotonic() + seconds
        while not (found := look()):
            assert time.monotonic() < deadline, f"it never came true\n{self.said[-3000:]}"
            assert self._process.poll() is None, f"it has ended\n{self.said[-3000:]}"
            time.sleep(0.02)
        return found

    def until_task(self, run_id, task_id, *states, seconds=SECONDS):
        """Return a task once it is in one of these states."""

        def look():
            task = self.call("task.show", run_id=run_id, task_id=task_id)["task"]
            return task if task["state"] in states else None

        return self.until(look, seconds)

    def _request(self, method, path, body=None):
        token = (self.directory / ".mosaic" / "http" / "token").read_text().strip()
        return urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )

    def _try_link(self):
        # Before it serves, a kernel of the command's own would answer, whose links lead nowhere.
        if not any((self.directory / ".mosaic" / "control").glob("*.sock")):
            return None
        done = subprocess.run(
            [MOSAIC, "call", "http.link"],
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            check=False,
            timeout=SECONDS,
        )
        return json.loads(done.stdout)["url"] if done.returncode == 0 else None
