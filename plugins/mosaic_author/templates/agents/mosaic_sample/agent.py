"""The agent: one attempt at a task is one call of `run`."""

from __future__ import annotations

from pathlib import Path

import trio
from mosaic_hookspecs import AgentOffer, AgentResult, Assignment, InputError, Refused

from .files import files_in


class FilesAgent:
    """`mosaic_hookspecs.Agent` that writes files. It reports; it never accepts."""

    offer = AgentOffer(name="sample", labels=frozenset({"files"}))

    async def run(self, assignment: Assignment) -> AgentResult:
        """Write the files. Cancelling ends it between two of them; the workspace is thrown away then."""
        files = files_in(assignment.spec.work)
        if assignment.workspace is None:
            raise InputError(
                "no-workspace",
                "files need a place to be written to",
                where="workspace",
                hint="Give the task `workspace: directory`.",
            )
        root = assignment.workspace.path
        for path, text in sorted(files.items()):
            await trio.to_thread.run_sync(_write, root, path, text.replace("{goal}", assignment.goal))
            # Whoever follows the run sees this at once; it never blocks.
            assignment.journal.output(f"wrote {path}\n".encode())
        return AgentResult(
            outcome="succeeded",
            summary=f"wrote {len(files)} files",
            outputs={"files": sorted(files)},
        )


def _write(root: Path, path: str, text: str) -> None:
    file = root / path
    # A link in the workspace may lead out of it, whatever the path looks like.
    if not file.resolve().is_relative_to(root.resolve()):
        raise Refused("bad-path", "a link leads out of the workspace", where=path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
