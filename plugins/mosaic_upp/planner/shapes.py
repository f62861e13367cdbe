"""The shapes of work: what is done for each requirement of a kind, in which steps, said as data.

Owns the one way in which shapes become work items. Models and endpoints, which need more than their
words, have files of their own.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from mosaic_hookspecs.plan import Requirement

from .outline import Section, WorkItem
from .wording import brief, every_id, wish
from .worklist import WorkList

_SHORT_TITLE = 60


@attrs.frozen(kw_only=True)
class Step:
    """One item for each requirement. In words, ``{wish}`` stands for the requirement in a line,
    ``{text}`` for all of it, ``{brief}`` for a few words of it.

    `accepted_by` names a method of `Acceptances`.
    """

    key: str
    title: str
    minutes: int
    description: str = "{text}"
    brief: str = "{brief}"
    accepted_by: str = "test"


@attrs.frozen(kw_only=True)
class Shape:
    """What is done for requirements of a `kind`.

    With several `steps` each waits for the one before. `is_chain`: each requirement waits for the one
    before, and the first for everything. `frame` and `gate` (key, section, title) stand before and
    after, where there is more than one requirement. `is_general`: the steps know nothing of what is asked for
    but its words, and are marked so.
    """

    kind: str
    section: str
    steps: Sequence[Step]
    is_chain: bool = False
    frame: Step | None = None
    gate: tuple[str, str, str] | None = None
    is_general: bool = False


def _proof(title: str, of: str = "proof of {brief}", description: str = "") -> Step:
    return Step(key="proof", title=title, minutes=20, description=description, brief=of)


_INPUTS = "Usual, empty and wrong input."

FEATURES = Shape(
    kind="feature",
    section="Features",
    steps=(
        Step(key="feature", title="Build: {wish}", minutes=30),
        _proof("Prove: {wish}", description=_INPUTS),
    ),
    is_general=True,
)
PAGES = Shape(
    kind="page",
    section="Pages",
    steps=(
        Step(key="page", title="Build the page: {wish}", minutes=30),
        _proof("Test the page: {wish}", "test of {brief}"),
    ),
    frame=Step(
        key="pages:frame",
        title="Build the frame of all pages: layout, navigation, loading and error states",
        minutes=30,
        description="",
        brief="page frame",
    ),
    gate=("pages", "Pages as a whole", "Walk through all pages by keyboard and by pointer, and test it"),
)
STORIES = Shape(
    kind="story",
    section="User stories",
    steps=(
        Step(key="story", title="Make work: {wish}", minutes=30),
        _proof("Prove for the user: {wish}", description=_INPUTS),
    ),
    is_general=True,
)
TESTS = Shape(kind="test", section="Testing", steps=(Step(key="test", title="Test: {wish}", minutes=30),))
QUALITIES = Shape(
    kind="quality",
    section="Quality",
    steps=(
        Step(key="quality", title="Build in: {wish}", minutes=30),
        _proof("Measure: {wish}", description=_INPUTS),
    ),
    is_general=True,
)
CRITERIA = Shape(
    kind="criterion",
    section="Success criteria",
    steps=(Step(key="criterion", title="Prove: {wish}", minutes=25),),
)
DOCUMENTS = Shape(
    kind="documentation",
    section="Documentation",
    steps=(Step(key="docs", title="Write: {wish}", minutes=25, accepted_by="document"),),
)
MILESTONES = Shape(
    kind="milestone",
    section="Milestones",
    steps=(
        Step(
            key="milestone",
            title="Certify the milestone: {wish}",
            minutes=20,
            description="Show that all of it is there: {text}",
            accepted_by="suite",
        ),
    ),
    is_chain=True,
)


_ASKED = "Asked for: {text}"
_LEARN = Step(
    key="learn",
    title="Find out what it takes: {wish}",
    minutes=25,
    description="Try what is riskiest. Write down what is there, what was learnt, what is still open. "
    + _ASKED,
    brief="what it takes: {brief}",
    accepted_by="document",
)
_DECIDE = Step(
    key="decide",
    title="Decide how to do it, in pieces, and what proves each: {wish}",
    minutes=20,
    description="Name pieces of at most 30 minutes; those beyond the next one are reported as tasks. " + _ASKED,
    brief="decision on {brief}",
    accepted_by="document",
)
WISHES = Shape(
    kind="feature",
    section="What no pattern is known for",
    steps=(_LEARN, _DECIDE, *FEATURES.steps),
    is_general=True,
)
CHANGES = attrs.evolve(
    WISHES,
    steps=(_LEARN, _DECIDE, Step(key="change", title="Carry out: {wish}", minutes=30), FEATURES.steps[-1]),
)
WRITINGS = Shape(
    kind="documentation",
    section="What is to be written",
    steps=(
        _LEARN,
        attrs.evolve(DOCUMENTS.steps[0], description=_ASKED),
        Step(
            key="tried",
            title="Try what is written, as its reader: {wish}",
            minutes=25,
            description="Follow it step by step, mend what is wrong, and note what was tried. " + _ASKED,
            brief="trial of {brief}",
            accepted_by="document",
        ),
    ),
    is_general=True,
)
"""How a goal's wishes are met for which there is no pattern. A document's requirements were cut by its author,
and have shapes of two steps; a goal's may be anything, so that what it takes has to be found out first."""


def add_shape(work: WorkList, shape: Shape) -> None:
    """Add the work on every requirement of the shape's kind. Technologies belong to the foundation."""
    found = [each for each in work.of(shape.kind) if each.data.get("aspect") != "technology"]
    before = work.ends() if shape.is_chain else work.base
    parts: list[Section | WorkItem] = []
    if shape.frame and len(found) > 1:
        frame = work.item(
            shape.frame.key,
            shape.frame.title,
            shape.frame.minutes,
            before,
            (),
            brief=shape.frame.brief,
        )
        parts.append(frame)
        before = (frame.key,)
    for same in _alike(found):
        made = _steps(work, shape, same, before)
        single = len(made) == 1
        parts += made if single else (Section(title=brief(wish(same[0]), _SHORT_TITLE), parts=made),)
        before = (made[-1].key,) if shape.is_chain else before
    work.add(shape.section, parts)
    if shape.gate and len(found) > 1:
        work.gate(*shape.gate, (shape.kind,))


def _alike(requirements: Sequence[Requirement]) -> list[list[Requirement]]:
    """Join requirements that a document says several times in the same words."""
    groups: dict[str, list[Requirement]] = {}
    for each in requirements:
        groups.setdefault(" ".join(str(each.data.get("want") or each.text).casefold().split()), []).append(each)
    return list(groups.values())


def _steps(work: WorkList, shape: Shape, same: Sequence[Requirement], before: Sequence[str]) -> list[WorkItem]:
    made: list[WorkItem] = []
    each, line = same[0], wish(same[0])
    facts = {"wish": line, "text": each.text, "brief": brief(line)}
    for step in shape.steps:
        verb = step.title.partition(":")[0].lower()
        is_said = step.key in ("test", "docs", "feature") and line.lower().startswith(f"{verb} ")
        item = work.item(
            f"{step.key}:{each.requirement_id}",
            line if is_said else step.title.format(**facts),
            step.minutes,
            (made[-1].key,) if made else before,
            every_id(same),
            getattr(work.accept, step.accepted_by),
            description=step.description.format(**facts),
            brief=step.brief.format(**facts),
            is_general=shape.is_general,
        )
        made.append(item)
    return made
