"""Data models in code blocks and in lines: SQL, TypeScript, Python, Prisma, ``Name { … }``, words.

Owns the recognition of an entity and its fields. Refuses tables and lists, which the reader joins up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from mosaic_hookspecs.blueprint import Entity, Field

from .fields import field_of, type_of
from .names import entity_name, entity_plural, snake

_SQL = re.compile(
    r"^\s*create\s+table\s+(?:if\s+not\s+exists\s+)?[`\"'\[]?(?:\w+\.)?(\w+)[`\"'\]]?", re.IGNORECASE
)
_BRACE = re.compile(
    r"^\s*(?:export\s+)?(?:(interface|type|class|model|struct|entity|table|record|schema"
    r"|object|message|input|data class)\s+)?"
    r"[`\"]?([A-Za-z_]\w*)[`\"]?(?:\s+struct)?\s*(?:extends\s+\w+|implements\s+[\w, ]+)?\s*[=:]?\s*\{\s*(.*)$"
)
_PYTHON = re.compile(r"^\s*class\s+(\w+)\s*(?:\([^)]*\))?:\s*$")
_YAML = re.compile(r"^([A-Z]\w*):\s*$")
_SAYS_OPTIONAL = re.compile(r"^\s*(?:export\s+)?(?:interface|type)\s|^\s*class\s+\w+\s*(?:\([^)]*\))?:")
_COMMENT = re.compile(r"\s(?://|#|--)\s?(.*)$|^\s*(?://|#|--|\*).*$")
_SQL_NOISE = re.compile(
    r"^\s*(?:primary\s+key|foreign\s+key|unique|constraint|check|index|key)\b\s*\(?", re.IGNORECASE
)
_SQL_FOREIGN = re.compile(
    r"foreign\s+key\s*\(\s*[`\"]?(\w+)[`\"]?\s*\)\s*references\s+[`\"]?(\w+)", re.IGNORECASE
)
_LINE = re.compile(
    r"^(?:an?\s+|the\s+|each\s+"
    r"|every\s+)?(?P<name>[A-Za-z][\w-]*(?:\s[A-Za-z][\w-]*){0,2}?)(?:\s+(?:model|entity"
    r"|table|object|record))?"
    r"\s*(?P<sign>:|：|\s[–—-]\s|\(|\{|\s(?:has|have|consists of|contains|includes|with"
    r"|stores|keeps|holds)\s(?:the following )?(?:fields|attributes"
    r"|columns)?:?)\s*(?P<rest>.+?)[)}.]?$",
    re.IGNORECASE,
)
_RELATION = re.compile(
    r"^(?:an?\s+|each\s+|every\s+|the\s+)?(?P<one>[A-Za-z][\w ]{0,30}?)s?\s+(?:can\s+|may\s+|must\s+)?"
    r"(?P<verb>ha(?:s|ve) (?:zero or |one or )?(?:many|several|multiple|one|more)(?: or "
    r"more)?|belongs? to(?: one| an?| exactly one| many)?|contains? many|(?:is|are) written "
    r"by(?: one| an?)?"
    r"|1\s*[:–-]\s*(?:n|m|\*)|n\s*[:–-]\s*1)\s+(?P<two>[A-Za-z]\w*)",
    re.IGNORECASE,
)
_BARE = re.compile(r"^([a-z_]\w*)\s+((?:→|->|[A-Za-z]+\b).*)$")
_JSON_PAIR = re.compile(r"^\s*\"(\w+)\"\s*:\s*(.+?),?\s*$")
_NOT_ENTITIES = frozenset(
    {
        "headers",
        "body",
        "response",
        "request",
        "error",
        "params",
        "query",
        "data",
        "field",
        "fields",
        "if",
        "for",
        "function",
        "enum",
        "return",
        "note",
        "example",
    }
)
_GENERIC = re.compile(
    (
        r"\b(?:data|domain|database|the|model|models|entity|entities|table|tables|schema|schemas"
        r"|object|objects|collection|fields?|attributes?|definition|record|type)\b|\([^)]*\)"
    ),
    re.IGNORECASE,
)


@attrs.frozen(kw_only=True)
class Found:
    """An entity and where it stood: 0-based lines of the text."""

    entity: Entity
    first: int
    last: int
    is_strong: bool = True


def make_entity(name: str, fields: Sequence[Field]) -> Entity | None:
    """Make an entity of a noun and its fields (each name once); None if that is no noun."""
    title = entity_name(name)
    if not title or title.lower() in _NOT_ENTITIES:
        return None
    unique = {field.name: field for field in reversed(fields)}
    ordered = tuple(unique[name] for name in dict.fromkeys(field.name for field in fields))
    return Entity(name=title, plural=entity_plural(title), fields=ordered)


def heading_entity(title: str) -> str:
    """Name the entity that a heading such as ``User Model`` or ``Table: books`` is about, or ""."""
    rest = _GENERIC.sub(" ", title).strip(" :–—-`")
    parts = rest.split()
    return rest if 0 < len(parts) <= 3 else ""  # noqa: PLR2004 - a bound that is said once


def entities_in_code(text: str, info: str) -> list[Found]:
    """Find every entity that a code block defines."""
    lines = text.split("\n")
    found: list[Found] = []
    number = 0
    while number < len(lines):
        reading = _start(lines, number, info)
        if reading is None:
            number += 1
            continue
        name, body, last, is_strong = reading
        swapped = "erDiagram" in text or info.startswith("mermaid")
        fields = [field for line in body if (field := _field(line, swapped=swapped)) is not None]
        fields = _with_foreign_keys(fields, body)
        if _SAYS_OPTIONAL.match(lines[number]):
            fields = [
                field if _is_optional(field.name, body) else attrs.evolve(field, is_required=True)
                for field in fields
            ]
        typed = is_strong or any(type_of(line) for line in body)
        entity = make_entity(name, fields) if fields else None
        if entity:
            found.append(Found(entity=entity, first=number, last=last, is_strong=typed))
        number = last + 1
    return found


def _start(lines: Sequence[str], number: int, info: str) -> tuple[str, list[str], int, bool] | None:
    line = lines[number]
    if match := _SQL.match(line):
        body, last = _until(lines, number, "(", ")")
        return match[1], [part for piece in body for part in _split(piece)], last, True
    if match := _PYTHON.match(line):
        return match[1], *_indented(lines, number), True
    if match := _BRACE.match(line):
        body, last = _until(lines, number, "{", "}")
        flat = [part for piece in body for part in (_split(piece) if match[3].strip(" }") else [piece])]
        return match[2], flat, last, bool(match[1])
    if (match := _YAML.match(line)) and number + 1 < len(lines) and lines[number + 1].startswith((" ", "\t")):
        return match[1], *_indented(lines, number), info in ("yaml", "yml")
    return None


def _until(lines: Sequence[str], number: int, opening: str, closing: str) -> tuple[list[str], int]:
    depth, body = 0, []
    for last in range(number, len(lines)):
        line = lines[last]
        before = depth
        depth += line.count(opening) - line.count(closing)
        if last == number:
            body.append(line.split(opening, 1)[1] if opening in line else "")
        elif before >= 1:
            body.append(line)
        if depth <= 0 and (before > 0 or opening in line):
            body[-1] = body[-1].rsplit(closing, 1)[0]
            return body, last
        if depth <= 0 and last > number + 1:
            return body, last
    return body, len(lines) - 1


def _indented(lines: Sequence[str], number: int) -> tuple[list[str], int]:
    indent = len(lines[number]) - len(lines[number].lstrip())
    last = number
    for later in range(number + 1, len(lines)):
        line = lines[later]
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        last = later
    return list(lines[number + 1 : last + 1]), last


def _field(line: str, *, swapped: bool) -> Field | None:
    comment = _COMMENT.search(line)
    words = _COMMENT.sub("", line).strip().rstrip(",;").strip(" -*+")
    if not words or _SQL_NOISE.match(words) or words.startswith(("@", "}", "{", "def ", "return", '"""', "#")):
        return None
    if match := _JSON_PAIR.match(words):
        name, kind = match[1], match[2]
    elif ":" in words and not re.match(r"^\w+\s+\w+\(", words):
        name, kind = words.split(":", 1)
    else:
        parts = words.split(None, 1)
        name, kind = parts[0], parts[1] if len(parts) > 1 else ""
        if swapped and kind:
            name, kind = kind.split()[0], f"{name} {kind}"
    kind = f"{kind} {comment[1] or ''}" if comment else kind
    optional = bool(re.search(r"Optional\[|\|\s*None|\|\s*null|\w\?(?:\s|$)", kind))
    return field_of(name, kind, is_optional=optional)


