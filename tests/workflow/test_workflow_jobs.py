"""The job agent, end to end, over real directories and processes."""

import sys

import pytest
from workflow_fakes import FakeContext, FakeStorage, run_text

from mosaic_hookspecs import AgentOffer, AgentResult, Denied, Usage
from mosaic_workflow.configuration import Config


def job(steps: str, head: str = "") -> str:
    return f"jobs:\n  a:\n{head}    steps:\n{steps}"


async def test_outputs_flow_from_steps_to_jobs_to_needs(tmp_path):
    ran = await run_text(
        """
jobs:
  a:
    outputs: {version: "${{ steps.v.outputs.version }}", notes: "${{ steps.v.outputs.notes }}"}
    steps:
    - id: v
      run: |
        echo "version=1.2" >> "$GITHUB_OUTPUT"
        printf 'notes<<EOF\\none\\ntwo=2\\nEOF\\n' >> "$MOSAIC_OUTPUT"
  b:
    needs: a
    steps:
    - run: test "${{ needs.a.outputs.version }}-${{ needs.a.result }}" = 1.2-success
    - run: echo "${{ needs.a.outputs.notes }}"
""",
        tmp_path,
    )
    assert ran.results["a"].outputs == {"version": "1.2", "notes": "one\ntwo=2"}
    assert ran.results["b"].outcome == "succeeded"
    assert "two=2" in ran.logs["b"]


async def test_env_path_and_summary_files(tmp_path):
    ran = await run_text(
        job(
            """
    - run: |
        mkdir bin; printf '#!/bin/sh\\necho from-tool' > bin/tool; chmod +x bin/tool
        echo "$PWD/bin" >> $GITHUB_PATH
        echo "COLOUR=green" >> $MOSAIC_ENV
        echo "# Done" >> $GITHUB_STEP_SUMMARY
    - run: tool; echo "$COLOUR ${{ env.COLOUR }} $OUTER $INNER"
      env: {INNER: in}
""",
            "    env: {OUTER: out}\n",
        ),
        tmp_path,
    )
    assert "from-tool\ngreen green out in\n" in ran.logs["a"]
    assert "# Done" in ran.logs["a"]
    assert not (tmp_path / "work/a/.mosaic-job").exists()


async def test_failing_step_is_named_with_its_exit_code(tmp_path):
    ran = await run_text(job("    - {name: Try, run: exit 7}\n    - run: echo unreached\n"), tmp_path)
    result = ran.results["a"]
    assert (result.outcome, result.exit_code) == ("failed", 7)
    assert result.summary == "step 'Try' (jobs.a.steps[0]) exited with code 7"
    assert "unreached" not in ran.logs["a"]


async def test_conditions_status_and_continue_on_error(tmp_path):
    ran = await run_text(
        job(
            """
    - {id: soft, run: exit 3, continue-on-error: true}
    - run: echo "soft ${{ steps.soft.outcome }} ${{ steps.soft.conclusion }} ${{ job.status }}"
    - {id: skipped, if: false, run: echo never}
    - {id: hard, run: exit 4}
    - run: echo not-reached
    - {if: failure(), run: 'echo on-failure ${{ steps.skipped.outcome }}'}
    - {if: "always() && steps.hard.outcome == 'failure'", run: echo at-last}
    - {if: cancelled(), run: echo cancelled-step}
"""
        ),
        tmp_path,
    )
    log = ran.logs["a"]
    assert "soft failure success success" in log
    assert "on-failure skipped" in log
    assert "at-last\n" in log
    assert "never" not in log
    assert "not-reached" not in log
    assert "cancelled-step" not in log
    assert ran.results["a"].exit_code == 4


async def test_job_conditions_and_settled_needs(tmp_path):
    ran = await run_text(
        """
jobs:
  bad: {steps: [{run: exit 1}]}
  after: {needs: bad, steps: [{run: echo no}]}
  cleanup:
    needs: [bad, after]
    if: always()
    steps: [{run: "echo ${{ needs.bad.result }} ${{ needs.after.result }}"}]
  alarm: {needs: after, if: failure(), steps: [{run: echo alarm}]}
  quiet: {needs: bad, if: "!failure()", steps: [{run: echo quiet}]}
  soft: {continue-on-error: true, steps: [{run: exit 1}]}
  later: {needs: soft, steps: [{run: "echo ${{ needs.soft.result }}"}]}
  no: {if: "1 == 2", steps: [{run: echo no}]}
""",
        tmp_path,
    )
    assert "after" not in ran.results
    assert "failure skipped\n" in ran.logs["cleanup"]
    assert ran.results["alarm"].outcome == "succeeded"
    assert ran.results["quiet"].outcome == "skipped"
    assert "success\n" in ran.logs["later"]
    assert ran.results["no"].outcome == "skipped"
    assert "1 == 2" in ran.results["no"].summary


