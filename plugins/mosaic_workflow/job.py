"""One job while it runs: its scope, its steps in order, and its outputs."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import Any

import trio

from mosaic_hookspecs import (
    AgentResult,
    Assignment,
    Context,
    MosaicError,
)

from .contexts import TaskResults, call_inputs, job_status, runner
from .expressions.evaluation import Scope
from .expressions.templates import holds
from .expressions.tokens import ExpressionError
from .expressions.values import Value, is_truthy, to_number, to_text
from .file_commands import FileCommandError
from .files import hash_files
from .job_site import JobSite
from .scripts import run_script
from .step import StepFailed, StepResult, describe
from .using import use


class JobRun(JobSite):
    """One attempt at a job."""

    def __init__(self, assignment: Assignment, context: Context) -> None:
        super().__init__(assignment, context)
        self.results = TaskResults(states=assignment.needs)
        self.status = "success"
        self.failure = ""
        self.exit_code: int | None = None
        self.steps: dict[str, dict[str, Any]] = {}
        self.base_environment: dict[str, str] = {}
        self._contexts: dict[str, Value] = {
            "vars": dict(self.config.variables),
            "secrets": self.secrets,
        }

    async def run(self) -> AgentResult:
        """Make the attempt."""
        try:
            reason = self._enter()
        except (ExpressionError, ValueError) as error:
            return AgentResult(outcome="failed", summary=f"jobs.{self.work['job']}: {error}")
        if reason:
            return AgentResult(outcome="skipped", summary=reason)
        try:
            await trio.to_thread.run_sync(self._prepare)
            self.base_environment = self._environment()
            for index, step in enumerate(self.work["steps"]):
                await self._step(index, step)
            outputs = self._outputs()
        except (ExpressionError, StepFailed) as error:
            self._fail(f"jobs.{self.work['job']}: {error}")
            outputs = {}
        finally:
            self.stream.close()
            shutil.rmtree(self.own_directory, ignore_errors=True)
        return self._result(outputs)

    def _result(self, outputs: Mapping[str, Any]) -> AgentResult:
        if self.status == "failure":
            summary = self.masks.hide(self.failure)
            return AgentResult(
                outcome="failed", summary=summary, outputs=outputs, usage=self.usage, exit_code=self.exit_code
            )
        count = len(self.work["steps"])
        summary = f"{count} step{'' if count == 1 else 's'} done"
        return AgentResult(outcome="succeeded", summary=summary, outputs=outputs, usage=self.usage)

    def _enter(self) -> str:
        """Evaluate the conditions on the way to the job; return why it is skipped, "" if it is not."""
        inputs = dict(self.assignment.inputs)
        for call in self.work["calls"]:
            scope = self._enter_scope(call, inputs)
            if not holds(call["if"], scope):
                return f"the condition of the call is false: {call['if'] or 'success()'}"
            inputs = call_inputs(call, scope)
        scope = self._enter_scope(self.work, inputs)
        if not holds(self.work["if"], scope):
            return f"its condition is false: {self.work['if'] or 'success()'}"
        self._contexts.update(scope.contexts)
        return ""

    def _enter_scope(self, frame: Mapping[str, Any], inputs: Mapping[str, Any]) -> Scope:
        needs = self.results.jobs(frame["needs"])
        return Scope(
            contexts={
                "inputs": inputs,
                "vars": self._contexts["vars"],
                "needs": needs,
                "matrix": frame["matrix"] or {},
                "strategy": frame["strategy"],
                "mosaic": self._mosaic(),
            },
            functions=job_status(needs, frame["ancestors"], self.results),
        )

    def _mosaic(self) -> dict[str, Value]:
        workspace = self.assignment.workspace
        return {
            "run_id": self.assignment.run_id,
            "task_id": self.assignment.spec.task_id,
            "attempt": self.assignment.attempt,
            "workflow": self.work["workflow"],
            "job": self.work["job"],
            "workspace": str(workspace.path) if workspace else "",
            "repository": str(self.repository),
        }

    def _prepare(self) -> None:
        (self.own_directory / "temp").mkdir(parents=True, exist_ok=True)
        (self.own_directory / ".gitignore").write_text("*\n")

    def _environment(self) -> dict[str, str]:
        workspace = str(self.workspace.path)
        temporary = str(self.own_directory / "temp")
        self._contexts["runner"] = runner(temporary)
        fixed = {
            "CI": "true",
            "MOSAIC": "true",
            "MOSAIC_RUN_ID": self.assignment.run_id,
            "MOSAIC_TASK_ID": self.assignment.spec.task_id,
            "MOSAIC_ATTEMPT": str(self.assignment.attempt),
            "MOSAIC_WORKSPACE": workspace,
            "GITHUB_WORKSPACE": workspace,
            "RUNNER_TEMP": temporary,
        }
        layers: dict[str, str] = {}
        for layer in self.work["env"]:
            scope = self._step_scope(layers)
            layers.update({name: self.text(value, scope) for name, value in layer.items()})
        return {**layers, **fixed}

    def _step_scope(self, environment: Mapping[str, str]) -> Scope:
        failed = self.status == "failure"
        return Scope(
            contexts={
                **self._contexts,
                "env": environment,
                "steps": self.steps,
                "job": {"status": self.status},
            },
            functions={
                "success": lambda: not failed,
                "failure": lambda: failed,
                "cancelled": lambda: False,
                "always": lambda: True,
                "hashFiles": self._hash_files,
            },
        )

    def _hash_files(self, *patterns: Value) -> str:
        lines = [line for pattern in patterns for line in to_text(pattern).splitlines()]
        try:
            return hash_files(self.workspace.path, lines)
        except (OSError, ValueError) as error:
            raise ExpressionError(f"hashFiles: {error}") from None

    async def _step(self, index: int, step: Mapping[str, Any]) -> None:
        environment = {**self.base_environment, **self.variables}
        scope = self._step_scope(environment)
        name = describe(step, index)
        tolerates = False
        try:
            if not holds(_condition(step), scope):
                self._conclude(step, StepResult(outcome="skipped", conclusion="skipped"))
                return
            own = {key: self.text(value, scope) for key, value in (step.get("env") or {}).items()}
            environment.update(own)
            scope = self._step_scope(environment)
            tolerates = is_truthy(self.value(step.get("continue-on-error", False), scope))
            name = self.text(step["name"], scope) if step.get("name") else name
            self.stream.say(f"── {name}")
            outputs = await self._limited(index, step, scope, environment)
            result = StepResult(outcome="success", conclusion="success", outputs=outputs)
        except (ExpressionError, FileCommandError, StepFailed, MosaicError, ValueError, OSError) as error:
            reason = f"step {name!r} (jobs.{self.work['job']}.steps[{index}]) {_reason(error)}"
            self.stream.say(f"── failed: {reason}")
            outputs = error.outputs if isinstance(error, StepFailed) else {}
            conclusion = "success" if tolerates else "failure"
            result = StepResult(outcome="failure", conclusion=conclusion, outputs=outputs)
            if not tolerates:
                self._fail(reason, error.exit_code if isinstance(error, StepFailed) else None)
        self._conclude(step, result)

    def _conclude(self, step: Mapping[str, Any], result: StepResult) -> None:
        if step.get("id"):
            self.steps[str(step["id"])] = result.to_data()

    def _fail(self, reason: str, exit_code: int | None = None) -> None:
        if self.status != "failure":
            self.status, self.failure, self.exit_code = "failure", reason, exit_code

    async def _limited(
        self, index: int, step: Mapping[str, Any], scope: Scope, environment: Mapping[str, str]
    ) -> dict[str, Any]:
        limit = self.value(step.get("timeout-minutes"), scope)
        seconds = 60 * to_number(limit) if limit is not None else None
        if seconds is not None and not seconds > 0:
            raise StepFailed("has a timeout-minutes that is no number above 0")
        outputs: dict[str, Any] = {}
        with trio.move_on_after(float("inf") if seconds is None else seconds) as limits:
            if step.get("uses"):
                outputs = await use(self, step, scope, environment)
            else:
                outputs = await run_script(self, index, step, scope, environment)
        if limits.cancelled_caught:
            raise StepFailed(f"timed out after {to_text(limit)} minutes")
        return outputs

    def _outputs(self) -> dict[str, Any]:
        environment = {**self.base_environment, **self.variables}
        scope = self._step_scope(environment)
        outputs: dict[str, Any] = {}
        for name, template in self.work["outputs"].items():
            value = self.text(template, scope)
            if self.masks.touches(value):
                self.stream.say(f"── the output {name!r} is left out: it holds a secret")
                continue
            outputs[name] = value
        size = sum(len(value.encode("utf-8", errors="replace")) for value in outputs.values())
        if size > self.config.max_output_bytes:
            raise StepFailed(f"the outputs hold {size} bytes, more than {self.config.max_output_bytes}")
        return outputs


def _condition(step: Mapping[str, Any]) -> str:
    condition = step.get("if")
    return "" if condition is None else to_text(condition)


def _reason(error: Exception) -> str:
    if isinstance(error, StepFailed):
        return error.reason
    return f"failed: {error}"
