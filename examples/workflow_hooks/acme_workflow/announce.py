"""The step ``uses: action:announce``: adds a line to a file of the workspace."""

from mosaic_hookspecs import AgentOffer, AgentResult, Assignment, InputError, Unavailable


class AnnounceAgent:
    """An agent whose name begins with ``action:`` is a step of workflows; ``with`` is its `work`."""

    @property
    def offer(self) -> AgentOffer:
        """Nothing but what is asked of it by name."""
        return AgentOffer(name="action:announce")

    async def run(self, assignment: Assignment) -> AgentResult:
        """Write the line; the step's outputs say which, and where."""
        text, name = assignment.spec.work.get("text"), assignment.spec.work.get("file", "ANNOUNCEMENTS")
        if not isinstance(text, str) or not text.strip() or not isinstance(name, str):
            raise InputError(
                "bad-step", "action:announce cannot tell what to announce", expected="with: {text: …, file: …}"
            )
        if assignment.workspace is None:
            raise Unavailable("no-workspace", "action:announce needs a workspace to write to")
        root = assignment.workspace.path.resolve()
        target = (root / name).resolve()
        if not target.is_relative_to(root):
            raise InputError("bad-step", "the file is outside of the workspace", got=name)
        line = f"* {text.strip()}"
        with target.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        assignment.journal.output(f"{line}\n".encode())
        return AgentResult(outcome="succeeded", summary=line, outputs={"line": line, "file": str(name)})
