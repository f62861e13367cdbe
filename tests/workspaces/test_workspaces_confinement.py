# ruff: noqa: ASYNC110, ASYNC240, PTH110, PTH117 - a test may block its own loop, and look at what has no event
import os
import shutil
import socket
import tempfile
from pathlib import Path

import pytest
import trio
from workspace_bench import CONFIG, request_of

from mosaic_hookspecs import InputError, Unavailable
from mosaic_workspaces import confinement
from mosaic_workspaces.configuration import Config
from mosaic_workspaces.confinement import find_confinement
from mosaic_workspaces.directory_workspace import DirectoryProvider
from mosaic_workspaces.git_provider import GitProvider
from mosaic_workspaces.process import ProcessRunner
from mosaic_workspaces.spawning import search_path

needs_bwrap = pytest.mark.skipif(
    find_confinement("auto", network=False) is None, reason="bubblewrap does not work here"
)


@pytest.fixture
def confined(state):
    runner = ProcessRunner(CONFIG, state, find_confinement("always", network=False))
    yield runner
    runner.close()


@needs_bwrap
async def test_only_the_workspace_can_be_written(confined, state, tmp_path):
    provider = DirectoryProvider(confined, state)
    async with provider.open(request_of({})) as workspace:
        done = await workspace.execute(
            [
                "sh",
                "-c",
                f"echo x > inside; echo x > {tmp_path}/outside; echo x > /usr/outside; touch $TMPDIR/t $HOME/h",
            ]
        )
        assert (workspace.path / "inside").exists()
        assert done.exit_code == 0
    assert not (tmp_path / "outside").exists()
    assert not os.path.exists("/usr/outside")


@needs_bwrap
async def test_there_is_no_network(confined, place):
    with socket.create_server(("127.0.0.1", 0)) as server:
        script = f"import socket; socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 1)"
        assert (await confined.execute(place, ["python3", "-c", script])).exit_code != 0


@needs_bwrap
@pytest.mark.parametrize(
    ("settings", "agents", "checks"),
    [
        ({"network": True}, True, False),
        ({"network": True, "checks_network": True}, True, True),
        ({"checks_network": True}, False, True),
        ({}, False, False),
    ],
)
async def test_the_network_of_agents_is_not_that_of_checks(settings, agents, checks, state, repository, log):
    config = Config(grace_seconds=1.0, confine="always", **settings)
    runner = ProcessRunner(config, state, find_confinement("always", network=config.network))
    with socket.create_server(("127.0.0.1", 0)) as server:
        call = f"import socket; socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 1)"
        reached = []
        try:
            git = GitProvider(runner, state, config, log)
            prepared = await git.prepare("run", {"repository": str(repository.path)})
            for provider, given in ((git, prepared), (DirectoryProvider(runner, state), {})):
                async with (
                    provider.open(request_of(given)) as workspace,
                    workspace.checkout("") as checked,
                ):
                    for place in (workspace, checked):
                        done = await place.execute(["python3", "-c", call])
                        reached.append(done.exit_code == 0)
        finally:
            runner.close()
    assert reached == [agents, checks] * 2


@needs_bwrap
async def test_the_sockets_of_the_machines_services_are_out_of_reach(confined, place):
    done = await confined.execute(place, ["ls", "-A", "/run"])
    assert (done.exit_code, done.output) == (0, b"")


@needs_bwrap
async def test_there_are_no_capabilities(confined, place):
    done = await confined.execute(place, ["grep", "CapEff", "/proc/self/status"])
    assert int(done.output.split()[1], 16) == 0


@needs_bwrap
async def test_git_works_and_cannot_touch_the_repository(confined, state, repository, log):
    provider = GitProvider(confined, state, CONFIG, log)
    settings = await provider.prepare("run", {"repository": str(repository.path)})
    async with provider.open(request_of(settings)) as workspace:
        done = await workspace.execute(
            ["sh", "-c", "echo x > y; git status --short; git update-ref refs/heads/x HEAD"]
        )
        assert done.output.startswith(b"?? y\n")
        assert done.exit_code != 0
        assert await workspace.seal("y")
    assert repository.git("for-each-ref", "refs/heads/x") == ""


@needs_bwrap
async def test_a_program_that_is_missing_is_the_users_mistake(confined, place):
    with pytest.raises(InputError) as caught:
        await confined.execute(place, ["no-such-program-here"])
    assert caught.value.code == "no-program"


@needs_bwrap
async def test_the_tree_ends_with_grace(confined, place):
    heard = []
    script = "trap 'echo farewell; exit 0' TERM; echo on; while :; do sleep 0.05; done"
    async with trio.open_nursery() as nursery:

        async def run():
            await confined.execute(place, ["sh", "-c", script], on_output=heard.append)

        nursery.start_soon(run)
        with trio.fail_after(10):
            while not heard:
                await trio.sleep(0.01)
        nursery.cancel_scope.cancel()
    assert b"".join(heard).endswith(b"farewell\n")


