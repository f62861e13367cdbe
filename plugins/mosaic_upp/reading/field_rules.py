"""What a document demands of a model's fields beyond their types: rules that no table makes true.

Owns the words by which such a rule is told from a description. Refuses to understand them: they become wishes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mosaic_hookspecs.plan import Requirement, Span

_DEMAND = re.compile(
    r"\b(?:must|shall|should|only|never|unless|encrypt\w*|checksum\w*|convert\w*|calculat\w*|comput\w*"
    r"|between|greater|less than|at least|positive|negative)\b|[<>]=?\s*\d",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"[*_`|]+")


def rules_of_fields(requirements: Sequence[Requirement], text: str) -> Sequence[Requirement]:
    """Return a requirement for each line of a model that demands more than a type, numbered on."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    taken = {each.span.start for each in requirements if each.span and each.kind != "model"}
    found = dict(_rules(requirements, lines, taken))
    first = len(requirements) + 1
    return tuple(
        Requirement(
            requirement_id=f"R.{number:03d}", kind="feature", text=words, span=Span(start=line, end=line)
        )
        for number, (line, words) in enumerate(sorted(found.items()), start=first)
    )


def _rules(
    requirements: Sequence[Requirement], lines: Sequence[str], taken: set[int]
) -> Iterator[tuple[int, str]]:
    for each in requirements:
        if each.kind != "model" or not each.span:
            continue
        for number in range(each.span.start, min(each.span.end, len(lines)) + 1):
            line = " ".join(_MARKUP.sub(" ", lines[number - 1]).split()).strip(" -+#{},;")
            if number not in taken and _DEMAND.search(line):
                yield number, f"{each.data.get('name', '')}: {line}"
