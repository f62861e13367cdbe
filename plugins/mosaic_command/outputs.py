"""The file through which a process hands outputs to the tasks after it.

Owns its format, that of GitHub Actions: a line ``name=value``, or ``name<<END``, lines, ``END``.
Refuses more than a process can sensibly say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mosaic_hookspecs import InputError

LONGEST_OUTPUTS = 1024 * 1024
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def read_outputs(data: bytes) -> dict[str, str]:
    """Return the outputs that a process wrote.

    Raises:
        InputError: a line is none, or there is too much (code ``bad-outputs``).
    """
    if len(data) > LONGEST_OUTPUTS:
        raise _bad(0, f"at most {LONGEST_OUTPUTS} bytes", f"{len(data)}")
    lines = iter(enumerate(data.decode(errors="replace").splitlines(), start=1))
    outputs = {}
    for number, line in lines:
        if not line.strip():
            continue
        name, mark, value = line.partition("=")
        heredoc, arrow, end = line.partition("<<")
        if arrow and len(heredoc) < len(name):
            name, value = heredoc, _until(end, lines, number)
        elif not mark:
            raise _bad(number, "name=value", line[:80])
        if not _NAME.fullmatch(name):
            raise _bad(number, "a name of letters, digits, _ . -", name[:80])
        outputs[name] = value
    return outputs


def _until(end: str, lines: Iterator[tuple[int, str]], number: int) -> str:
    collected: list[str] = []
    for _, line in lines:
        if line == end:
            return "\n".join(collected)
        collected.append(line)
    raise _bad(number, f"a line {end!r} that ends the value", "the end of the file")


def _bad(line: int, expected: str, got: str) -> InputError:
    return InputError(
        "bad-outputs",
        "the process wrote outputs that cannot be read",
        where=f"$MOSAIC_OUTPUT:{line}" if line else "$MOSAIC_OUTPUT",
        expected=expected,
        got=got,
    )
