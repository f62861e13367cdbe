"""Every message, ours and the fake agent's, is what the protocol's published schema says (acp.schema)."""

import pytest
from acp.meta import PROTOCOL_VERSION

from acp import schema
from mosaic_acp.permissions import Permissions
from mosaic_acp.session import VERSION

REQUESTS = {
    "initialize": schema.InitializeRequest,
    "authenticate": schema.AuthenticateRequest,
    "session/new": schema.NewSessionRequest,
    "session/load": schema.LoadSessionRequest,
    "session/set_mode": schema.SetSessionModeRequest,
    "session/set_config_option": schema.SetSessionConfigOptionSelectRequest,
    "session/prompt": schema.PromptRequest,
    "session/cancel": schema.CancelNotification,
    "session/update": schema.SessionNotification,
    "session/request_permission": schema.RequestPermissionRequest,
    "fs/read_text_file": schema.ReadTextFileRequest,
    "fs/write_text_file": schema.WriteTextFileRequest,
    "terminal/create": schema.CreateTerminalRequest,
    "terminal/output": schema.TerminalOutputRequest,
    "terminal/wait_for_exit": schema.WaitForTerminalExitRequest,
    "terminal/kill": schema.KillTerminalRequest,
    "terminal/release": schema.ReleaseTerminalRequest,
}
RESPONSES = {
    "initialize": schema.InitializeResponse,
    "authenticate": schema.AuthenticateResponse,
    "session/new": schema.NewSessionResponse,
    "session/load": schema.LoadSessionResponse,
    "session/set_mode": schema.SetSessionModeResponse,
    "session/set_config_option": schema.SetSessionConfigOptionResponse,
    "session/prompt": schema.PromptResponse,
    "session/request_permission": schema.RequestPermissionResponse,
    "fs/read_text_file": schema.ReadTextFileResponse,
    "fs/write_text_file": schema.WriteTextFileResponse,
    "terminal/create": schema.CreateTerminalResponse,
    "terminal/output": schema.TerminalOutputResponse,
    "terminal/wait_for_exit": schema.WaitForTerminalExitResponse,
    "terminal/kill": schema.KillTerminalResponse,
    "terminal/release": schema.ReleaseTerminalResponse,
}
# Ours are judged strictly: each key must be one that the schema knows.
MODES = {
    "currentModeId": "ask",
    "availableModes": [{"id": "ask", "name": "Ask"}, {"id": "code", "name": "Code"}],
}
MODEL = {
    "id": "m",
    "name": "Model",
    "category": "model",
    "type": "select",
    "currentValue": "small",
    "options": [{"value": "large", "name": "Large"}],
}
HELLO = {
    "agentCapabilities": {"loadSession": True, "mcpCapabilities": {"http": True}},
    "session": {"modes": MODES, "configOptions": [MODEL]},
}
THERE = {"terminalId": "$TERMINAL"}
STEPS = [
    {"update": {"sessionUpdate": "agent_thought_chunk", "content": {"type": "text", "text": "Hm."}}},
    {"say": "words"},
    {
        "update": {
            "sessionUpdate": "plan",
            "entries": [{"content": "a", "priority": "low", "status": "pending"}],
        }
    },
    {"update": {"sessionUpdate": "tool_call", "toolCallId": "c1", "title": "a", "kind": "edit"}},
    {"update": {"sessionUpdate": "tool_call_update", "toolCallId": "c1", "status": "failed"}},
    {
        "update": {
            "sessionUpdate": "usage_update",
            "used": 1,
            "size": 2,
            "cost": {"amount": 1, "currency": "USD"},
        }
    },
    {"permission": {"title": "write", "kind": "edit", "locations": [{"path": "$CWD/a.txt"}]}},
    {"permission": {"title": "write", "kind": "edit", "locations": [{"path": "/etc/passwd"}]}},
    {"ask": {"fs/write_text_file": {"path": "$CWD/a.txt", "content": "a\n"}}},
    {"ask": {"fs/read_text_file": {"path": "$CWD/a.txt", "line": 1, "limit": 1}}},
    {"ask": {"terminal/create": {"command": "echo", "args": ["hello"], "cwd": "$CWD", "env": []}}},
    {"ask": {"terminal/wait_for_exit": THERE}},
    {"ask": {"terminal/output": THERE}},
    {"ask": {"terminal/release": THERE}},
    {"ask": {"terminal/create": {"command": "sleep", "args": ["1000"]}}},
    {"ask": {"terminal/output": THERE}},
    {"ask": {"terminal/kill": THERE}},
    {"ask": {"terminal/output": THERE}},
]


class Lent:
    url, bearer, command, environment = "http://127.0.0.1:1/mcp", "b", ("mosaic", "mcp"), {"A": "b"}


async def lend(_):
    return Lent()


@pytest.mark.parametrize("http", [True, False])
async def test_all_that_is_said_is_what_the_schema_says(place, http):
    hello = {**HELLO, "agentCapabilities": {"loadSession": True, "mcpCapabilities": {"http": http}}}
    options = {
        "hello": hello,
        "resume": True,
        "mode": "code",
        "model": "large",
        "authenticate": "key",
        "operations": {"mcp.lend": lend},
        "permissions": Permissions(commands=("*",)),
    }
    await place.attempt(*STEPS, **options)
    await place.attempt({"until_cancelled": "cancelled"}, config={"silence_seconds": 0.2}, **options)
    said = place.said()
    methods = set()
    for place_in_log, (who, message) in enumerate(said):
        if "method" in message:
            methods.add(message["method"])
            check(REQUESTS[message["method"]], message["params"], is_ours=who == "client")
        elif "result" in message:
            method = asked(said[:place_in_log], who, message["id"])
            check(RESPONSES[method], message["result"], is_ours=who == "client")
        else:
            schema.Error.model_validate(message["error"])
    assert methods == set(REQUESTS)


def test_the_version_is_that_of_the_schema():
    assert VERSION == PROTOCOL_VERSION


def asked(said, answerer, number):
    """Return the method of the newest question with this number; each attempt counts from 1."""
    return next(
        message["method"]
        for who, message in reversed(said)
        if who != answerer and message.get("id") == number and "method" in message
    )


def check(model, data, *, is_ours):
    found = model.model_validate(data)
    if is_ours:
        known = found.model_dump(by_alias=True, mode="json", exclude_unset=True)
        assert known == data
