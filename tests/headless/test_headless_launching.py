"""The command line of every preset: what the settings add, and how Mosaic's MCP server is handed over."""

import json
import tomllib

import attrs
import pytest
import trio
from headless_assignments import make_assignment, own_preset

from mosaic_headless.configuration import AgentSettings
from mosaic_headless.launching import prepare
from mosaic_headless.lending import Loan, lent
from mosaic_hookspecs import Denied, NotFound, Unavailable

URL, BEARER = "http://127.0.0.1:7433/mcp", 'a"secret'
VARIABLES = {"MOSAIC_MCP_URL": URL, "MOSAIC_MCP_TOKEN": BEARER}


@attrs.define
class Answer:
    url: str = URL
    bearer: str = BEARER
    command: tuple = ("python", "-m", "mosaic_cli", "mcp")
    environment: dict = attrs.field(factory=lambda: dict(VARIABLES))


class Kernel:
    """A context that answers two operations, and remembers what it was asked."""

    def __init__(self, answer=None, error=None):
        self.answer, self.error, self.asked = answer, error, []

    log = property(lambda self: self)

    def debug(self, event, **facts):
        self.asked.append(event)

    async def dispatch(self, operation, data):
        await trio.lowlevel.checkpoint()
        self.asked.append((operation, data))
        if self.error is not None:
            raise self.error
        return self.answer


async def launch(name, tmp_path, answer=None, **settings):
    preset = own_preset(name, tmp_path)
    assignment = make_assignment(tmp_path)
    async with lent(Kernel(answer) if answer else None, preset.mcp, assignment, "me") as loan:
        return prepare(
            preset, AgentSettings(preset=name, **settings), assignment, assignment.workspace, "Do it.", loan
        )


ALL = ["aider", "claude", "codex", "copilot", "cursor", "gemini", "goose", "opencode", "pi", "qwen", "vibe"]


@pytest.mark.parametrize("name", ALL)
async def test_nothing_is_left_open(name, tmp_path):
    for answer in (None, Answer(), Answer(url="")):
        made = await launch(name, tmp_path, answer, model="m-1", turns=5, money=0.5)
        assert all(isinstance(part, str) for part in (*made.argv, *made.environment.values()))
        for text in (*made.argv, *made.environment.values(), *made.files.values()):
            assert "{" not in text or _is_data(text), text
        assert (made.stdin == b"Do it.") is ("Do it." not in made.argv)
        preset = own_preset(name, tmp_path)
        assert ("m-1" in made.argv) is bool(preset.model)
        assert ("5" in made.argv) is bool(preset.turns)
        assert ("0.5" in made.argv) is bool(preset.money)
        handed = answer is not None and preset.mcp is not None
        everywhere = json.dumps([made.argv, made.environment, made.files])
        assert ("mosaic" in everywhere.lower()) is (handed or name == "claude")


def _is_data(text):
    value = text.partition("=")[2] if text.startswith("mcp_servers") else text
    try:
        json.loads(value)
    except ValueError:
        return bool(tomllib.loads(f"a = {value}"))
    return True


async def test_claude_and_codex_over_http(tmp_path):
    made = await launch("claude", tmp_path, Answer())
    [server] = json.loads(made.argv[made.argv.index("--mcp-config") + 1])["mcpServers"].values()
    assert server["url"] == URL
    assert server["headers"]["Authorization"] == "Bearer ${MOSAIC_MCP_TOKEN}", "no secret is in the arguments"
    assert made.environment["MOSAIC_MCP_TOKEN"] == BEARER
    made = await launch("codex", tmp_path, Answer())
    assert _toml(made.argv) == {
        "approval_policy": "never",
        "sandbox_mode": "workspace-write",
        "mcp_servers": {
            "mosaic": {
                "url": URL,
                "bearer_token_env_var": "MOSAIC_MCP_TOKEN",
                "default_tools_approval_mode": "approve",
            }
        },
    }
    assert made.argv[-1] == "-"


async def test_as_a_command_where_nothing_is_served_over_http(tmp_path):
    made = await launch("codex", tmp_path, Answer(url=""))
    server = _toml(made.argv)["mcp_servers"]["mosaic"]
    assert (server["command"], server["args"]) == ("python", ["-m", "mosaic_cli", "mcp"])
    assert server["env_vars"] == list(VARIABLES), "no secret is in the arguments"
    assert VARIABLES.items() <= made.environment.items()
    made = await launch("opencode", tmp_path, Answer(url=""))
    config = json.loads(made.environment["OPENCODE_CONFIG_CONTENT"])
    assert config["mcp"]["mosaic"]["command"] == ["python", "-m", "mosaic_cli", "mcp"]
    assert config["snapshot"] is False
    made = await launch("goose", tmp_path, Answer())
    assert made.argv[made.argv.index("--with-extension") + 1] == "python -m mosaic_cli mcp"
    made = await launch("gemini", tmp_path, Answer(url=""))
    settings = json.loads(made.files[".gemini/settings.json"])
    assert settings["mcpServers"]["mosaic"]["env"] == VARIABLES
    assert settings["security"] == {"auth": {"selectedType": "gemini-api-key"}}


def _toml(argv):
    given = [argv[place + 1] for place, part in enumerate(argv) if part == "-c"]
    return tomllib.loads("\n".join(given))


async def test_what_is_lent_is_given_back_also_after_an_error(tmp_path):
    kernel, mcp = Kernel(Answer()), own_preset("codex", tmp_path).mcp
    attempt = {"run_id": "r", "task_id": "A.1", "token": 1}

    async def fail():
        async with lent(kernel, mcp, make_assignment(tmp_path), "me") as loan:
            assert loan.is_there
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert kernel.asked == [("mcp.lend", {**attempt, "agent": "me"}), ("mcp.recall", attempt)]
    kernel.asked.clear()
    with trio.CancelScope() as scope:
        async with lent(kernel, mcp, make_assignment(tmp_path), "me"):
            scope.cancel()
            await trio.lowlevel.checkpoint()
    assert [name for name, _ in kernel.asked] == ["mcp.lend", "mcp.recall"]


@pytest.mark.parametrize("error", [NotFound("no-operation", "no"), Unavailable("not-serving", "no")])
async def test_without_a_server_it_works_without_tools(error, tmp_path):
    kernel, mcp = Kernel(error=error), own_preset("codex", tmp_path).mcp
    async with lent(kernel, mcp, make_assignment(tmp_path), "me") as loan:
        assert loan == Loan()
    assert kernel.asked[1:] == ["headless.no-tools"]
    with pytest.raises(Denied):
        async with lent(Kernel(error=Denied("no", "no")), mcp, make_assignment(tmp_path), "me"):
            pass


@pytest.mark.parametrize("name", ALL)
async def test_no_secret_stands_in_the_arguments(name, tmp_path):
    # Every user of the machine may read them.
    for answer in (Answer(), Answer(url="")):
        made = await launch(name, tmp_path, answer)
        for part in made.argv:
            assert BEARER not in part, name
            assert json.dumps(BEARER)[1:-1] not in part, name


async def test_nothing_is_lent_where_the_home_is_a_persons_and_it_would_stand_there(tmp_path):
    for name, is_lent in (("gemini", False), ("copilot", False), ("claude", True), ("opencode", True)):
        kernel = Kernel(Answer())
        mcp, assignment = own_preset(name, tmp_path).mcp, make_assignment(tmp_path)
        async with lent(kernel, mcp, assignment, "me", writes=False) as loan:
            assert loan.is_there is is_lent, name
        assert bool(kernel.asked) is is_lent
