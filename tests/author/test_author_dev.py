"""``mosaic dev``: a project that nobody installed runs, is reloaded when saved, and told of line by line."""

import io
import json
import os
import queue
import signal
import subprocess
import sys
import threading

import pytest
from author_projects import generate
from click.testing import CliRunner

from mosaic_cli.dev_command import _settings
from mosaic_cli.dev_log import DevLog
from mosaic_cli.main import mosaic
from mosaic_cli.plugin_project import PluginProject
from mosaic_hookspecs import InputError

SECONDS = 240.0  # a deadline, not a measure: other work may share the machine


class Running:
    """``mosaic dev`` in a process of its own, and the lines that it prints."""

    def __init__(self, directory, *targets):
        # Not in its site: it is not installed.
        command = [sys.executable, "-m", "mosaic_cli", "dev", directory.name, *targets]
        environment = {**os.environ, "XDG_CACHE_HOME": str(directory.parent / "cache"), "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            command,
            cwd=directory.parent,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines = queue.Queue()
        self.seen = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))

    def next(self, words):
        """Wait for a line with these words."""
        while True:
            try:
                line = self.lines.get(timeout=SECONDS)
            except queue.Empty:
                pytest.fail(f"no line with {words!r} came: {self.seen}")
            self.seen.append(line)
            if words in line:
                return line

    def end(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(SECONDS)


@pytest.fixture
def dev():
    running = []

    def start(directory, *targets):
        running.append(Running(directory, *targets))
        return running[-1]

    yield start
    for one in running:
        if one.process.poll() is None:
            one.process.kill()
        one.process.wait()
        one.process.stdout.close()


def test_saving_reloads_and_a_mistake_is_told_with_its_place(tmp_path, dev):
    project = generate(tmp_path, "saved")
    file = project.package / "words.py"
    sound = file.read_text()
    running = dev(project.directory)
    assert running.next("generation 1 runs") == "saved: generation 1 runs (operation saved.count)"
    running.next("Ctrl-C ends it")
    file.write_text(sound + "\n# saved\n")
    line = running.next("generation 2 in ")
    assert line.startswith("saved: generation 2 in ")
    assert line.endswith(" ms")
    file.write_text(sound + "\ndef (\n")
    line = running.next("saved: not reloaded: ")
    assert f"{file}:" in line
    assert "SyntaxError" in line
    file.write_text(sound)
    running.next("saved: generation ")
    assert running.end() == 130
    assert (project.directory / ".mosaic/dev/.gitignore").read_text() == "*\n"


def test_targets_are_run_and_addresses_told(tmp_path, dev):
    project = generate(tmp_path, "doors", "transport", "planning")
    (tmp_path / "nightly.steps").write_text("one: true\ntwo after one: true\n")
    running = dev(project.directory, "nightly.steps")
    assert running.next("serves at").startswith("doors-transport: serves at tcp://127.0.0.1:")
    running.next("accept two")
    assert running.next("nightly.steps: ") == "nightly.steps: accepted"
    assert running.end() == 130


def test_a_plugin_that_cannot_start_is_mended(tmp_path, dev):
    project = generate(tmp_path, "broken", "auth")
    file = project.package / "plugin.py"
    sound = file.read_text()
    file.write_text(sound.replace("config: Config = context.config", 'raise RuntimeError("no luck")'))
    running = dev(project.directory)
    assert "no luck" in running.next("broken: failed: ")
    running.next("Ctrl-C ends it")
    file.write_text(sound)
    running.next("broken: generation ")
    assert running.end() == 130


def test_a_plugin_that_cannot_be_imported_is_told(tmp_path, dev):
    project = generate(tmp_path, "lost", "ui")
    (project.package / "plugin.py").write_text("import no_such_module\n")
    running = dev(project.directory)
    running.next("lost is unavailable")
    assert "no_such_module" in running.next("got: ")
    assert "mosaic dev" in running.next("hint: ")
    assert running.process.wait(SECONDS) == 2


@pytest.mark.parametrize(
    ("port", "configured", "key", "value"),
    [
        ("storage", {"storage": ["sqlite"]}, "ports.storage", ["own"]),
        ("storage", {}, "ports.storage", ["own"]),
        ("workspace", {"workspace": ["git", "directory"]}, "ports.workspace", ["git", "directory", "own"]),
        ("workspace", {}, "ports.workspace", None),
        ("agents", {"agents": ["own", "command"]}, "ports.agents", None),
    ],
)
def test_the_project_fills_the_ports_that_it_provides(tmp_path, port, configured, key, value):
    project = PluginProject.read(generate(tmp_path, "own", port).directory)
    settings = _settings(project, configured)
    assert settings.get(key) == value
    assert settings["plugins.watch.only"] == ["own"]


def test_what_is_no_project_is_told(tmp_path):
    for text, code in ((None, "no-plugin-project"), ("[", "bad-project"), ("[project]\n", "no-plugin-project")):
        if text is not None:
            (tmp_path / "pyproject.toml").write_text(text)
        with pytest.raises(InputError) as caught:
            PluginProject.read(tmp_path)
        assert caught.value.code == code


def test_a_project_becomes_discoverable_once(tmp_path, monkeypatch):
    project = PluginProject.read(generate(tmp_path, "found").directory)
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert project.make_discoverable()
    before = list(sys.path)
    assert not project.make_discoverable()
    assert sys.path == before


def written(*lines, **options):
    log = DevLog(**options)
    out, err = io.StringIO(), io.StringIO()
    from contextlib import redirect_stderr, redirect_stdout

    with redirect_stdout(out), redirect_stderr(err):
        for line in lines:
            log.write(json.dumps({"level": "info", "plugin": "watch", "time": "now", **line}) + "\n")
    return out.getvalue(), err.getvalue()


def test_the_log_shows_reloads_and_what_somebody_should_look_at():
    lines = [
        {"event": "watch.reloaded", "name": "notes", "generation": 2, "seconds": 0.0214},
        {"event": "watch.packages_changed", "added": "other"},
        {"event": "letter.delivered", "letter": 1},
        {"event": "letter.lost", "level": "error", "plugin": "post", "letter": "\x1b[31m2"},
        {"event": "plugin.reloaded", "level": "info", "name": "notes"},
    ]
    out, err = written(*lines)
    assert out == "notes: generation 2 in 21 ms\npackages: added other\n"
    assert err.startswith("error: post letter.lost letter=")
    assert "\x1b" not in err
    _, err = written(*lines, is_chatty=True)
    assert "letter.delivered" in err
    assert "plugin.reloaded" not in err
    out, _ = written(*lines, as_json=True)
    assert len(out.splitlines()) == len(lines)


def test_a_line_that_is_no_json_is_shown():
    out = io.StringIO()
    from contextlib import redirect_stderr

    with redirect_stderr(out):
        DevLog().write("what?\n")
    assert out.getvalue() == "what?\n"


def test_the_help_names_it():
    assert "dev" in CliRunner().invoke(mosaic, ["--help"]).output
