"""The four phases: abstraction, decomposition, second pass, certification."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from mosaic_hookspecs import Context, InputError, Plan, PlanRequest, digest

from . import prompts
from .asking import Asking
from .decoding import Changes, Malformed, changes_of, nodes_of, outline_of, walk
from .gates import Gates, Judgement, in_words, read_by_rules
from .numbering import changed, numbered
from .outline import CHANGES, NODES, REQUIREMENTS, Branch, Outline
from .repository import files_of
from .settings import Config


class Phases:
    """Makes one plan by asking."""

    def __init__(self, context: Context, asking: Asking) -> None:
        self._context = context
        self._asking = asking

    async def plan(self, request: PlanRequest) -> Plan:
        """Make a plan that passes every gate.

        Raises:
            InputError: there is nothing to plan (code ``nothing-to-plan``), or what the model makes of it does
                not pass the gates, after all repairs (``plan-gate``); the findings are in `got`.
            Unavailable: the model does not answer, or nothing that can be used.
        """
        require_plannable(request, self._asking.config)
        given = prompts.material(request.text, request.goal, files_of(request.repository))
        outline = await self._abstracted(given, request)
        outline = await self._decomposed(given, outline)
        outline = await self._passed_again(given, outline)
        gates = Gates(
            self._context, request.text, await read_by_rules(self._context, request.text, request.source)
        )
        return await self._certified(outline, gates, request)

    async def _abstracted(self, given: str, request: PlanRequest) -> Outline:
        def decode(data: object) -> Outline:
            found = outline_of(data)
            if not found.requirements:
                raise Malformed("requirements: there is not one")
            return found

        found = await self._asking.ask("abstraction", prompts.abstraction(given), REQUIREMENTS, decode)
        return attrs.evolve(found, nodes=(), goal=request.goal or found.goal)

    async def _decomposed(self, given: str, outline: Outline) -> Outline:
        words = prompts.requirements_in_words(outline)
        epics = await self._asking.ask(
            "skeleton", prompts.skeleton(given, words), NODES, lambda data: _distinct(_some_nodes(data))
        )
        skeleton = attrs.evolve(outline, nodes=tuple(epics))
        whole: list[Branch] = []
        for epic in epics:
            prompt = prompts.decomposition(given, words, skeleton, epic)
            before = tuple(whole)
            nodes = await self._asking.ask(
                "decomposition",
                prompt,
                NODES,
                lambda data, before=before: _distinct(_some_nodes(data), before),  # type: ignore[misc] # bound now
            )
            whole += nodes
        return attrs.evolve(outline, nodes=tuple(whole))

    async def _passed_again(self, given: str, outline: Outline) -> Outline:
        words = prompts.requirements_in_words(outline)
        prompt = prompts.second_pass(given, words, outline)
        return await self._asking.ask(
            "second pass", prompt, CHANGES, lambda data: _changed(outline, changes_of(data))
        )

    async def _certified(self, outline: Outline, gates: Gates, request: PlanRequest) -> Plan:
        judgement = self._judged(outline, gates, request)
        for tries in range(1, self._asking.config.repairs + 1):
            if not judgement.errors:
                break
            prompt = prompts.repair(outline, in_words(judgement.errors), tries)
            missing = prompts.requirements_in_words(outline)
            current = outline
            outline = await self._asking.ask(
                "certification",
                f"The requirements:\n{missing}\n\n{prompt}",
                _REPAIRS,
                lambda data, current=current: _repaired(current, data),  # type: ignore[misc] # bound now
            )
            judgement = self._judged(outline, gates, request)
        if judgement.errors:
            await self._asking.forget()
            raise InputError(
                "plan-gate",
                f"the model's plan fails {len(judgement.errors)} gates after all repairs",
                where=request.source or None,
                expected="a plan without errors",
                got=in_words(judgement.errors),
                hint="Try another model, split the document, or plan without --planner.",
            )
        return judgement.plan

    def _judged(self, outline: Outline, gates: Gates, request: PlanRequest) -> Judgement:
        source = request.source if request.text else ""
        named = digest(request.text.encode()) if request.text else ""
        return gates.judge(numbered(outline, source=source, digest=named))


_REPAIRS = {
    **CHANGES,
    "properties": {**CHANGES["properties"], "requirements": REQUIREMENTS["properties"]["requirements"]},  # type: ignore[dict-item,index,call-overload]
}


def require_plannable(request: PlanRequest, config: Config) -> None:
    """Refuse a document and a goal that say nothing, are no text, or are too long. Raises `InputError`."""
    try:
        size = max(len(request.text.encode()), len(request.goal.encode()))
        request.source.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            "not-text",
            "this cannot be written as text",
            where=request.source[:80] or "text",
            got=str(error)[:200],
        ) from None
    if size > config.document_bytes:
        raise InputError(
            "too-long",
            "the document is too long to be planned at once",
            where=request.source or "text",
            expected=f"at most {config.document_bytes} bytes (plugins.modelplanner.document_bytes)",
            got=f"{size} bytes",
            hint="Split it, and plan its parts one after the other; or plan without --planner.",
        )
    if not (request.text.strip() or request.goal.strip()):
        raise InputError(
            "nothing-to-plan",
            "there is nothing to plan",
            where=request.source or "goal",
            expected="a document with words, or a goal in a sentence",
        )


def _some_nodes(data: object) -> Sequence[Branch]:
    nodes = nodes_of(data)
    if not nodes:
        raise Malformed("nodes: there is not one")
    return nodes


def _distinct(nodes: Sequence[Branch], others: Sequence[Branch] = ()) -> Sequence[Branch]:
    """Return the nodes, if each has a key of its own, also beside those of the epics before."""
    taken = {node.key for other in others for node in walk(other)}
    for branch in (one for node in nodes for one in walk(node)):
        if branch.key in taken:
            raise Malformed(
                f"the key {branch.key!r} is taken already, here or in another epic; give each node its own, "
                "and answer with what was asked for alone"
            )
        taken.add(branch.key)
    return nodes


def _changed(outline: Outline, changes: Changes) -> Outline:
    found = changed(outline, changes)
    numbered(found)
    return found


def _repaired(outline: Outline, data: object) -> Outline:
    """Return the outline after a repair, which may also add requirements that were missed."""
    more = outline_of(data).requirements
    known = {need.id for need in outline.requirements}
    added = tuple(need for need in more if need.id not in known)
    return _changed(attrs.evolve(outline, requirements=(*outline.requirements, *added)), changes_of(data))
