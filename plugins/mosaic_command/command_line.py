"""What to run: reads ``run`` or ``argv`` out of a task's work or a check's parameters.

Owns the placeholders ``{python}``, ``{prompt}`` and ``{port}``, and the refusal of what is not a
command, with the place where it stands.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Mapping, Sequence

from mosaic_hookspecs import InputError, JsonObject

SHELLS: Mapping[str, Sequence[str]] = {
    "sh": ("/bin/sh", "-e", "-c"),
    "bash": ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c"),
}
_PLACEHOLDER = re.compile(r"\{(python|prompt|port)\}")


def read_command(data: JsonObject, where: str, values: Mapping[str, str] | None = None) -> list[str]:
    """Return the program and its arguments, with `values` (and the interpreter that runs Mosaic) put in
    for their placeholders. In a shell line they are quoted for the shell.

    Raises:
        InputError: there is neither a line nor a list, or both (code ``bad-command``).
    """
    known = {"python": sys.executable, **(values or {})}
    line, argv = data.get("run"), data.get("argv")
    if (line is None) == (argv is None):
        raise InputError(
            "bad-command",
            "there must be one command",
            where=where,
            expected="either `run` (a shell line) or `argv` (a list)",
            got="both" if line is not None else "neither",
        )
    if line is not None:
        if not isinstance(line, str) or not line.strip():
            raise _wrong(f"{where}.run", "a shell line", line)
        shell = data.get("shell", "sh")
        if not isinstance(shell, str) or shell not in SHELLS:
            raise _wrong(f"{where}.shell", " or ".join(SHELLS), shell)
        return [*SHELLS[shell], _fill(line, {key: shlex.quote(value) for key, value in known.items()})]
    if "shell" in data:
        raise _wrong(f"{where}.shell", "no shell beside `argv`", data["shell"])
    if not isinstance(argv, list | tuple) or not argv:
        raise _wrong(f"{where}.argv", "a list of texts, the program first", argv)
    filled = []
    for index, part in enumerate(argv):
        if isinstance(part, bool) or not isinstance(part, str | int | float):
            raise _wrong(f"{where}.argv[{index}]", "a text", part)
        filled.append(_fill(str(part), known))
    return filled


def read_environment(data: JsonObject, where: str) -> dict[str, str]:
    """Return the variables under ``environment``; numbers and booleans are written as YAML writes them.

    Raises:
        InputError: they are not names with plain values (code ``bad-command``).
    """
    given = data.get("environment", {})
    if not isinstance(given, Mapping):
        raise _wrong(f"{where}.environment", "names and values", given)
    environment = {}
    for name, value in given.items():
        if not name or "=" in name or "\0" in name:
            raise _wrong(f"{where}.environment", "the name of a variable", name)
        if isinstance(value, bool):
            environment[name] = "true" if value else "false"
        elif isinstance(value, str | int | float) and "\0" not in str(value):
            environment[name] = str(value)
        else:
            raise _wrong(f"{where}.environment.{name}", "a text or a number", value)
    return environment


def refuse_unknown(data: JsonObject, known: Sequence[str], where: str) -> None:
    """Raise an `InputError` for a key that is not `known`: a misspelt one would silently do nothing."""
    for key in data:
        if key not in known:
            raise InputError(
                "unknown-key", "there is no such key", where=f"{where}.{key}", expected=", ".join(sorted(known))
            )


def _fill(text: str, values: Mapping[str, str]) -> str:
    # One pass: what was put in is not searched again.
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)


def _wrong(where: str, expected: str, got: object) -> InputError:
    return InputError("bad-command", "this is no command", where=where, expected=expected, got=repr(got)[:120])
