"""The gate that every wish of one attempt passes: the policy, then a person, then no.

Owns asking a person (operation ``inbox.ask``) and remembering what was granted, so that an agent that asked is
not asked about when it then does it. Refuses in doubt: without an answer the answer is no.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs import Assignment, MosaicError

from .commands import shown
from .confining import Fence
from .patience import Patience
from .permissions import Permissions
from .policy import Decision, Verdict, judge
from .wishes import Wish

Dispatch = Callable[[str, Any], Awaitable[Any]]
ALLOW, DENY = "Allow", "Deny"


@attrs.frozen(kw_only=True)
class Pass:
    """What the gate said. `option` is the option that a person chose, by its name ("": none)."""

    is_granted: bool
    reason: str
    option: str = ""


class Gate:
    """The gate of one attempt."""

    def __init__(  # noqa: PLR0913 - what it stands on
        self,
        permissions: Permissions,
        fence: Fence,
        dispatch: Dispatch,
        patience: Patience,
        agent: str,
        assignment: Assignment,
    ) -> None:
        self._permissions = permissions
        self._fence = fence
        self._dispatch = dispatch
        self._patience = patience
        self._agent = agent
        self._assignment = assignment
        self._granted: set[tuple[Any, ...]] = set()

    async def let(self, wish: Wish, options: Mapping[str, bool] | None = None) -> Pass:
        """Return whether a wish is granted; asks a person where the policy says so. `options` are the answers
        to choose from, by name, and whether each grants it.
        """
        decision = judge(wish, self._permissions, self._fence)
        if decision.verdict is Verdict.ASK and _names(wish, self._fence) & self._granted:
            return Pass(is_granted=True, reason="it was granted before")
        if decision.verdict is not Verdict.ASK:
            passed = Pass(is_granted=decision.verdict is Verdict.ALLOW, reason=decision.reason)
        else:
            passed = await self._ask(wish, decision, options or {})
        if passed.is_granted:
            self._granted |= _names(wish, self._fence)
        return passed

    async def _ask(self, wish: Wish, decision: Decision, options: Mapping[str, bool]) -> Pass:
        seconds = self._permissions.ask_seconds
        if seconds <= 0:
            return Pass(is_granted=False, reason=decision.reason)
        choices = options or {ALLOW: True, DENY: False}
        spec = self._assignment.spec
        question = {
            "kind": "permission",
            "title": f"{self._agent} asks to {wish.title or wish.kind}"[:200],
            "text": _described(wish, decision),
            "options": list(choices),
            "run_id": self._assignment.run_id,
            "task_id": spec.task_id,
            "wait_seconds": seconds,
            "name": self._agent,
        }
        try:
            with self._patience.paused():
                answer = await self._dispatch("inbox.ask", question)
        except MosaicError as error:
            return Pass(is_granted=False, reason=f"{decision.reason}, and nobody could be asked ({error.code})")
        chosen = str(getattr(answer, "answer", "") or "")
        if chosen not in choices:
            return Pass(is_granted=False, reason=f"{decision.reason}, and nobody allowed it")
        by = str(getattr(answer, "by", "") or "a person")
        comment = str(getattr(answer, "comment", "") or "")
        return Pass(
            is_granted=choices[chosen],
            reason=f"{by} answered {chosen}. {comment}".strip(),
            option=chosen if options else "",
        )


def _names(wish: Wish, fence: Fence) -> set[tuple[Any, ...]]:
    """Return what a grant is good for: this very command there, or these very files."""
    if wish.command is not None:
        return {("command", shown(wish.command), wish.folder or str(fence.root))}
    if wish.kind == "edit":
        return {("edit", fence.parts(path)) for path in wish.paths if fence.holds(path)}
    return set()


def _described(wish: Wish, decision: Decision) -> str:
    lines = [f"Why you are asked: {decision.reason}."]
    if wish.command is not None:
        lines.append(f"Command: {shown(wish.command)}")
    if wish.folder:
        lines.append(f"In: {wish.folder}")
    lines += [f"File: {path}" for path in wish.paths]
    if wish.tool and wish.tool != wish.title:
        lines.append(f"Tool: {wish.tool}")
    return "\n".join(lines)


def grants(option: Mapping[str, Any]) -> bool:
    """Whether an agent's option grants what it asks for."""
    return str(option.get("kind", "")).startswith("allow")


def chosen_option(options: Sequence[Mapping[str, Any]], passed: Pass) -> Mapping[str, Any] | None:
    """Return which of an agent's options says what the gate said; None: none of them.

    Of its own accord Mosaic grants once, and never for always: that would widen what the agent may do.
    """
    if passed.option:
        named = [option for option in options if option.get("name") == passed.option]
        return next((one for one in named if grants(one) is passed.is_granted), None)
    kinds = ("allow_once",) if passed.is_granted else ("reject_once", "reject_always")
    for kind in kinds:
        for option in options:
            if option.get("kind") == kind:
                return option
    return None
