"""The files through which steps give outputs, environment, paths and summaries back.

Owns their format: ``name=value`` lines, and values over several lines between delimiters
(``name<<END`` … ``END``).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

MAX_BYTES = 1024 * 1024
CHANNELS = ("OUTPUT", "ENV", "PATH", "STEP_SUMMARY")


class FileCommandError(Exception):
    """What a step wrote cannot be read; the words say where."""


@attrs.frozen(kw_only=True)
class StepFiles:
    """The files of one step in `directory`."""

    directory: Path

    def create(self) -> None:
        """Make them, empty."""
        self.directory.mkdir(parents=True)
        for channel in CHANNELS:
            (self.directory / channel.lower()).touch()

    def environment(self) -> Mapping[str, str]:
        """Return the variables that name them, under both names."""
        return {
            f"{prefix}_{channel}": str(self.directory / channel.lower())
            for channel in CHANNELS
            for prefix in ("MOSAIC", "GITHUB")
        }

    def outputs(self) -> dict[str, str]:
        """Return the outputs that the step gave."""
        return parse_pairs(self._read("OUTPUT"), "$MOSAIC_OUTPUT")

    def variables(self) -> dict[str, str]:
        """Return the environment that later steps get."""
        pairs = parse_pairs(self._read("ENV"), "$MOSAIC_ENV")
        for name in pairs:
            if name.upper().startswith(("MOSAIC_", "GITHUB_")):
                raise FileCommandError(f"$MOSAIC_ENV: {name} belongs to Mosaic and cannot be set")
        return pairs

    def paths(self) -> Sequence[str]:
        """Return the directories that the step put before the PATH, the last first."""
        lines = [line.strip() for line in self._read("PATH").splitlines()]
        return [line for line in reversed(lines) if line]

    def summary(self) -> str:
        """Return the summary that the step wrote."""
        return self._read("STEP_SUMMARY")

    def _read(self, channel: str) -> str:
        path = self.directory / channel.lower()
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as file:
                data = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise FileCommandError(f"$MOSAIC_{channel} cannot be read: {error.strerror}") from None
        if len(data) > MAX_BYTES:
            raise FileCommandError(f"$MOSAIC_{channel} holds more than {MAX_BYTES} bytes")
        return data.decode("utf-8-sig", errors="replace")


def parse_pairs(text: str, name: str) -> dict[str, str]:
    """Read pairs; `name` is what the file is called in messages.

    Raises:
        FileCommandError: a line is neither a pair nor the start of one, or a delimiter is missing.
    """
    pairs: dict[str, str] = {}
    lines = iter(enumerate(text.splitlines(), start=1))
    for number, line in lines:
        if not line.strip():
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if heredoc > 0 and (equals < 0 or heredoc < equals):
            key, delimiter = line[:heredoc], line[heredoc + 2 :]
            value: list[str] = []
            for _, inner in lines:
                if inner == delimiter:
                    break
                value.append(inner)
            else:
                raise FileCommandError(f"{name}, line {number}: the delimiter {delimiter!r} does not follow")
            if not delimiter:
                raise FileCommandError(f"{name}, line {number}: the delimiter is empty")
            pairs[key.strip()] = "\n".join(value)
        elif equals > 0:
            pairs[line[:equals].strip()] = line[equals + 1 :]
        else:
            raise FileCommandError(f"{name}, line {number}: expected name=value or name<<DELIMITER")
    return pairs
