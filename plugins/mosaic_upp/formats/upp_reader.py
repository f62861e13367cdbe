"""Reads UPP Markdown: drawn trees, nested lists and headings that carry UPP identifiers."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from mosaic_hookspecs import InputError, Location, Plan, PlanNode, digest

from .annotations import parse_depends
from .json_document import load_json
from .limits import require_node_count
from .markdown_blocks import Fence, Line, Markdown, split_markdown
from .plan_decoder import decode_header, decode_node
from .record import Record
from .upp_lines import ParsedLine, is_drawn, parse_drawn, parse_listed
from .upp_summary import read_summary
from .upp_writer import BLOCK_INFO


def read_upp(text: str, path: str) -> Plan:
    """Read a plan. A drawn tree wins over lists: documents repeat identifiers in their prose.

    Raises:
        InputError: there is no node, or a line of the tree is malformed; located.
    """
    markdown = split_markdown(text, path)
    block = _block(markdown, path)
    nodes = _drawn(markdown, path) or _listed(markdown, path)
    require_node_count(len(nodes), path)
    if block is not None:
        return _merge(block, nodes)
    if not nodes:
        raise InputError(
            "empty-plan",
            "there is no UPP node in the document",
            where=Location(path=path),
            expected="lines such as `TASK (T.001.01.01.01): Title`",
        )
    return Plan(
        title=_title(markdown, nodes),
        source=path,
        source_digest=digest(text.encode("utf-8", "surrogatepass")) if path else "",
        nodes=tuple(nodes),
        summary=read_summary(markdown.prose),
    )


def _drawn(markdown: Markdown, path: str) -> list[PlanNode]:
    nodes: list[PlanNode] = []
    blocks: list[Sequence[Line]] = [fence.lines for fence in markdown.fences if fence.info != BLOCK_INFO]
    for lines in [*blocks, [line for line in markdown.prose if is_drawn(line.text)]]:
        found = [(line, parse_drawn(line, path)) for line in lines]
        if not any(parsed for _, parsed in found):
            continue
        for line, parsed in found:
            if parsed is not None:
                nodes.append(_node(parsed, line))
            elif is_drawn(line.text) and line.text.strip(" │┃|"):
                raise InputError(
                    "bad-node",
                    "a branch of the tree is no UPP node",
                    where=Location(path=path, line=line.number, column=1),
                    expected="`LEVEL (IDENTIFIER): Title`",
                    got=repr(line.text.strip()[:80]),
                )
    return nodes


def _listed(markdown: Markdown, path: str) -> list[PlanNode]:
    nodes: list[PlanNode] = []
    for line in markdown.prose:
        parsed = parse_listed(line, path)
        if parsed is not None:
            nodes.append(_node(parsed, line))
        elif nodes and (depends := parse_depends(line.text.strip(" \t-*+_"))):
            nodes[-1] = attrs.evolve(nodes[-1], depends_on=(*nodes[-1].depends_on, *depends))
    return nodes


def _node(parsed: ParsedLine, line: Line) -> PlanNode:
    return PlanNode(
        node_id=parsed.node_id,
        title=parsed.title,
        minutes=parsed.minutes,
        depends_on=parsed.depends_on,
        done=parsed.done,
        line=line.number,
    )


def _title(markdown: Markdown, nodes: Sequence[PlanNode]) -> str:
    for fence in markdown.fences:
        for line in fence.lines:
            if line.text.strip().upper().startswith("PROJECT:"):
                return line.text.split(":", 1)[1].strip()
    for line in markdown.prose:
        if line.text.startswith("# "):
            return line.text[2:].strip()
    return nodes[0].title


def _block(markdown: Markdown, path: str) -> Record | None:
    found: Fence | None = None
    for fence in markdown.fences:
        if fence.info == BLOCK_INFO:
            found = fence
    if found is None:
        return None
    text = "\n".join(line.text for line in found.lines)
    document = load_json(text, path, first_line=found.lines[0].number if found.lines else 1)
    return Record(document, document.value)


def _merge(block: Record, nodes: Sequence[PlanNode]) -> Plan:
    header = decode_header(block)
    entries = Record(block.document, block.value.get("nodes", {}), ("nodes",))
    merged: list[PlanNode] = []
    for node in nodes:
        bare = attrs.evolve(node, line=0)
        value = entries.value.get(node.node_id)
        if value is not None:
            entry = Record(block.document, value, ("nodes", node.node_id))
            bare = decode_node(entry, node.node_id, defaults=bare)
        merged.append(bare)
    return attrs.evolve(header, nodes=tuple(merged))
