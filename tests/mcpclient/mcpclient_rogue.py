"""The server of `rogue_server.py` as tests steer it, and what it may offer."""

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
ADD = {
    "name": "add",
    "description": "Add two numbers.",
    "inputSchema": {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}},
}
NOTE = {"name": "note", "description": "Keep a note.", "inputSchema": {"type": "object"}}


class Rogue:
    """The server of `rogue_server.py`: its configuration, and what it does next."""

    def __init__(self, path):
        self._path = path
        self.does("", tools=[ADD])

    @property
    def command(self):
        return [sys.executable, "-IS", str(HERE / "rogue_server.py"), str(self._path)]

    def does(self, behaviour="", *, tools=None, **more):
        """Say what it does from now on; the tools stay if none are given."""
        if tools is not None:
            self._tools = tools
        script = {"tools": self._tools, "behaviour": behaviour, **more}
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(script), encoding="utf-8")
        fresh.replace(self._path)

    @property
    def log(self):
        """Everything that was asked of it: process, method, parameters."""
        file = Path(f"{self._path}.log")
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def methods(self):
        return [method for _, method, _ in self.log]

    @property
    def pids(self):
        return list(dict.fromkeys(pid for pid, _, _ in self.log))

    @property
    def grandchild(self):
        return int(Path(f"{self._path}.child").read_text())