@pytest.mark.parametrize(
    ("shell", "script", "said"),
    [
        ("bash", "set -o | grep pipefail", "on"),
        ("sh", "echo $0", "script.sh"),
        ("python", "import sys; print('py', sys.version_info[0])", "py 3"),
        (f"{sys.executable} -u {{0}}", "print('own')", "own"),
    ],
)
async def test_shells(tmp_path, shell, script, said):
    ran = await run_text(job(f"    - shell: {shell}\n      run: {script!r}\n"), tmp_path)
    assert ran.results["a"].outcome == "succeeded", ran.results["a"].summary
    assert said in ran.logs["a"]


async def test_default_shell_stops_at_the_first_error(tmp_path):
    ran = await run_text(job("    - run: |\n        false\n        echo after\n"), tmp_path)
    assert ran.results["a"].outcome == "failed"
    assert "after\n" not in ran.logs["a"]


async def test_working_directory_stays_inside(tmp_path):
    ran = await run_text(
        job(
            """
    - run: mkdir -p sub/deep; ln -s / out
    - {run: pwd, working-directory: sub/deep}
    - {run: pwd, working-directory: ../.., continue-on-error: true}
    - {run: pwd, working-directory: out/etc, continue-on-error: true}
    - {run: pwd, working-directory: nowhere, continue-on-error: true}
"""
        ),
        tmp_path,
    )
    assert str(tmp_path / "work/a/sub/deep") in ran.logs["a"]
    assert ran.logs["a"].count("leads out of the workspace") == 2
    assert "no working directory 'nowhere'" in ran.logs["a"]


async def test_secrets_and_masks_never_show(tmp_path, monkeypatch):
    monkeypatch.setenv("TOKEN", "hunter2-secret")
    monkeypatch.setenv("OTHER", "not-named")
    context = FakeContext(project_directory=tmp_path, config=Config(secrets=("TOKEN",)))
    ran = await run_text(
        job(
            """
    - id: s
      env: {T: "${{ secrets.TOKEN }}"}
      run: |
        echo "token $T"; printf "$T" | head -c 5; sleep 0.05; printf "$T" | tail -c +6; echo
        echo "::add-mask::lemon pie"; echo "I like lemon pie"; echo "::error file=x::kept"
        echo "t=$T" >> $GITHUB_OUTPUT; echo "o=fine" >> $GITHUB_OUTPUT
    - run: exit 1
      name: says hunter2-secret
      if: steps.s.outputs.t == 'hunter2-secret'
""",
            '    outputs: {t: "${{ steps.s.outputs.t }}", o: "${{ steps.s.outputs.o }}"}\n',
        ),
        tmp_path,
        context=context,
    )
    everything = ran.logs["a"] + str(ran.results["a"])
    assert "hunter2" not in everything
    assert "lemon" not in everything
    assert "token ***" in everything
    assert "::error file=x::kept" in everything
    assert ran.results["a"].outputs == {"o": "fine"}


async def test_step_timeout(tmp_path):
    ran = await run_text(job("    - {run: sleep 30, timeout-minutes: 0.002}\n"), tmp_path)
    assert "timed out after 0.002 minutes" in ran.results["a"].summary


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo nonsense >> $GITHUB_OUTPUT", "line 1: expected name=value"),
        ("echo 'a<<END' >> $GITHUB_OUTPUT", "delimiter 'END' does not follow"),
        ("echo MOSAIC_RUN_ID=x >> $GITHUB_ENV", "MOSAIC_RUN_ID belongs to Mosaic"),
        ("ln -sf /etc/hostname $GITHUB_OUTPUT", "cannot be read"),
        ("head -c 1100000 /dev/zero > $GITHUB_ENV", "more than"),
        ("rm -f $GITHUB_OUTPUT; mkfifo $GITHUB_OUTPUT", ""),
        ("kill -9 $$", "signal 9"),
    ],
)
async def test_what_steps_leave_is_not_trusted(tmp_path, script, words):
    ran = await run_text(job(f"    - run: {script!r}\n"), tmp_path)
    if words:
        assert ran.results["a"].outcome == "failed"
        assert words in ran.results["a"].summary


async def test_expression_that_fails_at_run_time_fails_the_step(tmp_path):
    ran = await run_text(
        job("    - {id: x, run: echo}\n    - run: echo ${{ fromJSON(steps.x.outputs.none) }}\n"), tmp_path
    )
    assert "fromJSON: not JSON" in ran.results["a"].summary


