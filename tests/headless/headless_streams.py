"""What each agent prints for a small attempt and for a refused one, written down after real runs."""

import json


def lines(*events):
    return "".join(json.dumps(event) + "\n" for event in events).encode()


def _anthropic(kind, parts, number, usage, **more):
    message = {"id": f"msg_{number}", "role": kind, "model": "m-1", "content": parts, "usage": usage}
    return {"type": kind, "message": message, **more}


_CALL = {"type": "tool_use", "id": "t1", "name": "Write", "input": {"file_path": "a.txt"}}
_TOLD = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "written"}]}
_FIRST = {
    "input_tokens": 60,
    "cache_read_input_tokens": 40,
    "cache_creation_input_tokens": 5,
    "output_tokens": 1,
}
_SECOND = {"input_tokens": 110, "output_tokens": 1}

CLAUDE = lines(
    {"type": "system", "subtype": "init", "model": "m-1"},
    _anthropic("assistant", [{"type": "text", "text": "Writing."}], 1, _FIRST),
    _anthropic("assistant", [_CALL], 1, _FIRST),
    {"type": "user", "message": _TOLD},
    _anthropic("assistant", [{"type": "text", "text": "It is written."}], 2, _SECOND),
    {
        "type": "result",
        "subtype": "success",
        "is_error": False,
        "result": "It is written.",
        "total_cost_usd": 0.03,
        "modelUsage": {
            "m-1": {
                "inputTokens": 170,
                "outputTokens": 40,
                "cacheReadInputTokens": 40,
                "cacheCreationInputTokens": 5,
                "costUSD": 0.02,
            },
            "m-small": {"inputTokens": 10, "outputTokens": 2, "cacheReadInputTokens": 0, "costUSD": 0.01},
        },
    },
)
CLAUDE_FULL = lines(
    {
        "type": "result",
        "subtype": "success",
        "is_error": True,
        "api_error_status": 529,
        "result": "The service has no room.",
        "modelUsage": {},
    }
)
CODEX = lines(
    {"type": "thread.started", "thread_id": "t"},
    {"type": "item.completed", "item": {"id": "item_0", "type": "error", "message": "a deprecation"}},
    {"type": "turn.started"},
    {"type": "item.completed", "item": {"id": "item_1", "type": "agent_message", "text": "Writing."}},
    {"type": "error", "message": "Reconnecting... 1/5 (unexpected status 529)"},
    {
        "type": "item.started",
        "item": {
            "id": "item_2",
            "type": "command_execution",
            "command": "echo > a.txt",
            "status": "in_progress",
        },
    },
    {
        "type": "item.completed",
        "item": {"id": "item_2", "type": "command_execution", "aggregated_output": "written", "exit_code": 0},
    },
    {"type": "item.completed", "item": {"id": "item_3", "type": "agent_message", "text": "It is written."}},
    {
        "type": "turn.completed",
        "usage": {"input_tokens": 200, "cached_input_tokens": 40, "output_tokens": 40},
    },
)
CODEX_REFUSED = lines(
    {"type": "turn.started"},
    {"type": "turn.failed", "error": {"message": "unexpected status 401 Unauthorized: who are you"}},
)


def _part(kind, **part):
    return {"type": kind, "part": {"id": f"prt_{part.get('reason', 'x')}", **part}}


OPENCODE = lines(
    _part("text", text="Writing."),
    _part(
        "tool_use",
        tool="write",
        state={"status": "completed", "input": {"filePath": "a.txt"}, "output": "written"},
    ),
    _part(
        "step_finish",
        reason="tool-calls",
        tokens={"input": 60, "output": 20, "reasoning": 1, "cache": {"read": 40, "write": 0}},
        cost=0.01,
    ),
    _part("text", text="It is written."),
    _part(
        "step_finish",
        reason="stop",
        tokens={"input": 100, "output": 19, "reasoning": 0, "cache": {"read": 0, "write": 0}},
        cost=0.01,
    ),
)
OPENCODE_REFUSED = lines(
    {"type": "error", "error": {"name": "APIError", "data": {"message": "Unauthorized: key"}}}
)