def test_always_without_bubblewrap_says_how_to_get_it(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert find_confinement("auto", network=False) is None
    with pytest.raises(Unavailable) as caught:
        find_confinement("always", network=False)
    assert "apt install bubblewrap" in caught.value.hint


def test_a_bubblewrap_that_is_forbidden_is_found_out(monkeypatch, tmp_path):
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho 'bwrap: No permissions to create a new namespace' >&2; exit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert confinement.find_confinement("auto", network=False) is None
    with pytest.raises(Unavailable) as caught:
        find_confinement("always", network=False)
    assert "No permissions" in caught.value.got


@pytest.mark.parametrize("values", [{"confine": "perhaps"}, {"grace_seconds": -1}, {"head_bytes": -1}])
def test_configuration_is_checked(values):
    with pytest.raises(InputError):
        Config(**values)


@pytest.fixture
def elsewhere():
    """A directory that no sandbox hides anyway."""
    directory = Path(tempfile.mkdtemp(prefix="mosaic-test-", dir="/var/tmp"))
    yield directory
    shutil.rmtree(directory)


@needs_bwrap
async def test_the_state_directory_is_out_of_reach(elsewhere):
    state = elsewhere / ".mosaic"
    (state / "mcp").mkdir(parents=True)
    (state / "mcp" / "token").write_text("the-persons-token")
    (state / "control").mkdir()
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(state / "control" / "1.sock"))
        door.listen()
        runner = ProcessRunner(CONFIG, state, find_confinement("always", network=True))
        try:
            async with DirectoryProvider(runner, state).open(request_of({})) as workspace:
                (workspace.path / "call.py").write_text(
                    f"import socket; socket.socket(socket.AF_UNIX).connect('{state}/control/1.sock')"
                )
                script = f"cat {state}/mcp/token; ls -A {state}; echo x > inside"
                done = await workspace.execute(["sh", "-c", f"{script}; python3 call.py && echo connected"])
                assert (workspace.path / "inside").exists()
        finally:
            runner.close()
    text = done.output.decode()
    assert "the-persons-token" not in text
    assert "connected" not in text
    # Of all that is there, only the way to its own area.
    assert {line for line in text.splitlines() if " " not in line} == {"workspaces"}


@needs_bwrap
async def test_what_an_attempt_is_cannot_be_rewritten_by_it(elsewhere):
    state = elsewhere / ".mosaic"
    runner = ProcessRunner(CONFIG, state, find_confinement("always", network=False))
    try:
        async with DirectoryProvider(runner, state).open(request_of({})) as workspace:
            record = workspace.path.parent / "attempt.json"
            before = record.read_text()
            line = "echo '{}' > ../attempt.json; rm -f ../attempt.json; mv ../attempt.json x"
            await workspace.execute(["sh", "-c", line])
            assert record.read_text() == before
    finally:
        runner.close()


@needs_bwrap
async def test_keys_of_the_home_are_hidden_and_what_else_is_asked(elsewhere, monkeypatch):
    home = elsewhere / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id").write_text("a-private-key")
    (home / ".netrc").write_text("a-password")
    (home / "notes").write_text("a-diary")
    (home / "real").mkdir()
    (home / "real" / "x").write_text("aws-key")
    (home / ".aws").symlink_to(home / "real")
    monkeypatch.setenv("HOME", str(home))
    for hide, is_shown in ((Config().hide, True), ([*Config().hide, "~/notes"], False), ([], True)):
        config = Config(grace_seconds=1.0, hide=hide)
        runner = ProcessRunner(config, elsewhere / ".mosaic", find_confinement("always", network=False))
        try:
            async with DirectoryProvider(runner, elsewhere / ".mosaic").open(request_of({})) as workspace:
                line = f"cat {home}/.ssh/id {home}/.netrc {home}/notes {home}/.aws/x"
                done = await workspace.execute(["sh", "-c", line])
        finally:
            runner.close()
        assert (b"a-diary" in done.output) is is_shown
        for secret in (b"a-private-key", b"a-password", b"aws-key"):
            assert (secret in done.output) is (not hide), (hide, done.output)


async def test_a_program_of_the_worktree_is_not_found_by_its_name(tmp_path, monkeypatch):
    # With a PATH that begins with ".", a repository's own `git` would be run, by Mosaic too.
    monkeypatch.setenv("PATH", f".{os.pathsep}{os.pathsep}bin{os.pathsep}{os.environ['PATH']}")
    assert all(os.path.isabs(place) for place in search_path().split(os.pathsep))
    runner = ProcessRunner(CONFIG, tmp_path / "state", None)
    try:
        async with DirectoryProvider(runner, tmp_path / "state").open(request_of({})) as workspace:
            program = workspace.path / "git"
            program.write_text("#!/bin/sh\necho mine\n")
            program.chmod(0o755)
            done = await workspace.execute(["git", "--version"])
    finally:
        runner.close()
    assert b"mine" not in done.output
