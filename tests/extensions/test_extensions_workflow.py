import trio
from extending import edit, extended, reload
from observing import eventually, opened

from mosaic_hookspecs import NotFound

BUILD = """
jobs:
  build:
    outputs: {line: "${{ steps.tell.outputs.line }}"}
    steps:
      - id: tell
        uses: action:announce
        with: {text: "built ${{ mosaic.run_id }}"}
      - run: test "$(cat ANNOUNCEMENTS)" = "${{ steps.tell.outputs.line }}"
"""
DEPLOY = """
on: {workflow_dispatch: {inputs: {after: {required: true}}}}
jobs:
  deploy:
    steps:
      - run: echo "deploys what ${{ inputs.after }} has built"
"""
PLUGINS = ("workflow-hooks", "observers", "memory", "engine", "workflow", "workspaces", "command")


def hooked(directory, *, serves=True):
    directory.mkdir(exist_ok=True)
    (directory / "deploy.yaml").write_text(DEPLOY)
    settings = {
        "plugins.workflow-hooks.after": {"build.yaml": "deploy.yaml"},
        "plugins.observers.gather_seconds": 0.0,
        "plugins.observers.retry_seconds": 0.05,
    }
    return extended(directory, *PLUGINS, settings=settings, serves=serves)


async def build(running, run_id, text=BUILD):
    """Run the workflow; return how its run ended."""
    await running.dispatch("run.create", {"target": "build.yaml", "text": text, "run_id": run_id})
    with trio.fail_after(60):
        return await running.dispatch("run.drive", {"run_id": run_id})


async def followed(running, run_id):
    """Wait for the run that follows another; return it."""

    async def is_there():
        try:
            await running.dispatch("run.show", {"run_id": f"{run_id}-then"})
        except NotFound:
            return False
        return True

    await eventually(is_there)
    return await running.dispatch("run.drive", {"run_id": f"{run_id}-then"})


async def test_a_plugin_adds_a_step_and_reloads_it(site, tmp_path):
    async with hooked(tmp_path / "project", serves=False) as running:
        assert (await build(running, "first")).result == "accepted"
        logs = await running.dispatch("task.logs", {"run_id": "first", "task_id": "build"})
        assert "* built first" in logs.text
        edit(site / "acme_workflow/announce.py", 'f"* {text', 'f"+ {text')
        await reload(running, "workflow-hooks")
        assert (await build(running, "second")).result == "accepted"
        detail = await running.dispatch("task.show", {"run_id": "second", "task_id": "build"})
        assert detail.outputs["line"] == "+ built second"


async def test_a_step_that_is_used_wrongly_fails_with_its_words(site, tmp_path):
    text = BUILD.replace("text:", "file: ../../escape, text:")
    async with hooked(tmp_path / "project", serves=False) as running:
        assert (await build(running, "first", text)).result == "failed"
        why = await running.dispatch("task.why", {"run_id": "first", "task_id": "build"})
    assert "outside of the workspace" in " ".join(blocker.text for blocker in why.blockers)


async def test_a_run_that_was_accepted_is_followed_once(site, tmp_path):
    async with hooked(tmp_path / "project") as running:
        await opened(running, "follow-up")
        await build(running, "first")
        assert (await followed(running, "first")).result == "accepted"
        logs = await running.dispatch("task.logs", {"run_id": "first-then", "task_id": "deploy"})
        assert "deploys what first has built" in logs.text
        # What is given a second time, as after a crash, starts nothing more.
        events = await running.port("storage").get().events()
        await running.port("observe").get("follow-up").observe(events)
        assert {run.run_id for run in (await running.dispatch("run.list")).items} == {"first", "first-then"}


async def test_a_run_that_failed_is_not_followed(site, tmp_path):
    async with hooked(tmp_path / "project") as running:
        await opened(running, "follow-up")
        assert (await build(running, "first", BUILD.replace("run: test", "run: false"))).result == "failed"
        await running.port("transport").get("observers").settle()
        assert len((await running.dispatch("run.list")).items) == 1


async def test_the_observer_is_reloaded_too(site, tmp_path):
    async with hooked(tmp_path / "project") as running:
        await opened(running, "follow-up")
        edit(site / "acme_workflow/follow_up.py", 'f"{run_id}-then"', 'f"{run_id}-later"')
        await reload(running, "workflow-hooks")
        await build(running, "first")

        async def is_there():
            return "first-later" in {run.run_id for run in (await running.dispatch("run.list")).items}

        await eventually(is_there)
