"""The main job, as the README has it: from a PRD to a service that was verified and works."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
import trio
from acceptance_place import SECONDS, plan_of, wait_until

from mosaic_kernel import Kernel, to_json_data

BOOKSHOP = Path(__file__).parents[2] / "examples" / "bookshop" / "PRD.md"
PATIENCE = 240.0  # a deadline, not a measure: other work may share the machine


def git(directory, *argv):
    identity = ("-c", "user.name=Somebody", "-c", "user.email=somebody@localhost")
    done = subprocess.run(["git", *identity, *argv], cwd=directory, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def details(place, run_id, tasks):
    """Everything that is kept about each task: its attempts and their evidence."""

    async def body():
        async with Kernel(profile="local", directory=place.directory, environment=place.environment) as kernel:
            return [
                to_json_data(await kernel.dispatch("task.show", {"run_id": run_id, "task_id": task["task_id"]}))
                for task in tasks
            ]

    return trio.run(body)


@pytest.fixture(scope="module")
def bookshop(tmp_path_factory):
    """The README's run, once for all tests of it, in a repository of its user's with work under way."""
    from acceptance_place import Place

    place = Place(tmp_path_factory.mktemp("main-job"))
    git(place.directory, "init", "-q", "-b", "trunk")
    place.write("notes.txt", "committed\n")
    git(place.directory, "add", "-A")
    git(place.directory, "commit", "-qm", "Mine")
    place.write("notes.txt", "changed, not committed\n")
    place.write("staged.txt", "staged\n")
    git(place.directory, "add", "staged.txt")
    place.write("PRD.md", BOOKSHOP.read_bytes())
    place.before = (
        place.files(),
        git(place.directory, "status", "--porcelain", "--", ":!bookshop", ":!.mosaic"),
    )
    place.answer = place.run("run", "--profile", "local", "PRD.md", "--into", "bookshop", seconds=PATIENCE)
    yield place
    place.close()


def test_every_task_is_accepted_with_evidence(bookshop):
    answer = bookshop.answer.demand(0)
    summary = re.search(r"accepted  (\d+) of (\d+) tasks accepted in ", answer.out)
    assert summary
    assert summary[1] == summary[2]
    assert str(bookshop.directory / "bookshop") in answer.out
    status = bookshop.call("status", "--json", "--all").demand().data
    assert len(status["tasks"]) == int(summary[2]) >= 20
    commits = git(bookshop.directory / "bookshop", "log", "--format=%H").split()
    for shown in details(bookshop, status["run"]["run_id"], status["tasks"]):
        told = shown["task"]["task_id"]
        assert shown["task"]["state"] == "accepted", told
        assert shown["task"]["commit"] in commits, told
        assert shown["spec"]["checks"], told
        accepted = [attempt for attempt in shown["attempts"] if attempt["outcome"] == "accepted"]
        assert len(accepted) == 1, told
        evidence = accepted[0]["evidence"]
        assert evidence["commit"] == shown["task"]["commit"], told
        assert evidence["files"], told
        assert {check["name"] for check in evidence["checks"]} == {
            check["name"] for check in shown["spec"]["checks"]
        }
        for check in evidence["checks"]:
            assert check["passed"], told
            assert check["exit_code"] in (0, None), told
            assert re.fullmatch(r"(sha256:[0-9a-f]{64})?", check["output"]), told
            assert re.fullmatch(r"[0-9a-f]{40}", check["tree"]), told
            assert check["duration_seconds"] >= 0, told
        assert any(check["output"] for check in evidence["checks"]) or "Document" in shown["spec"]["title"], (
            told
        )
    assert bookshop.call("log", "verify").demand().out.startswith("sound")
    assert bookshop.call("storage", "check").demand().out.startswith("sound")


def test_the_history_is_linear_with_one_commit_a_task(bookshop):
    repository = bookshop.directory / "bookshop"
    status = bookshop.call("status", "--json", "--all").demand().data
    assert git(repository, "log", "--merges", "--format=%h") == ""
    subjects = git(repository, "log", "--format=%s", "--reverse").splitlines()
    names = [subject.split(":")[0] for subject in subjects[1:]]
    assert sorted(names) == sorted(task["task_id"] for task in status["tasks"])
    needs = {task["task_id"]: task["needs"] for task in status["tasks"]}
    for index, name in enumerate(names):
        assert set(needs[name]) <= set(names[:index])
    assert git(repository, "status", "--porcelain") == ""
    assert git(repository, "branch", "--format=%(refname:short)") == "main"
    assert git(repository, "worktree", "list", "--porcelain").count("worktree ") == 1


def test_what_is_the_users_is_untouched(bookshop):
    files, status = bookshop.before
    after = {
        name: content
        for name, content in bookshop.files().items()
        if not name.startswith(("project/bookshop", "home/cache"))
    }
    assert set(after) - set(files) <= {"home/config"}
    for name in files.keys() - {name for name in files if name.startswith("project/.git/")}:
        assert after[name] == files[name], name
    assert git(bookshop.directory, "status", "--porcelain", "--", ":!bookshop", ":!.mosaic") == status
    assert git(bookshop.directory, "branch", "--format=%(refname:short)") == "trunk"
    assert git(bookshop.directory, "log", "--format=%s") == "Mine"


def test_its_own_tests_pass_and_its_api_answers(bookshop):
    repository = bookshop.directory / "bookshop"
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=repository, env=bookshop.environment, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert tests.returncode == 0, tests.stdout + tests.stderr
    assert re.search(r"\d\d+ passed", tests.stdout)
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "bookshop", "--port", str(port)],
        cwd=repository, env=bookshop.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        document = wait_until(lambda: fetch(port, "/openapi.json"))[1]
        books = next(path for path in document["paths"] if path.endswith("/books"))
        authors = books.removesuffix("books") + "authors"
        status, author = fetch(port, authors, {"name": "Ursula K. Le Guin"})
        assert status == 201
        book = {"author_id": author["id"], "title": "The Dispossessed", "isbn": "978-0061054884", "price": 9.5}
        assert fetch(port, books, book)[0] == 201
        status, listed = fetch(port, books)
        assert status == 200
        assert "The Dispossessed" in json.dumps(listed)
        assert fetch(port, books, {"title": "No author"})[0] in (400, 422)
        assert fetch(port, f"{books}/9999")[0] == 404
    finally:
        server.terminate()
        server.wait(SECONDS)


def fetch(port, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", data=data, headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
    except OSError:
        return None


NODE = """\
# Recipes

