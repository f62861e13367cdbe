"""Types: the mark that the package is typed, and mypy in a process of its own."""

from __future__ import annotations

import re
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import trio

from mosaic_hookspecs.errors import Location
from mosaic_hookspecs.findings import Finding

from .rules import finding
from .subject import Subject

_LINE = re.compile(r"(?P<path>[^:\n]+):(?P<line>\d+):(?:(?P<column>\d+):)? error: (?P<text>.*)")
_MARK = "py.typed"


def check_mark(subject: Subject) -> list[Finding]:
    """Return the finding that the package is not marked as typed, if it is not."""
    if subject.package is None or (subject.package / _MARK).is_file():
        return []
    where = Location(path=subject.path(subject.package / _MARK))
    return [finding("PLG701", "the package is not marked as typed", where, f"Add an empty file {_MARK}.")]


async def check_types(subject: Subject, seconds: float) -> tuple[str, list[Finding]]:
    """Run ``mypy --strict`` on the package, if it is installed; say how that went, and what it found."""
    if subject.package is None:
        return "types were not checked: there is no package", []
    if find_spec("mypy") is None:
        return "types were not checked: mypy is not installed (pip install mypy)", []
    with tempfile.TemporaryDirectory(prefix="mosaic-mypy-") as scratch:
        # In the project mypy keeps its own cache, as the author's runs of it do.
        place = ["--cache-dir", scratch] if subject.project is None else []
        argv = [
            *(sys.executable, "-m", "mypy", "--strict", "--show-column-numbers", "--no-error-summary"),
            *("--no-color-output", "--no-pretty", "--hide-error-context", *place),
            *(
                str(subject.package) if subject.project else "-p",
                *([] if subject.project else [subject.package.name]),
            ),
        ]
        try:
            with trio.fail_after(seconds):
                done = await trio.run_process(
                    argv,
                    cwd=subject.project or scratch,
                    capture_stdout=True,
                    capture_stderr=True,
                    check=False,
                )
        except trio.TooSlowError:
            return f"types were not checked: mypy took longer than {seconds:g} s", []
    text = done.stdout.decode(errors="replace")
    found = [_finding(match, subject) for match in _LINE.finditer(text)]
    if done.returncode and not found:
        said = (text + done.stderr.decode(errors="replace")).strip().splitlines()
        return f"types were not checked: mypy failed: {said[-1] if said else done.returncode}", []
    return "types were checked with mypy --strict", found


def _finding(match: re.Match[str], subject: Subject) -> Finding:
    path = Path(match["path"])
    shown = str(subject.shown / path) if subject.project and not path.is_absolute() else str(path)
    where = Location(path=shown, line=int(match["line"]), column=int(match["column"] or 0))
    return finding("PLG702", match["text"], where)
