"""A real ``mosaic run`` in a process of its own, with a plugin that the test writes, and commands beside it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from invoking import invoke

MOSAIC = str(Path(sys.executable).parent / "mosaic")
PLUGIN = """
import attrs
from mosaic_hookspecs import Operation, OperationKind, hookimpl

@attrs.frozen(kw_only=True)
class Nothing:
    pass

@attrs.frozen(kw_only=True)
class Greeting:
    text: str

class GreeterPlugin:
    @hookimpl
    def mosaic_operations(self, context):
        return [Operation(name="greeter.greet", kind=OperationKind.QUERY, input=Nothing, output=Greeting,
                          handler=self.greet, permission="", summary="Greet.")]

    async def greet(self, data, call):
        return Greeting(text=TEXT)

TEXT = {text!r}
"""


class System:
    """A project in a directory, with a site directory of its own on the path."""

    def __init__(self, directory):
        self.project = directory / "project"
        self.site = directory / "site"
        self.project.mkdir(parents=True)
        self.site.mkdir()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MOSAIC_")}
        self.environment = {
            **kept,
            "XDG_CONFIG_HOME": str(directory / "config"),
            "XDG_CACHE_HOME": str(directory / "cache"),
            "PYTHONPATH": str(self.site),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.state_directory = self.project / ".mosaic"
        self.processes = []

    def install(self, text="hello", *, version="1.0"):
        """Put the plugin into the site directory, as an installer does."""
        self.write_code(text)
        (self.site / "greeter" / "mosaic-plugin.yaml").write_text("greeter: {summary: Greets.}\n")
        info = self.site / f"greeter-{version}.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: greeter\nVersion: {version}\n")
        (info / "entry_points.txt").write_text("[mosaic.plugins]\ngreeter = greeter.plugin:GreeterPlugin\n")
        (info / "RECORD").write_text("greeter/__init__.py,,\n")

    def write_code(self, text):
        package = self.site / "greeter"
        package.mkdir(exist_ok=True)
        (package / "__init__.py").touch()
        (package / "plugin.py").write_text(PLUGIN.format(text=text))

    def run(self, *arguments):
        """Start ``mosaic run``, and wait until it can be reached."""
        with (self.project.parent / f"log-{len(self.processes)}").open("wb") as log:
            process = subprocess.Popen(
                [MOSAIC, "run", "-v", *arguments],
                cwd=self.project,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        self.until(lambda: any(self._sockets(process)))
        return process

    def _sockets(self, process):
        return Path(os.path.realpath(self.state_directory / "control")).glob(f"{process.pid}-*.sock")

    def mosaic(self, *arguments):
        """Run a command beside it, in this process, where the plugin is not installed; return its exit code,
        output and error output.
        """
        code, output, errors = invoke(arguments, self.project, self.environment)
        assert "Traceback" not in errors
        return code, output, errors

    def program(self, *arguments):
        """Run a command beside it in a process of its own, where the plugin is installed; as `mosaic`."""
        done = subprocess.run(
            [MOSAIC, *arguments],
            cwd=self.project,
            env=self.environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout, done.stderr

    def json(self, *arguments):
        code, output, _ = self.mosaic(*arguments, "--json")
        return code, json.loads(output or "null")

    def log(self, number=0):
        return (self.project.parent / f"log-{number}").read_text()

    def until(self, is_so, seconds=120):
        """Wait until something is so; what runs in another process can only be looked at."""
        give_up = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < give_up, self.log()
            for process in self.processes:
                assert process.poll() is None, self.log()
            time.sleep(0.05)

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
