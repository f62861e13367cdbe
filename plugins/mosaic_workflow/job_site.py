"""The site of a job: what its steps share, whatever kind they are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mosaic_hookspecs import Assignment, Context, Unavailable, Usage, Workspace

from .configuration import Config
from .expressions.evaluation import Scope
from .expressions.templates import OPEN, parse_template
from .expressions.values import Value, to_text
from .files import OWN_DIRECTORY
from .masking import Masks
from .stream import OutputStream


class JobSite:
    """One attempt's assignment and output, and what the steps hand on to the steps after them:
    `variables` and `paths` of the environment, and the `usage` that adds up.
    """

    def __init__(self, assignment: Assignment, context: Context) -> None:
        self.assignment = assignment
        self.context = context
        self.config: Config = context.config
        self.work: Mapping[str, Any] = assignment.spec.work
        self.secrets = {name: os.environ[name] for name in self.config.secrets if name in os.environ}
        self.masks = Masks(self.secrets.values())
        self.stream = OutputStream(assignment.journal, self.masks)
        self.usage = Usage()
        self.variables: dict[str, str] = {}
        self.paths: list[str] = []

    @property
    def workspace(self) -> Workspace:
        """Where the job works."""
        workspace = self.assignment.workspace
        if workspace is None:
            raise Unavailable("no-workspace", "a workflow's job needs a workspace, and was given none")
        return workspace

    @property
    def own_directory(self) -> Path:
        """Where scripts and the files of steps are, under the workspace."""
        return self.workspace.path / OWN_DIRECTORY

    @property
    def repository(self) -> Path:
        """The run's repository; the project's directory if the run names none."""
        return Path(str(self.assignment.settings.get("repository") or self.context.project_directory))

    def text(self, value: Value, scope: Scope) -> str:
        """Return a scalar of the workflow as text, its expressions evaluated."""
        return parse_template(value).text(scope) if isinstance(value, str) and OPEN in value else to_text(value)

    def value(self, value: Value, scope: Scope) -> Value:
        """Return a value of the workflow with its expressions evaluated, in its own kind."""
        if isinstance(value, Mapping):
            return {key: self.value(item, scope) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item, scope) for item in value]
        return parse_template(value).value(scope) if isinstance(value, str) and OPEN in value else value
