"""A server that people use: the one for files, from npm, in a workflow. At the chaos count: it is fetched."""

import os

import installed
import pytest

NAME, VERSION = "mcp-server-filesystem", "2026.8.31"
WORKFLOW = """
jobs:
  note:
    steps:
      - uses: mcp:files/write_file
        with: {path: notes/today.txt, content: "Ada was here."}
      - id: read
        uses: mcp:files/read_text_file
        with: {path: notes/today.txt}
      - run: test "${{ steps.read.outputs.structured.content }}" = "Ada was here."
      - uses: mcp:files/read_text_file
        with: {path: /etc/passwd}
"""


@pytest.mark.chaos
@pytest.mark.skipif(float(os.environ.get("MOSAIC_CHAOS", "1")) <= 1, reason="it is fetched from npm")
async def test_the_server_for_files(start, tmp_path, person, monkeypatch):
    monkeypatch.setitem(installed.PACKAGES, NAME, ("@modelcontextprotocol/server-filesystem", VERSION))
    (tmp_path / "notes").mkdir()
    entry = {
        "command": [*installed.program(NAME), "."],
        "environment": {"PATH": installed.search_path(NAME)},
        "allow": ["read_*", "write_file"],
    }
    plugins = ("engine", "workspaces", "workflow", "command")
    async with start(*plugins, servers={"files": entry}) as kernel:
        found = await kernel.dispatch("mcpclient.review", {"server": "files"}, person)
        standings = {one.tool: one.standing for one in found.tools}
        assert standings["read_text_file"] == standings["write_file"] == "new"
        assert standings["move_file"] == "denied"
        await kernel.dispatch("mcpclient.approve", {"server": "files"}, person)
        await kernel.dispatch("run.create", {"target": "w.yaml", "text": WORKFLOW, "run_id": "r1"})
        await kernel.dispatch("run.drive", {"run_id": "r1"})
        [task] = (await kernel.dispatch("task.list", {"run_id": "r1"})).items
        assert (tmp_path / "notes" / "today.txt").read_text() == "Ada was here."
        # The last step was refused by the server itself, which is told.
        assert task.state == "failed"
        assert "jobs.note.steps[3]" in task.reason
        assert "Access denied" in task.reason
