"""What the tests of ACP stand on: one attempt of the fake agent in a real workspace, and all that was said."""

import json
import sys
from contextlib import asynccontextmanager
from pathlib import Path

from fake_context import FakeContext
from mosaic_acp.agent import AcpAgent
from mosaic_acp.configuration import AgentSettings, Config
from mosaic_acp.presets import launch_of
from mosaic_hookspecs import Assignment, TaskSpec, WorkspaceRequest
from mosaic_testing.agents import RecordingJournal
from mosaic_workspaces.configuration import Config as WorkspacesConfig
from mosaic_workspaces.directory_workspace import DirectoryProvider
from mosaic_workspaces.process import ProcessRunner

FAKE = Path(__file__).with_name("fake_agent.py")
QUICK = WorkspacesConfig(grace_seconds=1.0, linger_seconds=0.5)


class Place:
    """Where attempts of one task are made, one after the other."""

    def __init__(self, directory, provider):
        self.directory = directory
        self.provider = provider
        self.log = directory / "said.jsonl"
        self.context = None
        self.journal = None
        self.files = {}
        self.attempts = 0

    @asynccontextmanager
    async def agent(self, steps, *, hello=None, config=None, operations=None, files=None, **settings):
        """Open a workspace with `files`, and an agent that does `steps`; gives a function that has it run."""
        self.attempts += 1
        environment = {
            "FAKE_STEPS": json.dumps(steps),
            "FAKE_LOG": str(self.log),
            "FAKE_HELLO": json.dumps(hello or {}),
            **settings.pop("environment", {}),
        }
        command = settings.pop("command", (sys.executable, str(FAKE)))
        options = AgentSettings(command=command, environment=environment, **settings)
        self.context = FakeContext(operations or {}, self.directory / "state")
        agent = AcpAgent(launch_of("fake", options), Config(**(config or {})), self.context)
        request = WorkspaceRequest(run_id="run", task_id="task", token=self.attempts)
        self.journal = RecordingJournal()
        async with self.provider.open(request) as workspace:
            for name, content in (files or {}).items():
                (workspace.path / name).parent.mkdir(parents=True, exist_ok=True)
                (workspace.path / name).write_text(content)
            self.workspace = workspace
            assignment = Assignment(
                run_id="run",
                spec=TaskSpec(task_id="task", title="Write it", work={"description": "Write a file."}),
                token=self.attempts,
                attempt=self.attempts,
                journal=self.journal,
                workspace=workspace,
                goal="A shop",
            )

            async def run():
                try:
                    return await agent.run(assignment)
                finally:
                    self.files = {
                        str(path.relative_to(workspace.path)): path.read_text()
                        for path in workspace.path.rglob("*")
                        if path.is_file()
                    }

            yield run

    async def attempt(self, *steps, **options):
        """Make one attempt."""
        async with self.agent(steps, **options) as run:
            return await run()

    def said(self):
        """Return every message, as pairs of who said it and what."""
        return [tuple(json.loads(line)) for line in self.log.read_text().splitlines()]

    def answers(self, method):
        """Return what the client answered to the agent's questions of a method."""
        said = self.said()
        numbers = [message["id"] for who, message in said if who == "agent" and message.get("method") == method]
        found = [
            next(
                (
                    message
                    for who, message in said
                    if who == "client" and message.get("id") == number and "method" not in message
                ),
                None,
            )
            for number in numbers
        ]
        return [None if answer is None else answer.get("result", answer.get("error")) for answer in found]

    def asked(self, method):
        """Return the parameters of what the client sent of a method."""
        return [
            message["params"]
            for who, message in self.said()
            if who == "client" and message.get("method") == method
        ]

    @property
    def text(self):
        """What people read."""
        return self.journal.written.decode()


@asynccontextmanager
async def open_place(directory):
    """Open a place for attempts."""
    state = directory / "state"
    runner = ProcessRunner(QUICK, state, None)
    try:
        yield Place(directory, DirectoryProvider(runner, state))
    finally:
        runner.close()
