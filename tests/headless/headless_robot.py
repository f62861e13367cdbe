"""The smallest coding agent: asks a model, runs the commands that it names, and ends with its last word.

A program of its own, for tests in which many attempts are made: ``headless_robot.py URL STREAM [PROMPT]``. It
prints events (``json``) or plain lines (``text``), and reads the prompt from its input where none is given.
"""

import http.client
import json
import subprocess
import sys

TOOL = {"type": "function", "function": {"name": "bash", "parameters": {"type": "object"}}}


def main(url, stream, prompt=None):
    messages = [{"role": "user", "content": sys.stdin.read() if prompt is None else prompt}]
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=120)
    while True:
        body = json.dumps({"model": "scripted-1", "messages": messages, "tools": [TOOL]})
        connection.request("POST", "/v1/chat/completions", body, {"Content-Type": "application/json"})
        answer = json.load(connection.getresponse())
        message, usage = answer["choices"][0]["message"], answer["usage"]
        messages.append(message)
        spent = {"in": usage["prompt_tokens"], "out": usage["completion_tokens"]}
        if not message.get("tool_calls"):
            tell(stream, done=message["content"], spent=spent)
            return
        for call in message["tool_calls"]:
            command = json.loads(call["function"]["arguments"])["command"]
            done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
            tell(stream, ran=command, spent=spent)
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": done.stdout + done.stderr})


def tell(stream, **event):
    lines = [json.dumps(event)] if stream == "json" else [f"{key}: {json.dumps(event[key])}" for key in event]
    sys.stdout.write("\n".join([*lines, ""]))
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
