"""The rows of `mosaic top`: a run, a task at work, something that needs a person, something that waits.

Owns how each is said in a line. Everything that comes from plans, agents and logs is made inert here.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs
from rich.text import Text

from .terminal_text import one_line
from .times import duration
from .top_picture import Key, Picture, Row, task_key
from .top_text import DIM, bar, rough, spread

MOST_TITLE = 200
_RESULTS = {
    "accepted": "green",
    "failed": "red",
    "cancelled": "red",
    "waiting": "yellow",
    "running": "cyan",
    "paused": "magenta",
    "exhausted": "magenta",
}
_MARKS = {"leased": ("●", "cyan"), "reported": ("◐", "yellow"), "merging": ("◑", "green")}
_VERBS = {"leased": "", "reported": "verifying", "merging": "publishing"}
_ITEM_MARKS = {"gate": "?", "question": "?", "permission": "!", "task": "✎"}
_WIDE, _NARROW = 100, 60
_MINUTE = 60_000


@attrs.frozen(kw_only=True)
class Outlook:
    """What else a frame depends on: the time (milliseconds since 1970 UTC), what is selected, the last lines
    that were heard, a word for the foot, the title and what the clock says.
    """

    now: int
    selected: Key | None = None
    heard: Mapping[Key, str] = attrs.field(factory=dict)
    notice: tuple[str, str] = ("", "")
    title: str = ""
    clock: str = ""


def title_of(run: Row) -> str:
    """Return what a run is called."""
    return one_line(run["title"] or run["target"] or run["run_id"], MOST_TITLE)


def run_row(run: Row, picture: Picture, outlook: Outlook, width: int) -> Text:
    """Say how a run stands."""
    state = run["state"] if run["state"] in ("paused", "exhausted") else run["result"]
    counts = run["counts"]
    left = Text.assemble((f"{one_line(state, 9):<9} ", _RESULTS.get(state, "")), title_of(run))
    if width >= _WIDE:
        left.append(f"  {run['run_id']}", DIM)
    right = Text()
    if counts.get("failed"):
        right.append(f"{counts['failed']} failed  ", "red")
    left_over = picture.forecasts.get(run["run_id"], 0) - outlook.now
    if left_over > 0:
        right.append(f"~{rough(left_over / 1000)}  ", DIM)
    elif run["ended_at"]:
        right.append(f"in {duration((run['ended_at'] - run['created_at']) / 1000)}  ", DIM)
    if width >= _NARROW:
        right.append_text(bar(counts.get("accepted", 0), run["total"], 12))
    right.append(f" {counts.get('accepted', 0):>4}/{run['total']:<4}")
    return spread(left, right, width)


def item_row(item: Row, outlook: Outlook, run_title: str, width: int) -> Text:
    """Say what needs a person."""
    left = Text.assemble(
        (f"{_ITEM_MARKS.get(item['kind'], '?')} ", "bold magenta"),
        (f"{one_line(item['kind'], 10):<10} ", "magenta"),
        one_line(item["title"], MOST_TITLE),
    )
    words = one_line(item["text"], MOST_TITLE)
    if words and width >= _WIDE:
        left.append(f"  {words}", DIM)
    by = f"taken by {item['taken_by']}" if item["taken_by"] else item["by"] or run_title
    ago = f"  {rough((outlook.now - item['since']) / 1000)} ago" if item["since"] else ""
    return spread(left, Text(f"{one_line(by, 24)}{ago} ", DIM), width)


def work_row(task: Row, outlook: Outlook, run_title: str, width: int, *, shows_output: bool) -> list[Text]:
    """Say who works on a task, how long, and what was printed last: below it, or beside it."""
    mark, style = _MARKS.get(task["state"], ("●", "cyan"))
    left = Text.assemble((f"{mark} ", style), one_line(task["title"] or task["task_id"], MOST_TITLE))
    if run_title and width >= _WIDE:
        left.append(f"  {run_title}", DIM)
    said = one_line(outlook.heard.get(task_key(task)) or task["last_line"], MOST_TITLE)
    right = Text()
    if task["attempt"] > 1:
        right.append(f"attempt {task['attempt']}  ", "yellow")
    right.append(f"{_VERBS.get(task['state']) or one_line(task['agent'], 20)}  ", style)
    right.append(f"{_elapsed(task, outlook.now):>12}", "cyan")
    right.append(f" of {task['minutes']} min " if task["minutes"] else " ", DIM)
    if said and not shows_output:
        left.append(f"  {said}", DIM)
    lines = [spread(left, right, width)]
    if said and shows_output:
        lines.append(Text(f"  {said}", DIM))
    return lines


def _elapsed(task: Row, now: int) -> str:
    if not task["since"]:
        return ""
    passed = max(0, now - task["since"])
    return f"{passed // 1000} s" if passed < _MINUTE else duration(passed / 1000)


def group_row(group: Row, run_title: str, width: int) -> Text:
    """Say what waits for the same."""
    style = "magenta" if group["is_for_person"] else DIM
    left = Text.assemble((f"{group['count']:>4}  ", "bold"), (one_line(group["text"], MOST_TITLE), style))
    shown = group["task_ids"][: 2 if width >= _WIDE else 1]
    names = " ".join(one_line(name, 24) for name in shown) + (
        " …" if len(shown) < len(group["task_ids"]) else ""
    )
    right = f"{run_title}  {names} " if run_title and width >= _WIDE else f"{names} "
    if left.cell_len + 1 + len(right) > width:  # the reason matters more than who waits
        right = ""
    return spread(left, Text(right, DIM), width)
