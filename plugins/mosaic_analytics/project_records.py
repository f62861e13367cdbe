"""What ``project.list`` takes and answers. Points in time are milliseconds since 1970 UTC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from .records import Forecast


@attrs.frozen(kw_only=True)
class ListProjects:
    """Which projects."""

    project: str = attrs.field(default="", metadata={"help": "This project alone; all if empty."})


@attrs.frozen(kw_only=True)
class NeedLine:
    """Something that a person must do: `kind` is ``task``, ``gate``, ``question``, ``permission`` or ``budget``
    (that of the run is spent); `id` is what inbox.answer knows it by.
    """

    kind: str
    id: str
    title: str
    run_id: str
    task_id: str
    since: int


@attrs.frozen(kw_only=True)
class ProjectView:
    """A project. `runs` and `tasks` count by state; `open` are the runs that are not over, newest first, with
    `open_accepted` of `open_total` tasks accepted. `in_flight` attempts are under way. `accepted_days` are the
    tasks accepted on each of the last 14 days, today last. `needs` are the first that a person must do, the
    longest waiting first, of `needs_count`. `spent_money` and `spent_tokens` are None where it is not known.
    """

    project: str
    runs: Mapping[str, int]
    tasks: Mapping[str, int]
    open: Sequence[str]
    open_total: int
    open_accepted: int
    in_flight: int
    accepted_today: int
    accepted_days: Sequence[int]
    first_share: float | None
    spent_money: float | None
    spent_tokens: int | None
    last_at: int
    newest_run: str
    needs_count: int
    needs: Sequence[NeedLine]
    forecast: Forecast


@attrs.frozen(kw_only=True)
class ProjectList:
    """The projects, the last active first. `problems` say what could not be told, such as costs."""

    items: Sequence[ProjectView]
    now: int
    problems: Sequence[str]
