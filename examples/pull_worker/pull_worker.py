"""Makes any program a worker: takes tasks from Mosaic over MCP, has the program do each, and reports it.

    python pull_worker.py --plan plan.json --into notes ada -- tee note.md

The program gets the text of the task on its standard input, and runs in the task's workspace. Whether it
succeeded Mosaic finds out by the task's acceptance checks; its exit code only says whether that is worth while.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from mcp import Client, StdioServerParameters

MOST_SUMMARY = 300


@asynccontextmanager
async def connected(url: str, token: str) -> AsyncIterator[Client]:
    """Connect to a system that serves, or to the one of this directory: `mosaic mcp` starts it if need be."""
    if url:
        import httpx2

        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=httpx2.Timeout(10, read=120)) as http,
            Client(streamable_http_client(url, http_client=http)) as client,
        ):
            yield client
    else:
        argv = ["-m", "mosaic_cli", "mcp", "--tier", "worker"]
        server = StdioServerParameters(command=sys.executable, args=argv, env=dict(os.environ))
        async with Client(stdio_client(server)) as client:
            yield client


async def ask(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """Call a tool; end the program with the words of an error, which say what to do."""
    result = await client.call_tool(tool, arguments)
    text = str(getattr(result.content[0], "text", ""))
    if result.is_error:
        sys.exit(f"{tool}: {text}")
    found: dict[str, Any] = json.loads(text)
    return found


async def do(client: Client, work: dict[str, Any], argv: Sequence[str]) -> dict[str, Any]:
    """Have the program do a task, and say that it is still at it; return what to report."""
    names = {key: work[key] for key in ("run_id", "task_id", "token")}
    report: dict[str, Any] = {}

    async def keep() -> None:
        while True:
            await trio.sleep(work["lease_seconds"] / 3)
            told = await ask(client, "work_progress", **names, note=f"{argv[0]} is at it")
            if not told["go_on"]:
                nursery.cancel_scope.cancel()  # which ends the program, too

    async with trio.open_nursery() as nursery:
        nursery.start_soon(keep)
        done = await trio.run_process(
            list(argv),
            cwd=work["workspace"] or None,
            stdin=work["text"].encode(),
            capture_stdout=True,
            stderr=subprocess.STDOUT,
            check=False,
        )
        nursery.cancel_scope.cancel()
        said = done.stdout.decode(errors="replace").strip()[-MOST_SUMMARY:]
        report.update(names, outcome="failed" if done.returncode else "succeeded", summary=said)
    return report


async def main(options: argparse.Namespace, plan: dict[str, Any]) -> None:
    """Work until there is nothing to do for as long as one wait."""
    async with connected(options.url, options.token) as client:
        if options.plan:
            run = await ask(client, "run_create", **plan)
            print(f"made {run['run_id']}")
        found = await ask(client, "work_take", agent=options.name, wait_seconds=options.wait)
        work = found["work"]
        while work:
            print(f"took {work['task_id']}: {work['title']}")
            report = await do(client, work, options.argv)
            if report:
                found = await ask(client, "work_report", **report, next=True)
                print(f"     {found['verdict']}")
                work = found["next"]
            if not report or not work:
                found = await ask(client, "work_take", agent=options.name, wait_seconds=options.wait)
                work = found["work"]
        print(found["words"])
        await ask(client, "agent_leave", name=options.name)


def read() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Make any program a worker of Mosaic.")
    parser.add_argument("name", help="the worker's name")
    parser.add_argument("argv", nargs="+", help="the program, and its arguments")
    parser.add_argument("--url", default="", help="endpoint of a system that serves; else `mosaic mcp`")
    parser.add_argument("--token", default=os.environ.get("MOSAIC_MCP_TOKEN", ""), help="the endpoint's token")
    parser.add_argument("--wait", type=float, default=5, help="seconds to wait for work before ending")
    parser.add_argument("--plan", default="", help="make a run of this plan first")
    parser.add_argument("--into", default="work", help="repository for that run, made if it is not there")
    return parser.parse_args()


def planned(options: argparse.Namespace) -> dict[str, Any]:
    """Return what `run_create` is asked with."""
    if not options.plan:
        return {}
    settings = {"workspace": "git", "repository": str(Path(options.into).resolve()), "create": True}
    return {"target": options.plan, "text": Path(options.plan).read_text(), "settings": settings}


if __name__ == "__main__":
    given = read()
    trio.run(main, given, planned(given))
