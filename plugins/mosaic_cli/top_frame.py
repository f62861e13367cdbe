"""One frame of `mosaic top`: the picture as lines of a terminal, as wide and as high as that is.

Owns the layout: head, sections, foot.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs
from rich.text import Text

from .money import dollars
from .terminal_text import one_line
from .top_picture import Key, Picture, Row, item_key, run_key, task_key
from .top_rows import MOST_TITLE, Outlook, group_row, item_row, run_row, title_of, work_row
from .top_sections import Section, shares
from .top_text import DIM, bar, rate, rough, spread

KEYS = (("q", "quit"), ("↑↓", "select"), ("l", "log"), ("p", "pause"), ("a", "answer"), ("?", "help"))
_ENDLESS = 10_000
_FEW = 2
_WAITING = ("blocked", "gated", "delayed", "ready")


@attrs.frozen(kw_only=True)
class Place:
    """How large the terminal is; `height` 0: as high as is needed."""

    width: int
    height: int


def draw(picture: Picture, outlook: Outlook, place: Place, foot: Sequence[Text] = ()) -> list[Text]:
    """Return the lines of a frame; `foot` stands in place of the keys."""
    width = place.width
    head = [_title(outlook, width), _summary(picture, outlook, width), Text("─" * width, DIM)]
    below = [Text("─" * width, DIM), *(foot or [_foot(outlook, width)])] if place.height else []
    room = max(0, place.height - len(head) - len(below)) if place.height else _ENDLESS
    sections = _sections(picture, outlook, width, shows_output=True)
    if sum(section.wanted for section in sections) > room + 1:
        sections = _sections(picture, outlook, width, shows_output=False)
    body: list[Text] = []
    for section, share in zip(sections, shares(sections, room), strict=True):
        body += section.lines(share)
    if place.height:
        body = [*body[:room], *([Text()] * (room - len(body)))]
    lines = [*head, *body, *below][: place.height or None]
    for line in lines:
        line.truncate(width)
    return lines


def _title(outlook: Outlook, width: int) -> Text:
    left = Text.assemble((" mosaic top ", "bold reverse"), "  ", one_line(outlook.title, MOST_TITLE))
    return spread(left, Text(f"{outlook.clock} ", DIM), width)


def _summary(picture: Picture, outlook: Outlook, width: int) -> Text:
    told = picture.summary()
    if not picture.runs:
        return Text(' Nothing runs here yet. `mosaic run --goal "…"` starts something.', DIM)
    left = Text(" ")
    left.append(str(told["accepted"]), "bold green")
    left.append(f" of {told['total']} accepted  ")
    left.append_text(bar(told["accepted"], told["total"], max(8, min(30, width - 68))))
    left.append(f" {100 * told['accepted'] // max(1, told['total'])} %", "bold")
    if told["failed"]:
        left.append(f"  {told['failed']} failed", "red")
    right = []
    per_minute, end = told["accepted_per_minute"], told["forecast_end"]
    if per_minute is not None and told["accepted"] > _FEW and picture.unfinished:
        right.append(rate(per_minute))
    if told["money"] or told["tokens"]:
        right.append(dollars(told["money"]) if told["money"] else f"{told['tokens']:,} tokens")
    if end is not None and end > outlook.now:
        right.append(f"ends in ~{rough((end - outlook.now) / 1000)}")
    return spread(left, Text(f"{'  '.join(right)} "), width)


def _sections(picture: Picture, outlook: Outlook, width: int, *, shows_output: bool) -> list[Section]:
    several = len(picture.unfinished) > 1
    titles = {run["run_id"]: title_of(run) if several else "" for run in picture.runs}
    inner = width - 2

    def section(
        name: str, rows: Sequence[Row], key: Callable[[Row], Key], lines: Callable[[Row], list[Text]]
    ) -> Section:
        chosen = next((n for n, row in enumerate(rows) if key(row) == outlook.selected), None)
        blocks = [[_marked(line, width, n == chosen) for line in lines(row)] for n, row in enumerate(rows)]
        return Section(title=_heading(name, len(rows), width), blocks=blocks, chosen=chosen)

    def run(row: Row) -> list[Text]:
        return [run_row(row, picture, outlook, inner)]

    def item(row: Row) -> list[Text]:
        return [item_row(row, outlook, titles.get(row["run_id"], ""), inner)]

    def work(row: Row) -> list[Text]:
        return work_row(row, outlook, titles.get(row["run_id"], ""), inner, shows_output=shows_output)

    return [
        *([section("RUNS", picture.runs, run_key, run)] if picture.runs else []),
        *([section("NEEDS YOU", picture.people, item_key, item)] if picture.people else []),
        *([section("AT WORK", picture.working, task_key, work)] if picture.working else []),
        *_waiting(picture, titles, width),
    ]


def _waiting(picture: Picture, titles: dict[str, str], width: int) -> list[Section]:
    found = [
        (titles[run_id], group)
        for run_id, groups in picture.waiting.items()
        for group in groups
        if not (picture.people and group["code"] == "approval")  # it is among what needs somebody
    ]
    if not found:
        return []
    number = sum(run["counts"].get(state, 0) for run in picture.unfinished for state in _WAITING)
    blocks = [[_marked(group_row(group, title, width - 2), width, False)] for title, group in found]
    return [Section(title=_heading("WAITING", number, width), blocks=blocks, chosen=None)]


def _heading(name: str, number: int, width: int) -> Text:
    text = Text.assemble((f" {name} ", "bold"), (str(number), DIM))
    text.truncate(width)
    return text


def _marked(text: Text, width: int, is_selected: bool) -> Text:  # noqa: FBT001 - it is what the mark says
    line = Text.assemble(("▌ " if is_selected else "  ", "bold cyan"), text)
    line.truncate(width, overflow="ellipsis")
    return line


def _foot(outlook: Outlook, width: int) -> Text:
    words, style = outlook.notice
    if words:
        return Text(f" {one_line(words, width - 2)}", style)
    text = Text(" ")
    for key, what in KEYS:
        text.append(key, "bold cyan").append(f" {what}   ")
    text.truncate(width)
    return text
