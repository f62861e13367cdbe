"""Claude Code as Mosaic sees it: reads a prompt, writes the file that it asks for, and streams its deeds."""

import json
import re
import sys
from pathlib import Path

[model] = [after for option, after in zip(sys.argv, sys.argv[1:], strict=False) if option == "--model"] or [
    "own"
]
prompt = sys.stdin.read()
name = re.search(r"Write (\w+)\.txt", prompt)[1]
login = (Path.home() / ".claude" / "login").read_text()
number = 0


def show(kind, **event):
    sys.stdout.write(json.dumps({"type": kind, **event}) + "\n")
    sys.stdout.flush()


def message(*content, role="assistant"):
    global number  # noqa: PLW0603 - a program of its own
    number += 1
    usage = {"input_tokens": 100, "output_tokens": 1}
    show(role, message={"id": f"m{number}", "model": model, "role": role, "content": content, "usage": usage})


if "stream-json" not in sys.argv:
    sys.exit("this is not how it is asked")
show("system", subtype="init", model=model)
message({"type": "text", "text": f"I am {login}."})
message({"type": "tool_use", "id": "t1", "name": "Write", "input": {"file_path": f"{name}.txt"}})
Path(f"{name}.txt").write_text(f"{name} by {model}\n")
message({"type": "tool_result", "tool_use_id": "t1", "content": "written"}, role="user")
figures = {"inputTokens": 200, "outputTokens": 30, "cacheReadInputTokens": 0, "costUSD": 0.5}
show("result", subtype="success", is_error=False, result=f"{name} is there.", modelUsage={model: figures})
