"""How real agents are made to work: the same deed by whichever tools the agent offered with its request."""

import re

from scripted_turns import say, use


def write_file(turn, name, text, words="", **more):
    """Write a file of the workspace."""
    if "Write" in turn.tools:
        return use("Write", {"file_path": f"{directory_of(turn)}/{name}", "content": text}, words, **more)
    if "write" in turn.tools:
        return use("write", {"filePath": name, "content": text}, words, **more)
    return run_command(turn, f"printf '%s' '{text}' > {name}", words, **more)


def run_command(turn, command, words="", **more):
    """Run a line of shell in the workspace."""
    if "exec_command" in turn.tools:
        return use("exec_command", {"cmd": command}, words, **more)
    tool = "Bash" if "Bash" in turn.tools else "bash"
    return use(tool, {"command": command, "description": "as told"}, words, **more)


def call_mosaic(turn, tool, arguments=None, **more):
    """Call a tool of Mosaic's MCP server; agents put the server's name before it."""
    found = [name for name in turn.tools if name.endswith((f"mosaic_{tool}", f"mosaic__{tool}"))]
    if not found:
        return say(f"There is no tool {tool}: {', '.join(turn.tools)}")
    return use(found[0], arguments or {}, **more)


def directory_of(turn):
    """Return the workspace, as the agent tells the model of it."""
    found = re.search(r"(?<![\w.])(/[^\s<>\"']*/work)(?![\w/])", turn.text)
    assert found is not None, turn.text[-3000:]
    return found[1]
