"""Where the characters of an expression stand in the file."""

from __future__ import annotations

from mosaic_hookspecs import Location

from .document import Node
from .expressions.templates import OPEN


def locate(source: str, node: Node, ordinal: int, offset: int) -> Location:
    """Return where an expression's character stands in the file: `ordinal` counts the expressions of
    the text (-1: the whole text is one). Falls back on the value's place where escapes hide it.
    """
    if ordinal < 0:
        begin = source.find(node.value, node.start, node.end)
    else:
        begin = node.start
        for _ in range(ordinal + 1):
            begin = source.find(OPEN, begin, node.end)
            if begin < 0:
                break
            begin += len(OPEN)
    if begin < 0:
        return node.location
    place = min(begin + offset, node.end)
    line = source.count("\n", 0, place) + 1
    column = place - source.rfind("\n", 0, place)
    return Location(path=node.location.path, line=line, column=column)
