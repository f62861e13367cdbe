"""A person does a task of a real run with the command line, beside the process that drives it."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from mosaic_cli.main import mosaic

PLAN = {
    "mosaic_plan": 1,
    "title": "A plan with a person",
    "nodes": [
        {"node_id": "E.001", "title": "Everything"},
        {"node_id": "F.001.01", "title": "A feature"},
        {
            "node_id": "S.001.01.01",
            "title": "Sign the letter",
            "minutes": 5,
            "runtime": "person",
            "work": {"description": "Put your name below it."},
            "checks": [{"name": "signed", "parameters": {"run": "grep -q Ann letter.txt"}}],
        },
    ],
}


@pytest.fixture
def place(tmp_path, monkeypatch):
    for name in list(os.environ):
        if name.startswith("MOSAIC_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    directory = tmp_path / "project"
    directory.mkdir()
    (directory / "plan.json").write_text(json.dumps(PLAN))
    return directory


@pytest.fixture
def run(place):
    """`mosaic run`, in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mosaic_cli", "run", "plan.json", "--into", "result", "--json"],
        cwd=place,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def call(place, *words):
    done = CliRunner().invoke(mosaic, [*words, "-C", str(place)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def wait_for_item(place):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if (place / ".mosaic" / "mosaic.db").exists():
            found = json.loads(call(place, "inbox", "list", "--json"))["items"]
            if found and found[0]["state"] == "open":
                return found[0]
        time.sleep(0.2)
    raise AssertionError("the task never came to the inbox")


def test_a_person_takes_does_and_reports(place, run):
    item = wait_for_item(place)
    assert item["title"] == "Sign the letter"
    shown = call(place, "inbox", "show", "S.001.01.01")
    assert "Put your name below it." in shown
    assert "signed" in shown
    taken = call(place, "inbox", "take", "S.001.01.01", "--as", "Ann")
    where = taken.splitlines()[-1]
    assert where == item["place"]
    with open(f"{where}/letter.txt", "w") as letter:  # noqa: PTH123 - a path as the person was told it
        letter.write("Yours, Ann")
    assert "is reported: succeeded" in call(place, "inbox", "done", "S.001.01.01", "--as", "Ann")
    out, err = run.communicate(timeout=60)
    assert run.returncode == 0, err
    assert json.loads(out)["result"] == "accepted"
    assert (place / "result" / "letter.txt").read_text() == "Yours, Ann"


def test_mail_by_the_command_line(place):
    assert "There are no messages for Bob." in call(place, "messages", "read", "--as", "Bob")
    assert "is sent to agent:Bob" in call(place, "messages", "send", "Bob", "Hello\x1b[31m", "--as", "Ann")
    read = call(place, "messages", "read", "--as", "Bob")
    assert "Ann" in read
    assert "Hello\n" in read
