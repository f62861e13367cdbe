"""What a reviewer found: read from its answer, and weighed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import attrs

from mosaic_hookspecs.data import JsonObject

SEVERITIES = ("note", "warning", "error")
_MOST = 100
_LONGEST = 2000
SCHEMA: JsonObject = {
    "type": "object",
    "properties": {
        "findings": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "severity": {"type": "string", "enum": list(SEVERITIES)},
                    "file": {"type": "string", "description": "The path; empty: the change as a whole."},
                    "line": {"type": "integer", "description": "The line in the new file; 0: none."},
                    "text": {"type": "string", "description": "What is wrong, and what would be right."},
                },
                "required": ["severity", "file", "line", "text"],
                "additionalProperties": False,
            },
        },
        "summary": {"type": "string", "description": "The change in one sentence."},
    },
    "required": ["findings", "summary"],
    "additionalProperties": False,
}
"""What the answer has to be like."""


@attrs.frozen(kw_only=True)
class Finding:
    """One thing that is wrong, or worth saying."""

    severity: str
    text: str
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        place = (
            f"{self.file}:{self.line}: " if self.file and self.line else f"{self.file}: " if self.file else ""
        )
        return f"{self.severity}: {place}{self.text}"


@attrs.frozen(kw_only=True)
class Review:
    """An answer that could be read."""

    findings: Sequence[Finding]
    summary: str = ""


def read_review(text: str) -> Review:
    """Read an answer.

    Raises:
        ValueError: it is not what `SCHEMA` asks for; the text says what is wrong with it.
    """
    try:
        data = json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"it is no JSON: {error}") from None
    if not isinstance(data, dict) or not isinstance(data.get("findings"), list):
        raise ValueError("it is no JSON object with a list `findings`")  # noqa: TRY004 - what a model wrote is wrong, no type of ours
    if len(data["findings"]) > _MOST:
        raise ValueError(f"it has more than {_MOST} findings; tell the most important ones")
    found = [_finding(one, place) for place, one in enumerate(data["findings"])]
    summary = data.get("summary", "")
    return Review(findings=found, summary=_line(summary) if isinstance(summary, str) else "")


def worst(findings: Sequence[Finding]) -> int:
    """Return the rank of the worst finding in `SEVERITIES`; -1 where there is none."""
    return max((SEVERITIES.index(one.severity) for one in findings), default=-1)


def _finding(data: Any, place: int) -> Finding:
    if not isinstance(data, dict):
        raise ValueError(f"findings[{place}] is no object")  # noqa: TRY004 - as above
    severity, text = data.get("severity"), data.get("text")
    file, line = data.get("file", ""), data.get("line", 0)
    if severity not in SEVERITIES:
        raise ValueError(f"findings[{place}].severity is none of {', '.join(SEVERITIES)}: {severity!r:.80}")
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"findings[{place}].text is no text")
    if not isinstance(file, str) or not isinstance(line, int) or isinstance(line, bool):
        raise ValueError(f"findings[{place}] has a file that is no text, or a line that is no number")  # noqa: TRY004 - as above
    return Finding(severity=severity, text=_line(text), file=_line(file), line=max(0, line))


def _line(text: str) -> str:
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(plain.split())[:_LONGEST]
