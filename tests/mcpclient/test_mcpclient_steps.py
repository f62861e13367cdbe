"""A step `uses: mcp:SERVER/TOOL` of a workflow: checked when it is compiled, one approved call when it runs."""

import pytest

from mosaic_hookspecs import Assignment, InputError, MosaicError, TaskSpec
from mosaic_mcpclient.configuration import ServerEntry
from mosaic_testing.agents import RecordingJournal

WORKFLOW = """
on: {workflow_dispatch: {inputs: {first: {type: number, default: 2}}}}
jobs:
  sum:
    outputs: {total: "${{ steps.add.outputs.structured.total }}"}
    steps:
      - id: add
        uses: mcp:rogue/add
        with:
          a: ${{ inputs.first }}
          b: 3
          words: [one, "${{ 'two' }}"]
      - run: echo "text is ${{ steps.add.outputs.text }}"
  tell:
    needs: sum
    steps:
      - run: echo "total is ${{ needs.sum.outputs.total }}"
"""
PLUGINS = ("engine", "workspaces", "workflow", "command")


async def findings(kernel, uses, more=""):
    text = f"jobs:\n  one:\n    steps:\n      - uses: {uses}\n{more}"
    found = await kernel.dispatch("workflow.check", {"text": text, "path": "w.yaml"})
    return [(str(one.location), one.code, one.message, one.hint) for one in found.findings]


async def run(kernel, text):
    request = {"target": "w.yaml", "text": text, "run_id": "r1"}
    await kernel.dispatch("run.create", request)
    await kernel.dispatch("run.drive", {"run_id": "r1"})
    tasks = (await kernel.dispatch("task.list", {"run_id": "r1"})).items
    return {task.task_id: task for task in tasks}


async def logs(kernel, task):
    return (await kernel.dispatch("task.logs", {"run_id": "r1", "task_id": task})).text


async def test_a_workflow_calls_a_tool_and_uses_what_it_says(start, rogue):
    rogue.does(result={"structuredContent": {"total": 5}})
    async with start(*PLUGINS, trust="first-use") as kernel:
        tasks = await run(kernel, WORKFLOW)
        assert [task.state for task in tasks.values()] == ["accepted", "accepted"], tasks
        assert "total is 5" in await logs(kernel, "tell")
        [params] = [params for _, method, params in rogue.log if method == "tools/call"]
        assert params["arguments"] == {"a": 2, "b": 3, "words": ["one", "two"]}


async def test_what_is_not_approved_fails_the_step_with_words(start, rogue):
    async with start(*PLUGINS) as kernel:
        task = (await run(kernel, WORKFLOW))["sum"]
        assert task.state == "failed"
        assert "no person has approved the tool rogue/add" in task.reason
        assert "tools/call" not in rogue.methods


async def test_a_tool_that_fails_fails_the_step(start, rogue):
    rogue.does(says="no \x1b[31mnumbers", result={"isError": True})
    async with start(*PLUGINS, trust="first-use") as kernel:
        task = (await run(kernel, WORKFLOW))["sum"]
        assert task.state == "failed"
        assert "mcp:rogue/add says that it failed: no ⟨U+001B⟩[31mnumbers" in task.reason


async def test_what_can_be_known_without_the_server_is_checked_before(start, rogue):
    async with start(*PLUGINS) as kernel:
        assert await findings(kernel, "mcp:rogue/add") == []
        [(where, code, message, hint)] = await findings(kernel, "mcp:rouge/add")
        assert (where, code) == ("w.yaml:4:15", "unknown-server")
        assert "expected mcp:rogue/TOOL" in message
        assert hint == "Did you mean 'mcp:rogue'?"
        [(where, code, _, hint)] = await findings(kernel, "mcp:rogue")
        assert (where, code) == ("w.yaml:4:15", "unknown-uses")
        assert "mcp:SERVER/TOOL" in hint
        [(where, code, _, _)] = await findings(kernel, "mcp:rogue/add", "        env: {A: b}\n")
        assert (where, code) == ("w.yaml:5:9", "misplaced-key")
        assert rogue.log == []


async def test_without_a_server_the_finding_says_where_to_configure_one(start):
    async with start(*PLUGINS, servers={}) as kernel:
        [(_, code, message, hint)] = await findings(kernel, "mcp:files/read")
        assert code == "unknown-server"
        assert "there is none" in message
        assert "plugins.mcpclient.servers" in hint


@pytest.mark.parametrize("work", [{}, {"tool": ""}, {"tool": 5}, {"tool": "add", "arguments": []}, {"more": 1}])
async def test_work_that_is_no_call_is_refused(start, work):
    async with start() as kernel:
        agent = kernel.port("agents").get("mcp:rogue")
        spec = TaskSpec(task_id="t", title="T", runtime="mcp:rogue", work=work)
        assignment = Assignment(run_id="r", spec=spec, token=1, attempt=1, journal=RecordingJournal())
        with pytest.raises(InputError) as refused:
            await agent.run(assignment)
        assert refused.value.code == "bad-call"
        assert agent.offer.takes("mcp:rogue", frozenset())
        assert not agent.offer.takes("", frozenset())


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({}, "either a command or a url"),
        ({"command": ["x"], "url": "http://localhost:1/mcp"}, "either a command or a url"),
        ({"url": "ftp://localhost/mcp"}, "begins with http"),
        ({"url": "https://me:secret@example.com/mcp"}, "belong in headers"),
        ({"url": "http://example.com/mcp", "headers": {"A": "b"}}, "in the clear"),
        ({"url": "https://example.com/mcp", "headers": {"A": "$ b"}}, "stray"),
        ({"url": "https://example.com/mcp", "environment": {"A": "b"}}, "belong to a command"),
        ({"command": ["x"], "headers": {"A": "b"}}, "belong to a url"),
        ({"command": ["x"], "seconds": 0}, "above 0"),
    ],
)
def test_an_entry_that_contradicts_itself_is_refused(entry, words):
    with pytest.raises(ValueError, match=words):
        ServerEntry(**entry)


async def test_a_wrong_entry_is_told_with_its_place(start):
    with pytest.raises(MosaicError, match="either a command or a url") as refused:
        async with start(servers={"one": {}}):
            pass
    assert "plugins.mcpclient.servers.one" in str(refused.value)


async def test_a_name_of_a_server_can_stand_in_a_workflow(start):
    with pytest.raises(MosaicError, match="cannot be a server's name"):
        async with start(servers={"my/server": {"command": ["x"]}}):
            pass