## Technology

- **Frontend**: React 18 single-page application
- **Backend**: Node.js with Express
- **Database**: PostgreSQL

## User stories

- As a cook, I want to add a recipe so that I find it again
- As a cook, I want to list my recipes

## API endpoints

- `POST /api/recipes` - Add a recipe
- `GET /api/recipes` - List recipes

## Pages

- **Home**: the list of recipes
"""


def test_what_no_agent_here_can_do_waits_and_nothing_is_faked(place):
    answer = place.call("run", place.write("PRD.md", NODE), "--into", "recipes").demand(3)
    assert "0 of" in answer.out
    assert "To connect one" in answer.out
    assert "mosaic run --resume" in answer.out
    status = place.call("status", "--json", "--all").demand().data
    assert status["run"]["result"] == "waiting"
    assert {task["state"] for task in status["tasks"]} <= {"ready", "blocked"}
    repository = place.directory / "recipes"
    assert git(repository, "ls-files") == ""
    assert {kind for _, kind, _, _ in place.events()}.isdisjoint({"task.claimed", "task.accepted"})


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_is_resumed_and_finishes(place, how):
    leaves = []
    for number in range(6):
        name = f"part{number}"
        leaves.append(
            {
                "id": name,
                "runtime": "command",
                "work": {
                    "run": f"test -e {place.directory}/go || [ {number} = 0 ] || sleep 1000; echo > {name}"
                },
                "checks": [{"name": "there", "parameters": {"run": f"test -e {name}"}}],
                "depends_on": [f"part{number - 1}"] if number else [],
            }
        )
    driver = place.start("run", place.write("plan.json", plan_of(*leaves)), "--into", "made")
    wait_until(
        lambda: [1 for _, kind, task, _ in place.events() if (kind, task) == ("task.claimed", "S.001.01.02")]
    )
    began = time.monotonic()
    os.kill(driver.pid, how)
    answer = place.end(driver).demand(130)
    assert time.monotonic() - began < SECONDS
    assert "`mosaic run --resume` goes on" in answer.err
    assert place.call("status", "--json").demand().data["run"]["counts"]["accepted"] == 1
    place.write("go", "")
    assert "6 of 6 tasks accepted" in place.run("run", "--resume", seconds=PATIENCE).demand().out
    accepted = [task for _, kind, task, _ in place.events() if kind == "task.accepted"]
    assert sorted(accepted) == sorted(set(accepted))
    assert len(accepted) == 6
    assert len(git(place.directory / "made", "log", "--format=%s").splitlines()) == 7
    assert place.call("run", "--resume").demand(2).err.startswith("error: no run is unfinished")
