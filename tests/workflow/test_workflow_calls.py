"""Workflows that call workflows."""

import pytest
from workflow_fakes import compile_text, findings_of, run_text

from mosaic_workflow.problems import WorkflowErrors

CALLEE = """
on:
  workflow_call:
    inputs:
      greeting: {required: true}
      times: {type: number, default: 2}
    outputs:
      said: {value: "${{ jobs.say.outputs.said }}"}
jobs:
  prepare: {steps: [{run: "echo prepare"}]}
  say:
    needs: prepare
    timeout-minutes: ${{ inputs.times }}
    outputs: {said: "${{ steps.s.outputs.said }}"}
    steps:
    - id: s
      run: echo "said=${{ inputs.greeting }} x${{ inputs.times }}" >> $GITHUB_OUTPUT
"""

CALLER = """
jobs:
  setup:
    outputs: {word: "${{ steps.w.outputs.word }}"}
    steps: [{id: w, run: "echo word=hello >> $GITHUB_OUTPUT"}]
  greet:
    needs: setup
    uses: ./callee.yaml
    with: {greeting: "${{ needs.setup.outputs.word }} all"}
  check:
    needs: greet
    steps: [{run: 'echo "got ${{ needs.greet.outputs.said }} ${{ needs.greet.result }}"'}]
"""


async def test_a_called_workflow_is_written_out(tmp_path):
    (tmp_path / "callee.yaml").write_text(CALLEE)
    _, tasks = await compile_text(CALLER, root=tmp_path)
    needs = {task.task_id: sorted(need.task_id for need in task.needs) for task in tasks}
    assert needs == {
        "setup": [],
        "greet.prepare": ["setup"],
        "greet.say": ["greet.prepare", "setup"],
        "check": ["greet.prepare", "greet.say"],
    }
    assert tasks[2].title == "greet / say"
    assert tasks[2].timeout_seconds == 120
    ran = await run_text(CALLER, tmp_path)
    assert "got hello all x2 success" in ran.logs["check"]


async def test_the_callers_condition_and_failures_reach_in(tmp_path):
    (tmp_path / "callee.yaml").write_text(CALLEE)
    ran = await run_text(
        CALLER.replace("needs: setup\n    uses", "needs: setup\n    if: 1 == 2\n    uses"), tmp_path
    )
    assert ran.results["greet.prepare"].outcome == "skipped"
    assert "greet.say" not in ran.results
    assert "check" not in ran.results
    failing = CALLER.replace("echo word=hello >> $GITHUB_OUTPUT", "exit 1")
    ran = await run_text(failing, tmp_path / "failing", root=tmp_path)
    assert set(ran.results) == {"setup"}


async def test_calls_in_calls_and_in_a_matrix(tmp_path):
    (tmp_path / "callee.yaml").write_text(CALLEE)
    (tmp_path / "middle.yaml").write_text(
        "on: workflow_call\njobs: {inner: {uses: ./callee.yaml, with: {greeting: hi}}}\n"
    )
    text = "jobs: {outer: {strategy: {matrix: {v: [x, y]}}, uses: ./middle.yaml}}"
    _, tasks = await compile_text(text, root=tmp_path)
    assert [task.task_id for task in tasks] == [
        "outer.x.inner.prepare", "outer.x.inner.say", "outer.y.inner.prepare", "outer.y.inner.say",
    ]  # fmt: skip
    ran = await run_text(text, tmp_path)
    assert {result.outcome for result in ran.results.values()} == {"succeeded"}


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("jobs: {a: {uses: ./self.yaml}}", "call-cycle", "self.yaml → self.yaml"),
        ("jobs: {a: {uses: ./one.yaml}}", "call-cycle", "one.yaml → two.yaml → one.yaml"),
        ("jobs: {a: {uses: ./plain.yaml}}", "not-callable", "not made to be called"),
        ("jobs: {a: {uses: ./callee.yaml}}", "missing-input", "'greeting'"),
        ("jobs: {a: {uses: ./callee.yaml, with: {greeting: x, more: y}}}", "unknown-input", "'more'"),
        ("jobs: {a: {uses: ./callee.yaml, with: {greeting: x, times: y}}}", "bad-input", "a number"),
        ("jobs: {a: {uses: ./link.yaml}}", "bad-call", "out of the workflow's root"),
        ("jobs: {a: {uses: ./broken.yaml}}", "unknown-key", "stps"),
        ("jobs: {a: {uses: ./binary.yaml}}", "bad-text", "not UTF-8"),
        ("jobs: {a: {uses: ./directory.yaml}}", "bad-call", "cannot be read"),
    ],
)
def test_calls_that_cannot_be(tmp_path, text, code, words):
    root = tmp_path / "root"
    root.mkdir()
    call = "on: workflow_call\njobs: {a: {uses: ./%s.yaml}}"
    (root / "callee.yaml").write_text(CALLEE)
    (root / "self.yaml").write_text(call % "self")
    (root / "one.yaml").write_text(call % "two")
    (root / "two.yaml").write_text(call % "one")
    (root / "plain.yaml").write_text("jobs: {a: {steps: [{run: x}]}}")
    (root / "broken.yaml").write_text("on: workflow_call\njobs: {a: {stps: 1}}")
    (root / "binary.yaml").write_bytes(b"\xff\xfe\xfa")
    (root / "directory.yaml").mkdir()
    (tmp_path / "outside.yaml").write_text(CALLEE)
    (root / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    found = findings_of(text, root=root)
    assert code in [item.code for item in found], found
    assert any(words in item.message for item in found), found


async def test_call_bombs_are_stopped(tmp_path):
    for level in range(6):
        (tmp_path / f"c{level}.yaml").write_text(
            "on: workflow_call\n"
            f"jobs: {{a: {{strategy: {{matrix: {{v: {list(range(30))}}}}}, uses: ./c{level + 1}.yaml}}}}"
        )
    (tmp_path / "c6.yaml").write_text("on: workflow_call\njobs: {a: {steps: [{run: x}]}}")
    with pytest.raises(WorkflowErrors, match="more than 5000 tasks"):
        await compile_text("jobs: {a: {uses: ./c0.yaml}}", root=tmp_path)
