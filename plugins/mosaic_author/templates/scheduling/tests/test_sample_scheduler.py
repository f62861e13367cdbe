"""What the scheduler does with tasks that have a workspace and checks, and with leases that are lost."""

import pytest
from mosaic_hookspecs import Check, InputError, RunSpec, TaskSpec, TaskState
from mosaic_testing.scripted import ScriptedAgent, succeed, write

PLUGINS = ("sample", "memory", "workspaces", "command")


async def driven(mosaic_kernel, agent, *tasks):
    """Drive a run of these tasks, and return where each stands."""
    async with mosaic_kernel(*PLUGINS, agent.plugin()) as kernel:
        scheduler, storage = kernel.port("scheduling").get("sample"), kernel.port("storage").get()
        await scheduler.create(RunSpec(run_id="r"), tasks)
        await scheduler.drive("r")
        return {task.task_id: task for task in await storage.tasks("r")}


def task(path):
    """Make a task that is done when a file is there."""
    check = Check(name="there", parameters={"argv": ["test", "-e", path]})
    return TaskSpec(task_id=path, workspace="directory", runtime="scripted", checks=[check])


async def test_what_passes_its_checks_is_accepted(mosaic_kernel):
    agent = ScriptedAgent({"a": write("a", "text")})
    found = await driven(mosaic_kernel, agent, task("a"))
    assert found["a"].state is TaskState.ACCEPTED


async def test_what_is_only_reported_is_not_accepted(mosaic_kernel):
    agent = ScriptedAgent({"a": succeed()})
    found = await driven(mosaic_kernel, agent, task("a"))
    assert found["a"].state is TaskState.FAILED
    assert "'there' failed" in found["a"].reason


async def test_a_lease_that_is_too_short_is_refused(mosaic_kernel):
    settings = {"plugins.sample.lease_seconds": 0.1}
    with pytest.raises(InputError) as caught:
        async with mosaic_kernel("sample", "memory", settings=settings):
            pass
    assert caught.value.code == "bad-lease"
