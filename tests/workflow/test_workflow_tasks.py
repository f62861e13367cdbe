"""What jobs become: the fields of their tasks, and the settings of the run."""

import pytest
from workflow_fakes import compile_text

from mosaic_hookspecs import Need, NotFound, Refused, RunRequest, TaskSpec
from mosaic_workflow.source import WorkflowSource
from mosaic_workflow.surroundings import Surroundings, root_of

TEXT = """
name: All
run-name: All of ${{ inputs.what }}
on: {workflow_dispatch: {inputs: {what: {default: it}, soft: {type: boolean, default: true}}}}
jobs:
  first:
    name: First ${{ inputs.what }}
    runs-on: [self-hosted, gpu, "${{ inputs.what }}-licence"]
    timeout-minutes: ${{ fromJSON('1.5') }}
    continue-on-error: ${{ inputs.soft }}
    concurrency: {group: "g-${{ inputs.what }}"}
    approval: Do ${{ inputs.what }}?
    retry: {attempts: 3, delay-seconds: 0.5}
    publish: PUBLISH
    steps: [{run: x}]
  second: {needs: first, steps: [{run: x}]}
  third: {needs: second, if: failure(), steps: [{run: x}]}
  fourth: {needs: [second], if: needs.second.result == 'success', steps: [{run: x}]}
"""


async def test_every_key_reaches_its_field():
    run, tasks = await compile_text(TEXT.replace("PUBLISH", "true"), repository="/somewhere")
    first, second, third, fourth = tasks
    assert run.title == "All of it"
    assert run.settings == {"workspace": "git", "seed": False, "repository": "/somewhere"}
    assert first.title == "First it"
    assert first.resources == {"gpu": 1, "it-licence": 1}
    assert first.timeout_seconds == 90
    assert first.tolerates_failure is True
    assert first.group == "g-it"
    assert first.approval == "Do it?"
    assert (first.retry.attempts, first.retry.delay_seconds) == (3, 0.5)
    assert (first.runtime, first.workspace, second.workspace) == ("workflow", "git", "directory")
    assert second.retry.attempts == 1
    assert second.needs == (Need(task_id="first"),)
    assert set(third.needs) == {Need(task_id="first", settled=True), Need(task_id="second", settled=True)}
    assert fourth.needs == (Need(task_id="second"),)
    assert all(TaskSpec.from_data(task.to_data()) == task for task in tasks)


async def test_settings_are_kept_and_completed():
    given = {"repository": "/mine", "seed": True, "branch": "b"}
    run, _ = await compile_text(TEXT.replace("PUBLISH", "false"), settings=given)
    assert run.settings == {**given, "workspace": "directory"}


def test_the_source_takes_yaml_only():
    source = WorkflowSource(lambda _: Surroundings())
    assert source.recognises(RunRequest(target="a/B.YAML"))
    assert source.recognises(RunRequest(target="x.yml"))
    assert not source.recognises(RunRequest(target="x.json"))
    assert not source.recognises(RunRequest(goal="x.yaml please"))


def test_roots(tmp_path):
    assert root_of("", tmp_path) == tmp_path
    assert root_of(str(tmp_path / "x.yaml"), None) == tmp_path
    assert root_of(str(tmp_path / ".github/workflows/x.yaml"), None) == tmp_path


@pytest.mark.parametrize("error", [NotFound("no-operation", "x"), Refused("is-final", "x")])
async def test_siblings_that_cannot_be_cancelled_are_left(tmp_path, error):
    from workflow_fakes import FakeContext, run_text

    def refuse(data, principal):
        raise error

    context = FakeContext(project_directory=tmp_path, operations={"task.cancel": refuse})
    text = "jobs: {a: {strategy: {matrix: {n: [1, 2]}}, steps: [{run: exit 1}]}}"
    ran = await run_text(text, tmp_path, context=context)
    assert ran.results["a.1"].outcome == "failed"
    assert len(context.dispatched) == 2


async def test_tasks_of_other_kinds_are_refused(tmp_path):
    from workflow_fakes import FakeContext, FakeJournal

    from mosaic_hookspecs import Assignment, InputError
    from mosaic_workflow.agent import WorkflowAgent

    spec = TaskSpec(task_id="t", runtime="workflow", work={"run": "x"})
    assignment = Assignment(run_id="r", spec=spec, token=1, attempt=1, journal=FakeJournal())
    with pytest.raises(InputError, match="no job of a workflow"):
        await WorkflowAgent(FakeContext(project_directory=tmp_path)).run(assignment)
