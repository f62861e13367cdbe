"""Columns: the fields of an entity, resolved to what the generated code needs of them.

Owns which combinations of a field's properties can be built; refuses all others by name.
"""

from __future__ import annotations

import enum

import attrs

from mosaic_hookspecs.blueprint import FIELD_TYPES, Entity, Field
from mosaic_hookspecs.errors import InputError

from .names import attribute_name, require_field

_AUTOMATIC_NAMES = frozenset({"created_at", "updated_at", "createdAt", "updatedAt"})
_UNIQUE_NEVER = frozenset({"boolean", "enum"})
_MOST_CHOICE = 60
_MOST_LENGTH = 1_000_000


class Role(enum.Enum):
    """Who fills a column: the database, the clock, or the client."""

    KEY = "key"
    AUTOMATIC = "automatic"
    INPUT = "input"


@attrs.frozen(kw_only=True)
class Column:
    """One column. `name` is what clients call it, `attribute` what Python does; `stored` is the
    attribute that the database keeps, which differs for secrets: only their hash is kept.
    """

    name: str
    attribute: str
    type: str
    role: Role = Role.INPUT
    is_required: bool = False
    is_unique: bool = False
    is_secret: bool = False
    max_length: int | None = None
    choices: tuple[str, ...] = ()
    references: str = ""

    @property
    def stored(self) -> str:
        """The mapped attribute, and the column's name in the database unless `attribute` had to differ."""
        return f"{self.attribute}_hash" if self.is_secret else self.attribute

    @property
    def is_updated(self) -> bool:
        """Whether the clock fills it again at each change."""
        return self.role is Role.AUTOMATIC and self.name.startswith("updated")

    @property
    def is_filter(self) -> bool:
        """Whether lists can be narrowed by it."""
        return self.role is Role.INPUT and (self.type == "enum" or bool(self.references))

    @property
    def is_sortable(self) -> bool:
        """Whether lists can be ordered by it."""
        return not self.is_secret and self.type != "text" and not self.references


def columns_of(entity: Entity) -> tuple[Column, ...]:
    """Resolve an entity's fields, the key first; a key ``id`` is added where there is none.

    Raises:
        InputError: a field cannot be built; `where` names it.
    """
    columns = [_column(entity, field) for field in entity.fields]
    keys = [column for column in columns if column.role is Role.KEY]
    if len(keys) > 1:
        raise InputError(
            "unsupported-field",
            "an entity can have one primary key",
            where=f"{entity.name}.{keys[1].name}",
            got=", ".join(key.name for key in keys),
        )
    if not keys:
        keys = [Column(name="id", attribute="id", type="integer", role=Role.KEY)]
    ordered = (keys[0], *(column for column in columns if column.role is not Role.KEY))
    _refuse_same_names(entity, ordered)
    return ordered


def _column(entity: Entity, field: Field) -> Column:
    where = f"{entity.name}.{field.name}"
    name = require_field(field.name)
    is_key = field.is_primary_key or (field.name == "id" and not field.references)
    if field.type not in FIELD_TYPES:
        raise _unsupported(where, "this type of field cannot be built", ", ".join(FIELD_TYPES), field.type)
    if is_key and (field.type not in {"integer", "string"} or field.references):
        kind = f"a reference to {field.references}" if field.references else field.type
        raise _unsupported(
            where, "this primary key cannot be built", "integer, or string (a UUID is made)", kind
        )
    if field.is_secret and (field.type not in {"string", "text"} or field.references or is_key):
        raise _unsupported(where, "only text can be kept as a secret's hash", "string or text", field.type)
    if field.is_secret and field.is_unique:
        raise _unsupported(
            where, "hashes of secrets cannot be compared, so this cannot be unique", "not unique", "unique"
        )
    if field.is_unique and field.type in _UNIQUE_NEVER and not field.references:
        raise _unsupported(
            where, "unique values would allow only a few rows", "not unique", f"unique {field.type}"
        )
    if field.max_length is not None and not 1 <= field.max_length <= _MOST_LENGTH:
        raise _unsupported(where, "this length cannot be kept", f"1 to {_MOST_LENGTH}", str(field.max_length))
    if field.type == "enum" and not field.references:
        _check_choices(where, field)
    is_automatic = field.type == "datetime" and field.name in _AUTOMATIC_NAMES
    return Column(
        name=name,
        attribute=attribute_name(name),
        type=field.type,
        role=Role.KEY if is_key else Role.AUTOMATIC if is_automatic else Role.INPUT,
        is_required=field.is_required,
        is_unique=field.is_unique,
        is_secret=field.is_secret,
        max_length=field.max_length,
        choices=tuple(field.choices),
        references=field.references,
    )


def _check_choices(where: str, field: Field) -> None:
    if not field.choices:
        raise _unsupported(where, "an enum needs its choices", "at least one choice", "none")
    if len(set(field.choices)) != len(field.choices):
        raise _unsupported(where, "a choice is given twice", "each once", ", ".join(field.choices)[:80])
    for choice in field.choices:
        if not 1 <= len(choice) <= _MOST_CHOICE or not choice.isprintable():
            raise _unsupported(
                where,
                "this choice cannot be kept",
                f"1 to {_MOST_CHOICE} printable characters",
                repr(choice)[:80],
            )


def _refuse_same_names(entity: Entity, columns: tuple[Column, ...]) -> None:
    seen: dict[str, str] = {}
    for column in columns:
        for name in {column.attribute.casefold(), column.stored.casefold(), column.name.casefold()}:
            if name in seen:
                raise InputError(
                    "same-name",
                    "two fields would have one name in Python or in the database",
                    where=f"{entity.name}.{column.name}",
                    got=f"{seen[name]} and {column.name}",
                )
        for name in (column.attribute, column.stored, column.name):
            seen[name.casefold()] = column.name


def _unsupported(where: str, what: str, expected: str, got: str) -> InputError:
    return InputError("unsupported-field", what, where=where, expected=expected, got=got)