QWEN = lines(
    _anthropic("assistant", [{"type": "text", "text": "Writing."}], 1, {"input_tokens": 0, "output_tokens": 0}),
    _anthropic(
        "assistant", [_CALL], 3, {"input_tokens": 100, "output_tokens": 20, "cache_read_input_tokens": 40}
    ),
    {"type": "user", "message": _TOLD},
    _anthropic(
        "assistant", [{"type": "text", "text": "It is written."}], 4, {"input_tokens": 100, "output_tokens": 20}
    ),
    {"type": "result", "subtype": "success", "is_error": False, "result": "It is written."},
)
QWEN_REFUSED = lines(
    {"type": "result", "subtype": "success", "is_error": False, "result": "[API Error: 401 who are you]"}
)
GEMINI = lines(
    {"type": "init", "model": "m-1"},
    {"type": "message", "role": "user", "content": "Write."},
    {"type": "message", "role": "assistant", "content": "Writi", "delta": True},
    {"type": "message", "role": "assistant", "content": "ng.", "delta": True},
    {"type": "tool_use", "tool_name": "write_file", "tool_id": "1", "parameters": {"file_path": "a.txt"}},
    {"type": "tool_result", "tool_id": "1", "status": "success", "output": "written"},
    {"type": "message", "role": "assistant", "content": "It is written.", "delta": True},
    {"type": "result", "status": "success", "stats": {"input_tokens": 200, "output_tokens": 40, "cached": 40}},
)
GEMINI_REFUSED = lines(
    {"type": "result", "status": "error", "error": {"type": "Error", "message": "API key not valid"}}
)
COPILOT = lines(
    {"type": "assistant.message", "data": {"messageId": "1", "content": "Writing."}},
    {"type": "tool.execution_start", "data": {"toolName": "create", "arguments": {"path": "a.txt"}}},
    {"type": "tool.execution_complete", "data": {"success": True, "result": {"content": "written"}}},
    {"type": "assistant.message", "data": {"messageId": "2", "content": "It is written."}},
    {"type": "result", "exitCode": 0, "usage": {"premiumRequests": 1}},
)
COPILOT_REFUSED = lines(
    {
        "type": "session.error",
        "data": {"errorType": "authentication", "message": "Authentication failed (HTTP 401)."},
    },
    {"type": "result", "exitCode": 1},
)
CURSOR = lines(
    {"type": "assistant", "message": {"content": [{"type": "text", "text": "Writing."}]}},
    {
        "type": "tool_call",
        "subtype": "started",
        "call_id": "1",
        "tool_call": {"writeToolCall": {"args": {"path": "a.txt"}}},
    },
    {
        "type": "tool_call",
        "subtype": "completed",
        "call_id": "1",
        "tool_call": {"writeToolCall": {"args": {}, "result": {"success": {"said": "written"}}}},
    },
    {"type": "result", "subtype": "success", "is_error": False, "result": "It is written."},
)
CURSOR_REFUSED = lines({"type": "result", "subtype": "error", "is_error": True, "result": "not logged in"})


def _goose(part, number, role="assistant"):
    return {"type": "message", "message": {"id": str(number), "role": role, "content": [part]}}


_ASKED = {"value": {"name": "text_editor", "arguments": {"path": "a.txt"}}}
GOOSE = lines(
    _goose({"type": "text", "text": "Writing."}, 1),
    _goose({"type": "toolRequest", "toolCall": _ASKED}, 1),
    _goose({"type": "toolResponse", "toolResult": {"value": [{"type": "text", "text": "written"}]}}, 2, "user"),
    _goose({"type": "text", "text": "It is "}, 3),
    _goose({"type": "text", "text": "written."}, 3),
    {"type": "complete", "total_tokens": 240},
)
GOOSE_REFUSED = lines({"type": "error", "error": "Authentication error: 401"})
AIDER = b"""\
Aider v0.86.2
Writing.
Applied edit to a.txt
It is written.
Tokens: 2.1k sent, 1.0k cache hit, 57 received. Cost: $0.02 message, $0.02 session.
"""
AIDER_REFUSED = b"litellm.AuthenticationError: AuthenticationError: who are you\n"
VIBE = lines(
    {"role": "user", "content": "Write."},
    {
        "role": "assistant",
        "content": "Writing.",
        "message_id": "1",
        "tool_calls": [{"function": {"name": "write_file", "arguments": '{"path": "a.txt"}'}}],
    },
    {"role": "tool", "content": "written"},
    {"role": "assistant", "content": "It is written.", "message_id": "2", "tool_calls": None},
)
VIBE_REFUSED = lines({"error": {"message": "Unauthorized"}})


def _pi(parts, number, stop, **usage):
    usage = {"input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0, "cost": {"total": 0.0}, **usage}
    message = {"role": "assistant", "content": parts, "model": "m-1", "stopReason": stop, "usage": usage}
    return {"type": "message_end", "message": {**message, "responseId": str(number)}}


PI = lines(
    {"type": "agent_start"},
    _pi(
        [{"type": "text", "text": "Writing."}],
        1,
        "toolUse",
        input=60,
        output=20,
        cacheRead=40,
        cost={"total": 0.02},
    ),
    {"type": "tool_execution_start", "toolName": "write", "args": {"path": "a.txt"}},
    {"type": "tool_execution_end", "result": {"content": [{"type": "text", "text": "written"}]}},
    _pi([{"type": "text", "text": "It is written."}], 2, "stop", input=100, output=20),
)
PI_REFUSED = lines(
    {
        "type": "message_end",
        "message": {"role": "assistant", "stopReason": "error", "errorMessage": "401 who are you"},
    }
)
