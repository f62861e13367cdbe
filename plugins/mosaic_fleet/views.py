"""What the operations on agents and work answer. Times are milliseconds since 1970 UTC."""

from __future__ import annotations

from collections.abc import Sequence

import attrs


@attrs.frozen(kw_only=True)
class HoldingView:
    """An attempt that an agent makes now. `lease_until` is when it is lost unless the agent is heard."""

    run_id: str
    task_id: str
    token: int
    title: str
    since: int
    lease_until: int | None = None


@attrs.frozen(kw_only=True)
class AgentView:
    """An agent. `is_pull` tells workers that take work from those that Mosaic runs itself, which are ``here``
    or ``working``. The `state` of a worker is ``waiting`` (for work), ``working``, ``idle`` (between two
    calls), ``draining`` (takes nothing more), ``silent`` (not heard for too long) or ``gone``.
    """

    name: str
    kind: str
    labels: Sequence[str]
    is_general: bool
    is_pull: bool
    state: str
    capacity: int | None = None
    since: int | None = None
    registered_at: int | None = None
    heard_at: int | None = None
    accepted: int = 0
    refused: int = 0
    released: int = 0
    holding: Sequence[HoldingView] = ()


@attrs.frozen(kw_only=True)
class AgentList:
    """Agents, by name."""

    items: Sequence[AgentView]


@attrs.frozen(kw_only=True)
class Work:
    """A task to do. `text` says all about it; work in the directory `workspace` ("": it needs none). Be heard
    within `lease_seconds` (any call of yours counts), else it goes to another at `lease_until`.
    """

    run_id: str
    task_id: str
    token: int
    title: str
    workspace: str
    lease_seconds: float
    lease_until: int
    attempt: int
    text: str


@attrs.frozen(kw_only=True)
class Taken:
    """The work that was taken, or none; `words` say what to do next. `messages` counts unread ones."""

    work: Work | None
    words: str
    messages: int = 0


@attrs.frozen(kw_only=True)
class Reported:
    """What has become of reported work. `verdict` is ``accepted``, ``refused``, ``failed``, ``skipped``,
    ``released``, ``cancelled``, or ``verifying`` (ask again with the same report). `words` say why, `output` is
    what the check that failed printed last. `next` is the next work, if it was asked for and there is some.
    """

    verdict: str
    words: str
    output: str = ""
    next: Work | None = None
    messages: int = 0


@attrs.frozen(kw_only=True)
class Progressed:
    """Whether to go on. If not, `words` begin with ``stop:`` and say why."""

    go_on: bool
    words: str
    lease_until: int | None = None
    messages: int = 0


@attrs.frozen(kw_only=True)
class Told:
    """What to do next."""

    words: str


@attrs.frozen(kw_only=True)
class PartView:
    """A part of a context pack. `source` says whose words they are: "" Mosaic's and the plan's, else material
    to be judged. `rest` says how to read what was cut ("": nothing was).
    """

    name: str
    title: str
    text: str
    source: str
    rest: str


@attrs.frozen(kw_only=True)
class ContextView:
    """All that whoever does a task should know, as `text`; `parts` only where they were asked for."""

    run_id: str
    task_id: str
    text: str
    is_cut: bool
    parts: Sequence[PartView] = ()
