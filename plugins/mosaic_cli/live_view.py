"""A run as a living tree on a terminal: what is done, what is being done, what waits."""

from __future__ import annotations

import time
from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from .progress import ACTIVE, Progress, TaskLine
from .terminal_text import one_line
from .times import duration

MARKS = {
    "accepted": ("✓", "green"),
    "failed": ("✗", "red"),
    "cancelled": ("✗", "red"),
    "skipped": ("⊘", "bright_black"),
    "delayed": ("↻", "yellow"),
    "gated": ("?", "magenta"),
    "ready": ("·", "cyan"),
    "blocked": ("·", "bright_black"),
}
_VERBS = {"leased": "working", "reported": "verifying", "merging": "publishing"}


class RunPicture:
    """Draws a `Progress` in as many lines as the terminal has; asked anew at each refresh."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._spinner = Spinner("dots", style="cyan")

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the header and the tree."""
        width = options.max_width
        yield Group(self._header(width), self._tree(width, max(6, console.height - 4)))

    def _header(self, width: int) -> Table:
        progress = self._progress
        counts = progress.counts()
        table = Table.grid(padding=(0, 2))
        table.add_column(ratio=1)
        bar = ProgressBar(
            total=max(1, counts["total"]), completed=counts["accepted"], width=24, complete_style="green"
        )
        numbers = Text.assemble((str(counts["accepted"]), "bold green"), f" of {counts['total']} accepted")
        if counts["failed"]:
            numbers.append(f"  {counts['failed']} failed", "red")
        numbers.append(f"  {duration(time.monotonic() - progress.started)}", "bright_black")
        table.add_row(Text(one_line(progress.title, width - 60), style="bold"), bar, numbers)
        return table

    def _tree(self, width: int, height: int) -> Tree:
        root = Tree("", hide_root=True, guide_style="bright_black")
        groups: dict[tuple[str, ...], list[TaskLine]] = {}
        for line in self._progress.tasks.values():
            groups.setdefault(tuple(line.path[:3]), []).append(line)
        open_groups = [path for path, lines in groups.items() if any(_is_moving(line) for line in lines)]
        room = height - len(groups)
        branches: dict[tuple[str, ...], Tree] = {(): root}
        for path, lines in groups.items():
            branch = self._branch(branches, path, lines, width)
            shown = list(self._shown(lines, room)) if path in open_groups or not path else []
            for line in shown:
                branch.add(self._task(line, width - 2 * len(path) - 4))
            room -= len(shown)
        return root

    def _branch(
        self, branches: dict[tuple[str, ...], Tree], path: tuple[str, ...], lines: list[TaskLine], width: int
    ) -> Tree:
        if path not in branches:
            parent = branches[()]
            accepted = sum(line.state == "accepted" for line in lines)
            mark, style = ("✓", "green") if accepted == len(lines) else ("▸", "bold")
            title = one_line(" › ".join(path[1:] or path), width - 16)
            label = Text.assemble(
                (f"{mark} ", style), (title, style), (f"  {accepted}/{len(lines)}", "bright_black")
            )
            branches[path] = parent.add(label)
        return branches[path]

    def _shown(self, lines: list[TaskLine], room: int) -> Iterator[TaskLine]:
        urgent = [line for line in lines if _is_moving(line) or line.state in ("failed", "gated")]
        others = [line for line in lines if line not in urgent]
        chosen = set(map(id, (urgent + others)[: max(len(urgent), room)]))
        return (line for line in lines if id(line) in chosen)

    def _task(self, line: TaskLine, width: int) -> Table | Text:
        if line.state not in ACTIVE:
            mark, style = MARKS.get(line.state, ("·", ""))
            text = Text.assemble((f"{mark} ", style), one_line(line.title, width))
            if line.state == "accepted" and line.seconds:
                text.append(f"  {duration(line.seconds)}", "bright_black")
            elif line.reason:
                text.append(f"  {one_line(line.reason, max(20, width - len(line.title)))}", style)
            return text
        row = Table.grid(padding=(0, 1))
        agent = f"{one_line(line.agent, 20)} " if line.state == "leased" and line.agent else ""
        verb = f"{agent}{_VERBS[line.state]} {duration(time.monotonic() - line.since)}"
        said = one_line(line.output, max(10, width - len(line.title) - len(agent) - 24))
        row.add_row(
            self._spinner, Text(one_line(line.title, width)), Text(verb, "cyan"), Text(said, "bright_black")
        )
        return row


def _is_moving(line: TaskLine) -> bool:
    return line.state in ACTIVE or line.state == "delayed"


def live(progress: Progress, console: Console) -> Live:
    """Return a context in which `progress` is drawn on the terminal eight times a second."""
    return Live(RunPicture(progress), console=console, refresh_per_second=8, transient=True)
