"""Phase two for work that takes an agent: requirements of every kind to work items with acceptance.

Owns the order in which kinds build on each other: models, endpoints, features, pages, stories, then
what is judged on the whole: tests, quality, criteria, documentation, milestones. Between them stand
integration items, which keep the dependencies few.
"""

from __future__ import annotations

from collections.abc import Sequence

from .endpoint_work import add_endpoints
from .model_work import add_models
from .outline import Section
from .shapes import (
    CHANGES,
    CRITERIA,
    DOCUMENTS,
    FEATURES,
    MILESTONES,
    PAGES,
    QUALITIES,
    STORIES,
    TESTS,
    WISHES,
    WRITINGS,
    add_shape,
)
from .worklist import WorkList

BUILT = ("story", "feature", "page", "endpoint", "model")
"""The kinds of requirements that ask for something to be built."""


def general_work(work: WorkList) -> Sequence[Section]:
    """Return the sections of everything that the requirements ask for."""
    add_models(work)
    add_endpoints(work)
    for shape in (FEATURES, PAGES, STORIES):
        add_shape(work, shape)
    work.gate("core", "Integration", "Bring all parts together and test them as one", BUILT)
    for shape in (TESTS, QUALITIES):
        add_shape(work, shape)
    work.gate("hard", "Hardening", "Run every test together and mend what fails", ("test", "quality"))
    for shape in (CRITERIA, DOCUMENTS, MILESTONES):
        add_shape(work, shape)
    return work.sections


def wished_work(work: WorkList, *, is_change: bool = False) -> Sequence[Section]:
    """Return the sections of a goal's wishes for which there is no pattern; they become the list's base."""
    for shape in (CHANGES if is_change else WISHES, WRITINGS):
        add_shape(work, shape)
    work.base = work.ends()
    return work.sections
