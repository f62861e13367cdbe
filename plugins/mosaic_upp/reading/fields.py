"""Fields of data models: a name, a type, and what the words beside them mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from mosaic_hookspecs.blueprint import Field

from .names import entity_name, snake

_TYPES: Mapping[str, str] = {
    "int": "integer",
    "integer": "integer",
    "bigint": "integer",
    "smallint": "integer",
    "serial": "integer",
    "bigserial": "integer",
    "long": "integer",
    "uuid": "string",
    "id": "integer",
    "objectid": "string",
    "number": "number",
    "float": "number",
    "double": "number",
    "decimal": "number",
    "numeric": "number",
    "money": "number",
    "currency": "number",
    "real": "number",
    "price": "number",
    "amount": "number",
    "string": "string",
    "str": "string",
    "varchar": "string",
    "char": "string",
    "nvarchar": "string",
    "email": "string",
    "url": "string",
    "uri": "string",
    "phone": "string",
    "slug": "string",
    "json": "text",
    "jsonb": "text",
    "text": "text",
    "longtext": "text",
    "markdown": "text",
    "clob": "text",
    "bool": "boolean",
    "boolean": "boolean",
    "flag": "boolean",
    "date": "date",
    "datetime": "datetime",
    "timestamp": "datetime",
    "timestamptz": "datetime",
    "time": "datetime",
    "enum": "enum",
    "enumeration": "enum",
    "choice": "enum",
}
_TYPE_WORD = re.compile(r"[A-Za-z]+")
_ENUM = re.compile(r"(?:enum|one of|choices?|values?|either)[^\w\['\"(]*[\[({:]?\s*(.{1,300})", re.IGNORECASE)
_CHOICE = re.compile(r"['\"“‘`]([^'\"”’`]{1,60})['\"”’`]")
_LENGTH = re.compile(
    (
        r"(?:max(?:imum)?\.?(?: length)?|up to|≤|<=|at most|limit)\D{0,12}(\d{1,6})|(?:varchar"
        r"|char)\s*\((\d{1,6})\)|(\d{1,6})\s*(?:chars|characters) max|String\((\d{1,6})\)"
    ),
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    (
        r"(?:foreign key|fk|references?|refers to|reference to|ref|belongs to|links? to|→"
        r"|->)[\s:(]*(?:to|→|->)?\s*(?:the |an? )?[`\"']?([A-Za-z][A-Za-z_]*)"
    ),
    re.IGNORECASE,
)
_OPTIONAL = re.compile(
    r"optional|nullable|not required|may be (?:empty|null)|\bnull\b(?<!not null)", re.IGNORECASE
)
_REQUIRED = re.compile(
    r"required|not null|mandatory|must (?:be|have)|non-null|primary key|\bpk\b", re.IGNORECASE
)
_NAME = re.compile(r"[A-Za-z_][\w -]{0,60}")
_FROM_NAME: Sequence[tuple[str, str]] = (
    (r"^(?:is|has|can)_|^(?:active|enabled|done|completed|available|published|archived|in_stock)$", "boolean"),
    (r"(?:_at|_time|timestamp)$", "datetime"),
    (r"(?:^|_)(?:date|birthday|born|dob|day)$|_on$|_date$", "date"),
    (
        (r"(?:^|_)(?:price|amount|total|cost|salary|balance|rate|weight|height|latitude|longitude)(?:$|_)"),
        "number",
    ),
    (
        (
            r"(?:^|_)(?:id|count|quantity|number_of_\w+|age|year|pages|stock|rating|position"
            r"|priority|duration|minutes|capacity|size)$"
        ),
        "integer",
    ),
    (r"(?:^|_)(?:description|bio|biography|body|content|notes?|comment|message|text|details)$", "text"),
)


def field_of(name: str, words: str, *, is_optional: bool = False) -> Field | None:
    """Make a field of its name and of the words beside it; None if that is no name of a field."""
    name = name.strip(" *`_\"'")
    is_optional = is_optional or name.endswith("?")
    if name.endswith(("[]", "?", "!")):
        name = name.rstrip("[]?!")
    if not _NAME.fullmatch(name) or not snake(name) or len(name.split()) > 4:  # noqa: PLR2004 - a bound that is said once
        return None
    short = snake(name)
    choices = choices_in(words)
    kind = "enum" if choices else type_of(words) or type_of_name(short)
    lengths = _LENGTH.search(words)
    length = next((int(group) for group in lengths.groups() if group), None) if lengths else None
    references = reference_in(short, words)
    is_key = (
        bool(re.search(r"primary key|\bpk\b|@id\b|primary_key\s*=\s*true", words, re.IGNORECASE))
        or short == "id"
    )
    if kind == "number" and (is_key or references):
        kind = "integer"
    optional = is_optional or bool(_OPTIONAL.search(re.sub(r"not null", "", words, flags=re.IGNORECASE)))
    secret = bool(
        re.search(r"hash|secret|write[- ]only|never (?:returned|shown|exposed)", words, re.IGNORECASE)
    )
    return Field(
        name=short,
        type=kind,
        is_required=not optional and (bool(_REQUIRED.search(words)) or is_key),
        is_unique=bool(re.search(r"unique", words, re.IGNORECASE)),
        is_primary_key=is_key,
        is_secret=secret or short in ("password", "password_hash", "secret", "api_key"),
        max_length=length if kind in ("string", "text") and length else None,
        choices=tuple(choices),
        references=references,
    )


def type_of(words: str) -> str:
    """Find the first word that names a type; "" if there is none."""
    for word in _TYPE_WORD.findall(words):
        if word.lower() in _TYPES:
            return _TYPES[word.lower()]
    return ""


def type_of_name(name: str) -> str:
    """Guess a type from a field's name."""
    return next((kind for pattern, kind in _FROM_NAME if re.search(pattern, name)), "string")


def choices_in(words: str) -> list[str]:
    """Read the values of an enumeration."""
    match = _ENUM.search(words)
    union = re.findall(r"['\"]([^'\"]{1,60})['\"]\s*(?=\||$|[;,)}])", words) if "|" in words else []
    if match is None:
        return list(dict.fromkeys(union)) if len(union) > 1 else []
    quoted = _CHOICE.findall(match[1])
    if not quoted:
        inner = re.split(r"[\])}.;]", match[1], maxsplit=1)[0]
        quoted = [part.strip(" `'\"") for part in re.split(r"\s*(?:,|\||/|\bor\b)\s*", inner)]
        quoted = [part for part in quoted if re.fullmatch(r"[\w-]{1,40}(?: [\w-]{1,40})?", part)]
    unique = list(dict.fromkeys(quoted))
    return unique if len(unique) > 1 else []


def reference_in(name: str, words: str) -> str:
    """Name the entity that a field refers to: by its words, else by a name such as ``author_id``."""
    match = _REFERENCE.search(words)
    if match and match[1].lower() not in ("key", "to", "the", "id", "table", "a", "an", "null", "not"):
        return entity_name(match[1])
    if name.endswith("_id") and len(name) > len("_id"):
        return entity_name(name.removesuffix("_id"))
    return ""
