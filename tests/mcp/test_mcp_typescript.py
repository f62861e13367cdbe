"""The official SDK for TypeScript lists and calls every tool, over both transports."""

import json
import os

import trio
from mcp_clients import MOSAIC
from mcp_node import SECONDS, run

from mosaic_mcp.guard import token_of
from mosaic_mcp.tiers import TIERS
from mosaic_mcp.tools import tool_name

PROGRAM = """
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const { url, token, command, args, cwd, environment } = JSON.parse(process.argv[2]);
const headers = { Authorization: `Bearer ${token}` };
const transport = url
  ? new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } })
  : new StdioClientTransport({ command, args, cwd, env: environment });
const client = new Client({ name: "test", version: "1" });
await client.connect(transport);
const answers = {};
for (const tool of (await client.listTools()).tools) {
  const result = await client.callTool({ name: tool.name, arguments: { run_id: "none" } });
  answers[tool.name] = JSON.parse(result.content[0].text);
}
await client.close();
console.log(JSON.stringify(answers));
"""
NAMES = {tool_name(name) for name in TIERS["default"]}


def answers_of(node, packages, folder, about):
    program = folder / "client.mjs"
    program.write_text(PROGRAM)
    (folder / "node_modules").symlink_to(packages)
    done = run([str(node), str(program), json.dumps(about)], cwd=folder, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


async def test_over_http(serve, node, packages, tmp_path):
    async with serve() as kernel:
        [url] = kernel.port("transport").get("mcp").addresses
        about = {"url": url, "token": token_of(kernel.state_directory)}
        answers = await trio.to_thread.run_sync(answers_of, node, packages, tmp_path, about)
    assert set(answers) == NAMES
    assert answers["run_show"]["error"]["code"] == "no-run"
    assert answers["run_list"]["error"]["what"] == "unknown key 'run_id'"


def test_over_stdio(node, packages, tmp_path, environment):
    project = tmp_path / "project"
    project.mkdir()
    kept = {name: environment[name] for name in environment if name in os.environ or name.startswith("XDG")}
    about = {"command": MOSAIC, "args": ["mcp"], "cwd": str(project), "environment": kept}
    answers = answers_of(node, packages, tmp_path, about)
    assert set(answers) == NAMES
    assert answers["run_show"]["error"]["next"]