def _with_foreign_keys(fields: list[Field], body: Sequence[str]) -> list[Field]:
    keys = {match[1].lower(): entity_name(match[2]) for line in body if (match := _SQL_FOREIGN.search(line))}
    return [
        attrs.evolve(field, references=keys[field.name]) if field.name in keys else field for field in fields
    ]


def _is_optional(name: str, body: Sequence[str]) -> bool:
    for line in body:
        written, _, kind = line.partition(":")
        if snake(written.strip(" ?")) == name:
            return written.rstrip().endswith("?") or bool(re.search(r"Optional|None|null|=", kind))
    return True


def _split(text: str) -> list[str]:
    """Split at commas and semicolons that stand in no bracket."""
    parts, depth, current = [], 0, ""
    for sign in text:
        depth += (sign in "([{") - (sign in ")]}")
        if sign in ",;" and depth <= 0:
            parts.append(current)
            current = ""
        else:
            current += sign
    return [part.strip() for part in (*parts, current) if part.strip()]


def entity_in_line(text: str) -> Entity | None:
    """Read ``Book: title, author, price`` or ``A book has a title and a price``; None for other words."""
    match = _LINE.match(text.strip()[:1000])
    if match is None:
        return None
    pieces = [
        piece for part in _split(match["rest"]) for piece in re.split(r"\s+and\s+(?:an?\s+)?(?![^(]*\))", part)
    ]
    fields = []
    for piece in pieces:
        words = re.sub(
            r"^(?:and|an?|the|its|their|optional|unique|required)\s+",
            "",
            piece.strip(" ."),
            flags=re.IGNORECASE,
        )
        name = re.split(r"\s*[(:\[]\s*", words, maxsplit=1)[0]
        if re.match(r"(?:belongs? to|refers? to|references?|linked to)\b", words, re.IGNORECASE):
            target = entity_name(words.split()[-1])
            fields.append(
                Field(name=f"{snake(target)}_id", type="integer", is_required=True, references=target)
            )
            continue
        if not name or len(name.split()) > 3:  # noqa: PLR2004 - a bound that is said once
            return None
        field = field_of(name, piece[len(name) :] if piece.startswith(name) else piece.replace(name, "", 1))
        if field is None:
            return None
        fields.append(field)
    return make_entity(match["name"], fields) if len(fields) > 1 else None


def field_in_line(text: str) -> Field | None:
    """Read a list item of an entity: ``title: string, required``, ``title (string)``, ``title``."""
    bare = _BARE.match(text.strip())
    if bare and (not bare[2][:1].isalpha() or type_of(re.split(r"\W", bare[2], maxsplit=1)[0])):
        return field_of(bare[1], bare[2])
    match = re.match(r"^([A-Za-z_][\w -]{0,40}?)\s*(?::|：|\s[–—-]\s|\(|=|$)\s*(.*)$", text.strip())
    if match and len(match[1].split()) <= 3:  # noqa: PLR2004 - a bound that is said once
        return field_of(match[1], match[2])
    return None


def relation_in(text: str) -> tuple[str, str] | None:
    """Read ``An author has many books`` as (Book, Author): the first refers to the second."""
    match = _RELATION.match(text.strip())
    if match is None:
        return None
    one, two = entity_name(match["one"]), entity_name(match["two"])
    if not one or not two:
        return None
    holds = match["verb"].lower().startswith(("ha", "contain", "1"))
    return (two, one) if holds else (one, two)
