"""The conformance kit of the planning port: laws that every planner, format and linter keeps.

The fixture `mosaic_provider` may yield a planner, a linter, a plan format or a task source; each test
looks for what it is about and is skipped for a provider of another kind.
"""

from __future__ import annotations

from typing import Any

import pytest

from mosaic_hookspecs import (
    InputError,
    Level,
    Plan,
    PlanFormat,
    PlanLinter,
    Planner,
    PlanRequest,
    RunRequest,
    TaskSource,
)

from .contracts import kind_of, require_contract_of
from .opening import OpenProvider
from .planning_laws import DOCUMENT, GOAL, require_sound

__all__ = ["TestContract", "TestFormat", "TestPlanner", "TestSource"]


def _require(provider: Any, *methods: str) -> Any:
    """Skip a provider that is of another kind."""
    if not all(callable(getattr(provider, method, None)) for method in methods):
        pytest.skip(f"the provider has no {' and no '.join(methods)}")
    return provider


class TestContract:
    """Its methods are those of the protocol that it is most like."""

    async def test_it_keeps_the_contract(self, mosaic_provider: OpenProvider, mosaic_contract: str) -> None:
        async with mosaic_provider() as provider:
            protocol = kind_of(provider, (Planner, PlanLinter, PlanFormat, TaskSource))
            require_contract_of(provider, protocol, contract=mosaic_contract)


class TestPlanner:
    """What every planner keeps."""

    @pytest.mark.parametrize("request_", [PlanRequest(goal=GOAL), PlanRequest(text=DOCUMENT, source="prd.md")])
    async def test_a_plan_is_sound_and_the_same_again(
        self, mosaic_provider: OpenProvider, request_: PlanRequest
    ) -> None:
        async with mosaic_provider() as provider:
            planner = _require(provider, "plan")
            plan = await planner.plan(request_)
            require_sound(plan)
            assert await planner.plan(request_) == plan

    async def test_every_line_that_asks_is_traced(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as provider:
            planner = _require(provider, "plan")
            plan = await planner.plan(PlanRequest(text=DOCUMENT, source="prd.md"))
            spans = [requirement.span for requirement in plan.requirements if requirement.span]
            for number, line in enumerate(DOCUMENT.split("\n"), start=1):
                if line.startswith("- "):
                    assert any(span.start <= number <= span.end for span in spans), line

    @pytest.mark.parametrize("text", ["", "\n\n", "word"])
    async def test_what_asks_for_nothing_is_refused(self, mosaic_provider: OpenProvider, text: str) -> None:
        async with mosaic_provider() as provider:
            planner = _require(provider, "plan")
            with pytest.raises(InputError) as refused:
                await planner.plan(PlanRequest(text=text, source="prd.md"))
            assert refused.value.where, refused.value
            with pytest.raises(InputError):
                await planner.plan(PlanRequest(goal=text))

    async def test_leaves_are_atomic(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as provider:
            planner = _require(provider, "plan")
            plan = await planner.plan(PlanRequest(goal=GOAL))
            assert {leaf.level for leaf in plan.leaves()} == {Level.ATOMIC}


class TestFormat:
    """What every format keeps."""

    async def test_a_plan_comes_back(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as provider:
            form = _require(provider, "recognises", "read", "write")
            text = form.write(Plan.from_data(SMALL))
            try:
                again = form.read(text, "plan")
            except InputError as error:
                pytest.skip(f"the format is only written: {error.code}")
            assert form.recognises(text, "plan")
            assert form.write(again) == form.write(form.read(form.write(again), "plan"))
            assert [leaf.title for leaf in again.leaves()] == [
                leaf.title for leaf in Plan.from_data(SMALL).leaves()
            ]


class TestSource:
    """What every task source keeps."""

    async def test_nothing_is_recognised_in_nothing(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as provider:
            source = _require(provider, "recognises", "compile")
            assert not source.recognises(RunRequest())


SMALL = {
    "mosaic_plan": 1,
    "title": "Small",
    "nodes": [
        {"node_id": "E.001", "title": "Small"},
        {"node_id": "F.001.01", "title": "First"},
        {"node_id": "F.001.02", "title": "Second", "depends_on": ["F.001.01"]},
    ],
}