async def test_artifacts(tmp_path):
    storage = FakeStorage()
    context = FakeContext(project_directory=tmp_path, ports={"storage": {"fake": storage}})
    ran = await run_text(
        """
jobs:
  make:
    steps:
    - run: |
        mkdir -p out/deep; echo one > out/1.txt; echo two > out/deep/2.txt; echo no > out/x.tmp
        chmod +x out/1.txt
    - uses: actions/upload-artifact@v4
      with: {name: report, path: "out\\n!out/*.tmp"}
    - {uses: "artifact:upload", with: {path: none/*, if-no-files-found: error}, continue-on-error: true}
    - {uses: "artifact:upload", with: {path: ../../.., name: bad}, continue-on-error: true}
    - {uses: "artifact:upload", with: {path: out, name: "${{ '../x' }}"}, continue-on-error: true}
  use:
    needs: make
    steps:
    - {uses: "artifact:download", with: {name: report, path: got}}
    - run: test -x got/1.txt; cat got/1.txt got/deep/2.txt; test ! -e got/x.tmp
    - uses: actions/download-artifact@v4
    - run: test -f report/1.txt
    - {uses: "artifact:upload", with: {name: report, path: got}, continue-on-error: true}
    - {uses: "artifact:download", with: {name: missing}, continue-on-error: true}
    - {uses: "artifact:download", with: {name: report, path: ../up}}
""",
        tmp_path,
        context=context,
    )
    made, used = ran.logs["make"], ran.logs["use"]
    assert "kept 2 files as the artifact 'report'" in made
    assert "the path selects no files" in made
    assert "leads out of the workspace" in made
    assert "cannot be an artifact's name" in made
    assert "one\ntwo\n" in used
    assert "make has an artifact named 'report' already" in used
    assert "no artifact named 'missing'; it has: report" in used
    assert "leads out of the workspace" in ran.results["use"].summary
    assert not (tmp_path / "work/up").exists()


class Echo:
    offer = AgentOffer(name="action:echo")

    async def run(self, assignment):
        work = assignment.spec.work
        (assignment.workspace.path / "touched").write_text(work["prompt"])
        if work["prompt"] == "fail":
            return AgentResult(outcome="failed", summary="I could not", exit_code=9)
        return AgentResult(outcome="succeeded", outputs={"said": work["prompt"]}, usage=Usage(input_tokens=5))


async def test_agents_and_actions_work_in_the_same_workspace(tmp_path):
    context = FakeContext(
        project_directory=tmp_path, ports={"agents": {"helper": Echo(), "action:echo": Echo()}}
    )
    ran = await run_text(
        job(
            """
    - {id: one, uses: "agent:helper", with: {prompt: "hello ${{ mosaic.task_id }}"}}
    - run: test "$(cat touched)" = "${{ steps.one.outputs.said }}"
    - {uses: "action:echo", with: {prompt: fail}}
"""
        ),
        tmp_path,
        context=context,
    )
    result = ran.results["a"]
    assert "failed with exit code 9: I could not" in result.summary
    assert "steps[2]" in result.summary
    assert result.usage.input_tokens == 5


async def test_operations_run_with_the_workflows_permissions(tmp_path):
    def show(data, principal):
        if not principal.may("run:read"):
            raise Denied("denied", "not allowed")
        return {"state": "active", "id": data["run_id"]}

    def forbidden(data, principal):
        if not principal.may("storage:write"):
            raise Denied("denied", "the workflow may not do this")

    context = FakeContext(
        project_directory=tmp_path, operations={"run.show": show, "storage.rebuild": forbidden}
    )
    ran = await run_text(
        job(
            """
    - {id: o, uses: "operation:run.show", with: {run_id: "${{ mosaic.run_id }}"}}
    - run: test "${{ steps.o.outputs.state }} ${{ steps.o.outputs.id }}" = "active r1"
    - uses: operation:storage.rebuild
"""
        ),
        tmp_path,
        context=context,
    )
    assert "the workflow may not do this" in ran.results["a"].summary
    assert "steps[2]" in ran.results["a"].summary


async def test_fail_fast_cancels_the_siblings_of_the_last_try(tmp_path):
    context = FakeContext(project_directory=tmp_path, operations={"task.cancel": lambda *_: None})
    text = """
jobs:
  a:
    strategy: {matrix: {n: [1, 2]}FAST}
    steps: [{run: "exit ${{ matrix.n == 1 && 1 || 0 }}"}]
"""
    await run_text(text.replace("FAST", ""), tmp_path, context=context)
    assert [(name, data["task_id"]) for name, data, _ in context.dispatched] == [("task.cancel", "a.2")]
    context.dispatched.clear()
    await run_text(text.replace("FAST", ", fail-fast: false"), tmp_path / "2", context=context)
    assert context.dispatched == []
