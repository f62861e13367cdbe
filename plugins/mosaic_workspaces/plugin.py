"""The plugin: provides the workspace port twice, as ``git`` and as ``directory``."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from mosaic_hookspecs import Context, Health, Operation, Provision, hookimpl

from .configuration import Config as WorkspacesConfig
from .confinement import find_confinement
from .directory_workspace import DirectoryProvider
from .git_provider import GitProvider
from .process import ProcessRunner


class WorkspacesPlugin:
    """Provides workspaces, and ends every process in them when it stops."""

    Config = WorkspacesConfig

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Make both providers over one runner of processes."""
        config: WorkspacesConfig = context.config or WorkspacesConfig()
        confinement = None
        if config.confine != "never":
            confinement = await trio.to_thread.run_sync(
                lambda: find_confinement(config.confine, network=config.network)
            )
        runner = ProcessRunner(config, context.state_directory, confinement)
        context.on_cleanup(runner.close)
        state = context.state_directory
        return [
            Provision(port="workspace", name="git", provider=GitProvider(runner, state, config, context.log)),
            Provision(port="workspace", name="directory", provider=DirectoryProvider(runner, state)),
        ]

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare ``task.diff``."""
        from .task_diff import operations

        return operations(context, context.config or WorkspacesConfig())

    @hookimpl
    async def mosaic_health(self, context: Context) -> Health:
        """Say whether git is there, and how processes are confined."""
        import shutil

        if shutil.which("git") is None:
            return Health(is_well=False, detail="git is not installed (apt install git)")
        config: WorkspacesConfig = context.config or WorkspacesConfig()
        return Health(detail=f"processes are confined: {config.confine}")
