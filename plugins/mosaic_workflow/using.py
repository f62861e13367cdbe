"""Steps with ``uses``: the checkout, artifacts, other agents, operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from mosaic_hookspecs import Agent, AgentResult, Principal, TaskSpec

from .artifacts import ArtifactError, download, names, upload
from .checkout import CheckoutError, check_out
from .expressions.evaluation import Scope
from .expressions.values import is_truthy, to_text
from .job_site import JobSite
from .plain import plain
from .shells import inside
from .step import StepFailed
from .uses import target_of


async def use(
    job: JobSite, step: Mapping[str, Any], scope: Scope, environment: Mapping[str, str]
) -> dict[str, Any]:
    """Carry out a step with ``uses``; return its outputs.

    Raises:
        StepFailed: it did not succeed.
    """
    target = target_of(str(step["uses"]))
    if target is None:
        raise StepFailed(f"uses {step['uses']!r}, which is nothing that Mosaic knows")
    given: dict[str, Any] = job.value(step.get("with") or {}, scope)
    try:
        if target.kind == "checkout":
            return await _check_out(job, given)
        if target.kind == "artifact:upload":
            return await _upload(job, given)
        if target.kind == "artifact:download":
            return await _download(job, given)
    except (ArtifactError, CheckoutError) as error:
        raise StepFailed(f"failed: {error}") from None
    if target.kind == "operation":
        return await _dispatch(job, target.name, given)
    if target.kind == "tool":
        return await _hand_over(job, target.name, step, {"tool": target.tool, "arguments": given})
    work = {"environment": {**environment}, **given} if step.get("env") else given
    return await _hand_over(job, target.name, step, work)


async def _check_out(job: JobSite, given: Mapping[str, Any]) -> dict[str, Any]:
    path, ref = to_text(given.get("path")), to_text(given.get("ref"))
    if job.assignment.spec.workspace == "git":
        if path or ref:
            raise CheckoutError("a job that publishes works in the run's own checkout, without path and ref")
        job.stream.say("the workspace is a checkout of the run's branch")
        return {}
    depth = to_text(given.get("fetch-depth", "1"))
    if not depth.isdecimal():
        raise CheckoutError(f"fetch-depth must be a whole number, not {depth!r}")
    if ref.startswith("-"):
        raise CheckoutError(f"there cannot be a ref {ref!r}")
    words = await check_out(
        job.workspace,
        job.repository,
        inside(job.workspace.path, path),
        ref=ref,
        depth=int(depth),
        on_output=job.stream.write,
    )
    job.stream.say(f"checked out {words}")
    return {}


async def _upload(job: JobSite, given: Mapping[str, Any]) -> dict[str, Any]:
    name = to_text(given.get("name")) or "artifact"
    missing = to_text(given.get("if-no-files-found")) or "warn"
    if missing not in ("warn", "error", "ignore"):
        raise ArtifactError(f"if-no-files-found is warn, error or ignore, not {missing!r}")
    count = await upload(
        job.context.port("storage").get(),
        job.assignment.run_id,
        job.assignment.spec.task_id,
        name,
        to_text(given.get("path")).splitlines(),
        job.workspace.path,
        overwrite=is_truthy(given.get("overwrite")) and given.get("overwrite") != "false",
        max_bytes=job.config.max_artifact_bytes,
    )
    if not count and missing == "error":
        raise ArtifactError("the path selects no files")
    if count:
        job.stream.say(f"kept {count} files as the artifact {name!r}")
    elif missing == "warn":
        job.stream.say("warning: the path selects no files, so there is no artifact")
    return {"count": str(count)}


async def _download(job: JobSite, given: Mapping[str, Any]) -> dict[str, Any]:
    storage, run_id = job.context.port("storage").get(), job.assignment.run_id
    target = inside(job.workspace.path, to_text(given.get("path")))
    name = to_text(given.get("name"))
    if name:
        count = await download(storage, run_id, name, target)
        job.stream.say(f"fetched {count} files of the artifact {name!r}")
    else:
        for each in await names(storage, run_id):
            count = await download(storage, run_id, each, inside(target, each))
            job.stream.say(f"fetched {count} files of the artifact {each!r}")
    return {"download-path": str(target)}


async def _dispatch(job: JobSite, operation: str, given: Mapping[str, Any]) -> dict[str, Any]:
    principal = Principal(
        name=f"workflow:{job.assignment.run_id}",
        kind="workflow",
        permissions=frozenset(job.config.permissions),
    )
    answer = plain(await job.context.dispatch(operation, given, principal))
    return dict(answer) if isinstance(answer, Mapping) else {"result": answer}


async def _hand_over(
    job: JobSite, name: str, step: Mapping[str, Any], work: Mapping[str, Any]
) -> dict[str, Any]:
    """Give the step to another agent, in the same workspace and under the same lease."""
    agent: Agent = job.context.port("agents").get(name)
    spec = job.assignment.spec
    task = TaskSpec(
        task_id=spec.task_id,
        title=to_text(step.get("name")) or spec.title,
        runtime=name,
        work=dict(work),
        workspace=spec.workspace,
        timeout_seconds=spec.timeout_seconds,
    )
    result: AgentResult = await agent.run(attrs.evolve(job.assignment, spec=task))
    job.usage += result.usage
    outputs = dict(result.outputs)
    if result.outcome == "failed":
        ending = "" if result.exit_code is None else f" with exit code {result.exit_code}"
        raise StepFailed(f"failed{ending}: {result.summary}", outputs, result.exit_code)
    return outputs
