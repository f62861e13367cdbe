import pytest
import trio

from mosaic_command.command_check import CommandCheck
from mosaic_command.http_check import HttpCheck
from mosaic_hookspecs import Check, InputError, WorkspaceRequest
from mosaic_workspaces.configuration import Config
from mosaic_workspaces.directory_workspace import DirectoryProvider
from mosaic_workspaces.process import ProcessRunner

SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(200 if self.path == "/books" else 404)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"5\\r\\nhello\\r\\n0\\r\\n\\r\\n")
print("starting", flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.fixture
async def directory(tmp_path):
    runner = ProcessRunner(Config(grace_seconds=1), tmp_path, None)
    provider = DirectoryProvider(runner, tmp_path)
    async with provider.open(WorkspaceRequest(run_id="run", task_id="task", token=1)) as workspace:
        yield workspace
    runner.close()


async def check(runner, parameters, directory, seconds=20.0):
    heard = []
    outcome = await runner.run(
        Check(name="it", uses=runner.name, parameters=parameters, timeout_seconds=seconds),
        directory,
        heard.append,
    )
    return outcome, b"".join(heard)


def serving(**more):
    return {"argv": ["{python}", "-c", SERVER, "{port}"], **more}


@pytest.mark.parametrize(
    ("line", "passed", "code", "summary"),
    [
        ("echo fine", True, 0, "exit code 0"),
        ("echo bad >&2; exit 3", False, 3, "exit code 3"),
        ("kill -9 $$", False, -9, "ended by signal 9"),
    ],
)
async def test_a_command_decides_by_its_exit_code(directory, line, passed, code, summary):
    outcome, heard = await check(CommandCheck(), {"run": line}, directory)
    assert (outcome.passed, outcome.exit_code, outcome.summary) == (passed, code, summary)
    assert outcome.output == heard


async def test_a_command_that_does_not_end_fails(directory):
    outcome, _ = await check(CommandCheck(), {"run": "sleep 100"}, directory, 0.2)
    assert not outcome.passed
    assert outcome.summary == "did not end within 0.2 seconds"


async def test_a_server_that_answers_passes_and_is_ended(directory):
    with trio.fail_after(30):
        outcome, heard = await check(HttpCheck(), serving(path="/books", contains="hell"), directory)
    assert outcome.passed
    assert outcome.summary == "GET /books answered 200"
    assert b"hello" in outcome.output
    assert heard.startswith(b"starting")


@pytest.mark.parametrize(
    ("parameters", "summary"),
    [
        ({"path": "/films"}, "GET /films answered 404 instead of 200"),
        ({"path": "/books", "contains": "bye"}, "GET /books answered 200 without 'bye'"),
    ],
)
async def test_a_wrong_answer_fails(directory, parameters, summary):
    outcome, _ = await check(HttpCheck(), serving(**parameters), directory)
    assert not outcome.passed
    assert outcome.summary == summary
    assert b"--- the server's log ---\nstarting" in outcome.output


async def test_a_server_that_ends_fails_with_its_log(directory):
    outcome, _ = await check(HttpCheck(), {"run": "echo no such module; exit 4"}, directory)
    assert (outcome.passed, outcome.exit_code) == (False, 4)
    assert outcome.summary == "the server ended with exit code 4 before it answered"
    assert b"no such module" in outcome.output


async def test_a_server_that_never_listens_fails_in_time(directory):
    outcome, _ = await check(HttpCheck(), {"run": "echo waiting; sleep 100"}, directory, 0.5)
    assert not outcome.passed
    assert outcome.summary.endswith("within 0.5 seconds")
    assert b"waiting" in outcome.output


@pytest.mark.parametrize(
    ("runner", "parameters"),
    [
        (CommandCheck(), {}),
        (CommandCheck(), {"run": "true", "path": "/"}),
        (HttpCheck(), {"path": "/"}),
        (HttpCheck(), serving(path="books")),
        (HttpCheck(), serving(path="/a b")),
        (HttpCheck(), serving(path="/\r\nX: y")),
        (HttpCheck(), serving(status="200")),
        (HttpCheck(), serving(status=True)),
        (HttpCheck(), serving(contains=5)),
        (HttpCheck(), serving(body="x")),
    ],
)
async def test_what_is_no_check_is_said(directory, runner, parameters):
    with pytest.raises(InputError) as caught:
        await check(runner, parameters, directory)
    assert str(caught.value.where).startswith("checks.it")
