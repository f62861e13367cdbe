"""Called workflows: found, read once, and never outside the root."""

from __future__ import annotations

from pathlib import Path

from .document import MAX_BYTES, Node
from .problems import Problems, shown
from .surroundings import Surroundings
from .workflow import Workflow, read_workflow


class Library:
    """Reads the workflow files that a workflow calls."""

    def __init__(self, surroundings: Surroundings, problems: Problems) -> None:
        self._surroundings = surroundings
        self._problems = problems
        self._read: dict[Path, Workflow | None] = {}

    def find(self, uses: Node, subject: str) -> Workflow | None:
        """Return the workflow that `uses` names; None if there is none, which is then told."""
        root = self._surroundings.root
        reference = uses.raw
        if not reference.startswith("./") or not reference.endswith((".yml", ".yaml")):
            self._tell(uses, subject, "this names no workflow", expected="./ and the path of a YAML file")
            return None
        if root is None:
            self._tell(uses, subject, "no directory is known in which workflows could be found")
            return None
        try:
            path = (root / reference).resolve()
            if not path.is_relative_to(root.resolve()):
                self._tell(uses, subject, "the path leads out of the workflow's root")
                return None
            if path not in self._read:
                self._read[path] = self._load(path, reference)
            return self._read[path]
        except (OSError, ValueError, RuntimeError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            self._tell(uses, subject, f"the workflow cannot be read: {reason}")
            return None

    def _tell(self, uses: Node, subject: str, what: str, expected: str = "") -> None:
        self._problems.add(
            "bad-call", what, uses.location, subject=subject, expected=expected, got=shown(uses.raw)
        )

    def _load(self, path: Path, reference: str) -> Workflow | None:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        text = data.decode("utf-8", errors="surrogateescape")
        shown_path = reference.removeprefix("./")
        return read_workflow(text, shown_path, self._surroundings, self._problems)
