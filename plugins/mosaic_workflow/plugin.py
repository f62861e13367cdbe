"""The workflow plugin: YAML workflows as a kind of target, and the agent that runs their jobs."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs import Context, Operation, Provision, Unavailable, hookimpl

from .configuration import Config as WorkflowConfig
from .surroundings import Surroundings, root_of


class WorkflowPlugin:
    """Compiles workflows, runs their jobs, and publishes their schema."""

    Config = WorkflowConfig

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Provide the task source and the agent."""
        from .agent import WorkflowAgent
        from .source import WorkflowSource

        source = WorkflowSource(lambda path: _surroundings(context, path))
        return (
            Provision(port="planning", name="source:workflow", provider=source),
            Provision(port="agents", name="workflow", provider=WorkflowAgent(context)),
        )

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare ``workflow.check`` and ``workflow.schema``."""
        from .operations import operations

        return operations(lambda path: _surroundings(context, path))


def _surroundings(context: Context, path: str) -> Surroundings:
    config: WorkflowConfig = context.config
    try:
        names = context.port("agents").names()
        # Check runners share the port with agents; and a job is no step of a job.
        agents = frozenset(name for name in names if not name.startswith("check:") and name != "workflow")
    except Unavailable:
        agents = frozenset()
    return Surroundings(
        agents=agents,
        secrets=frozenset(config.secrets),
        variables=config.variables,
        root=root_of(path, context.project_directory),
        repository=str(context.project_directory),
        default_timeout_minutes=config.timeout_minutes,
    )
