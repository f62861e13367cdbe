"""One frame of `mosaic top`: the picture as lines of a terminal, as wide and as high as that is.

Owns the layout. Everything that comes from plans, agents and logs is made inert before it is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import attrs
from rich.text import Text

from .money import dollars
from .terminal_text import one_line
from .times import duration
from .top_picture import Key, Picture, Row, item_key, run_key, task_key
from .top_sections import Section, shares

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
_MOST_TITLE = 200
_WIDE = 100
_DIM = "bright_black"
KEYS = (("q", "quit"), ("↑↓", "select"), ("l", "log"), ("p", "pause"), ("a", "answer"), ("?", "help"))


@attrs.frozen(kw_only=True)
class Place:
    """How large the terminal is; `height` 0: as high as is needed."""

    width: int
    height: int


@attrs.frozen(kw_only=True)
class Outlook:
    """What else a frame depends on: the time (milliseconds since 1970 UTC), what is selected, the last lines
    that were heard, a word for the foot, and the title.
    """

    now: int
    selected: Key | None = None
    heard: Mapping[Key, str] = attrs.field(factory=dict)
    notice: tuple[str, str] = ("", "")
    title: str = ""
    clock: str = ""


def draw(picture: Picture, outlook: Outlook, place: Place, foot: Sequence[Text] = ()) -> list[Text]:
    """Return the lines of a frame; `foot` stands in place of the keys."""
    width = place.width
    head = [_title(outlook, width), _summary(picture, outlook, width), Text("─" * width, _DIM)]
    below = [Text("─" * width, _DIM), *(foot or [_foot(outlook, width)])] if place.height else []
    room = place.height - len(head) - len(below) if place.height else 10_000
    sections = _sections(picture, outlook, width, shows_output=True)
    if sum(section.wanted for section in sections) > room + 1:
        sections = _sections(picture, outlook, width, shows_output=False)
    body: list[Text] = []
    for section, share in zip(sections, shares(sections, room), strict=True):
        body += section.lines(share)
    if place.height:
        body = [*body[: max(0, room)], *([Text()] * (room - len(body)))]
    return [*head, *body, *below][: place.height or None]


def _title(outlook: Outlook, width: int) -> Text:
    left = Text.assemble((" mosaic top ", "bold reverse"), "  ", one_line(outlook.title, _MOST_TITLE))
    return spread(left, Text(f"{outlook.clock} ", _DIM), width)


def _summary(picture: Picture, outlook: Outlook, width: int) -> Text:
    told = picture.summary()
    if not picture.runs:
        return Text(' Nothing runs here yet. `mosaic run --goal "…"` starts something.', _DIM)
    left = Text(" ")
    left.append(str(told["accepted"]), "bold green")
    left.append(f" of {told['total']} accepted  ")
    left.append_text(bar(told["accepted"], told["total"], max(8, min(30, width - 68))))
    share = 100 * told["accepted"] // max(1, told["total"])
    left.append(f" {share} %", "bold")
    if told["failed"]:
        left.append(f"  {told['failed']} failed", "red")
    right = []
    if told["accepted_per_minute"] is not None and picture.unfinished:
        right.append(f"{_rate(told['accepted_per_minute'])}")
    if told["money"] or told["tokens"]:
        right.append(dollars(told["money"]) if told["money"] else f"{told['tokens']:,} tokens")
    end = told["forecast_end"]
    if end is not None and picture.unfinished:
        right.append(f"ends in ~{rough((end - outlook.now) / 1000)}")
    return spread(left, Text(f"{'  '.join(right)} "), width)


def _sections(picture: Picture, outlook: Outlook, width: int, *, shows_output: bool) -> list[Section]:
    titles = {
        run["run_id"]: one_line(run["title"] or run["target"] or run["run_id"], 40) for run in picture.runs
    }
    several = len(picture.unfinished) > 1

    def made(
        name: str, rows: Sequence[Row], key: Callable[[Row], Key], line: Callable[[Row], list[Text]]
    ) -> Section:
        chosen = next((n for n, row in enumerate(rows) if key(row) == outlook.selected), None)
        blocks = [
            [_marked(text, width, is_selected=n == chosen, is_first=not m) for m, text in enumerate(line(row))]
            for n, row in enumerate(rows)
        ]
        return Section(title=_heading(name, len(rows), width), blocks=blocks, chosen=chosen)

    sections = [made("RUNS", picture.runs, run_key, lambda run: [_run(run, picture, outlook, width - 2)])]
    if picture.people:
        sections.append(
            made("NEEDS YOU", picture.people, item_key, lambda item: [_item(item, outlook, titles, width - 2)])
        )
    if picture.working:
        sections.append(
            made(
                "AT WORK",
                picture.working,
                task_key,
                lambda task: _work(task, outlook, width - 2, shows_output=shows_output),
            )
        )
    waiting = [
        (run_id, group)
        for run_id, groups in picture.waiting.items()
        for group in groups
        if not (picture.people and group["code"] == "approval")  # it is among what needs somebody
    ]
    blocks = [
        [_marked(_group(group, titles[run_id] if several else "", width - 2), width, is_selected=False)]
        for run_id, group in waiting
    ]
    if blocks:
        number = sum(group["count"] for _, group in waiting)
        sections.append(Section(title=_heading("WAITING", number, width), blocks=blocks, chosen=None))
    return sections


def _heading(name: str, number: int, width: int) -> Text:
    text = Text.assemble((f" {name} ", "bold"), (str(number), _DIM))
    text.truncate(width)
    return text


def _marked(text: Text, width: int, *, is_selected: bool, is_first: bool = True) -> Text:
    line = Text.assemble(("▌ " if is_selected else "  ", "bold cyan"), text)
    if is_selected and is_first:
        line.stylize("bold")
    line.truncate(width, overflow="ellipsis")
    return line


def _run(run: Row, picture: Picture, outlook: Outlook, width: int) -> Text:
    state = run["state"] if run["state"] in ("paused", "exhausted") else run["result"]
    counts = run["counts"]
    title = one_line(run["title"] or run["target"] or run["run_id"], _MOST_TITLE)
    left = Text.assemble((f"{state:<9} ", _RESULTS.get(state, "")), title)
    if width >= _WIDE:
        left.append(f"  {run['run_id']}", _DIM)
    right = Text()
    if counts.get("failed"):
        right.append(f"{counts['failed']} failed  ", "red")
    end = picture.forecasts.get(run["run_id"])
    if end is not None:
        right.append(f"~{rough((end - outlook.now) / 1000)}  ", _DIM)
    elif run["ended_at"]:
        right.append(f"in {duration((run['ended_at'] - run['created_at']) / 1000)}  ", _DIM)
    right.append_text(bar(counts.get("accepted", 0), run["total"], 12))
    right.append(f" {counts.get('accepted', 0):>4}/{run['total']} ")
    return spread(left, right, width)


def _item(item: Row, outlook: Outlook, titles: Mapping[str, str], width: int) -> Text:
    left = Text.assemble(
        (f"{_ITEM_MARKS.get(item['kind'], '?')} ", "bold magenta"),
        (f"{item['kind']:<10} ", "magenta"),
        one_line(item["title"], _MOST_TITLE),
    )
    words = one_line(item["text"], _MOST_TITLE)
    if words and width >= _WIDE:
        left.append(f"  {words}", _DIM)
    by = item["taken_by"] and f"taken by {item['taken_by']}" or item["by"] or titles.get(item["run_id"], "")
    ago = f"{rough((outlook.now - item['since']) / 1000)} ago" if item["since"] else ""
    return spread(left, Text(f"{one_line(by, 24)}  {ago} ", _DIM), width)


def _work(task: Row, outlook: Outlook, width: int, *, shows_output: bool) -> list[Text]:
    mark, style = _MARKS.get(task["state"], ("●", "cyan"))
    left = Text.assemble((f"{mark} ", style), one_line(task["title"] or task["task_id"], _MOST_TITLE))
    said = one_line(outlook.heard.get(task_key(task)) or task["last_line"], _MOST_TITLE)
    right = Text()
    if task["attempt"] > 1:
        right.append(f"attempt {task['attempt']}  ", "yellow")
    right.append(f"{_VERBS.get(task['state']) or one_line(task['agent'], 20)}  ", style)
    since = task["since"]
    spent = duration(max(0, outlook.now - since) / 1000) if since else ""
    if spent and outlook.now - since < 60_000:  # noqa: PLR2004 - a minute
        spent = f"{max(0, outlook.now - since) // 1000} s"
    right.append(f"{spent:>9}", "cyan")
    right.append(f" /{task['minutes']:>3} min " if task["minutes"] else "          ", _DIM)
    if not shows_output and said:
        left.append(f"  {said}", _DIM)
    lines = [spread(left, right, width)]
    if shows_output and said:
        lines.append(Text(f"  {said}", _DIM))
    return lines


def _group(group: Row, run_title: str, width: int) -> Text:
    style = "magenta" if group["is_for_person"] else _DIM
    left = Text.assemble((f"{group['count']:>4}  ", "bold"), (one_line(group["text"], _MOST_TITLE), style))
    names = " ".join(one_line(name, 24) for name in group["task_ids"][:2])
    more = " …" if group["count"] > len(group["task_ids"][:2]) else ""
    right = (
        f"{run_title}  {names}{more} "
        if width >= _WIDE
        else f"{names.split(' ')[0]}{more or (' …' if group['count'] > 1 else '')} "
    )
    return spread(left, Text(right.lstrip(), _DIM), width)


def _foot(outlook: Outlook, width: int) -> Text:
    words, style = outlook.notice
    if words:
        return Text(f" {one_line(words, width - 2)}", style)
    text = Text(" ")
    for key, what in KEYS:
        text.append(key, "bold cyan").append(f" {what}   ")
    text.truncate(width)
    return text


def bar(done: int, total: int, width: int) -> Text:
    """Draw how much of a whole is done; what is begun shows, and nothing looks done that is not."""
    filled = done * width // max(1, total)
    if done and not filled:
        filled = 1
    return Text.assemble(("█" * filled, "green"), ("░" * (width - filled), _DIM))


def spread(left: Text, right: Text, width: int) -> Text:
    """Put one text at the left and one at the right end of a line; the left one gives way."""
    room = max(0, width - right.cell_len - 1)
    left.truncate(room, overflow="ellipsis")
    line = Text.assemble(left, " " * max(0, width - left.cell_len - right.cell_len), right)
    line.truncate(width)
    return line


def rough(seconds: float) -> str:
    """Write a duration roughly, for what is foreseen or long ago."""
    seconds = max(0.0, seconds)
    for limit, unit, name in ((90, 1, "s"), (5400, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            return f"{round(seconds / unit)} {name}"
    return f"{round(seconds / 86_400)} days"


def _rate(per_minute: float) -> str:
    if per_minute >= 1:
        return f"{per_minute:.0f}/min" if per_minute >= 10 else f"{per_minute:.1f}/min"  # noqa: PLR2004
    return f"{per_minute * 60:.1f}/h"
