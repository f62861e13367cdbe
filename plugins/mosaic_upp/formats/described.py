"""Descriptions that hold several texts of a foreign item, under headings, and apart again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def join_sections(description: str, sections: Mapping[str, str]) -> str:
    """Join a description and named sections: ``Details:`` on a line of its own, then the text."""
    parts = [description.strip()] if description.strip() else []
    parts += [f"{name}:\n{text.strip()}" for name, text in sections.items() if text.strip()]
    return "\n\n".join(parts)


def split_sections(text: str, names: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Take apart what `join_sections` joined: the description, and the text of each name ("": none)."""
    found: dict[str, list[str]] = {name: [] for name in names}
    description: list[str] = []
    current = description
    for line in text.split("\n"):
        name = line.removesuffix(":")
        if line.endswith(":") and name in found and not found[name]:
            current = found[name]
        else:
            current.append(line)
    return "\n".join(description).strip(), {name: "\n".join(lines).strip() for name, lines in found.items()}
