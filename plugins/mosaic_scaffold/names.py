"""Names: which ones a blueprint may use, and what they become in Python.

Owns the rules for identifiers. Refuses names from which no module, class or column can be made; it
never invents another name in their place, since plans and checks speak of files by these names.
"""

from __future__ import annotations

import keyword
import re
import sys

from mosaic_hookspecs.errors import InputError

LONGEST_NAME = 32
"""Longer names would not fit on a line of the generated code."""
LONGEST_PACKAGE = 40

_CLASS = re.compile(r"[A-Z][A-Za-z0-9]*")
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_MODULE = re.compile(r"[a-z][a-z0-9_]*")
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

_TAKEN_PACKAGES = frozenset({"tests", "flask", "sqlalchemy", "werkzeug", "pytest", "setuptools", "pip"})
_TAKEN_ATTRIBUTES = frozenset(
    {
        # the mapped class's own
        "metadata",
        "registry",
        "to_dict",
        # what the class body refers to
        *("sa", "orm", "dt", "database", "str", "int", "float", "bool", "dict", "property", "uuid", "Any"),
        *("generate_password_hash", "check_password_hash"),
    }
)

_TAKEN_CLASSES = frozenset({"Any", "Flask", "FlaskClient", "True", "False", "None"})


def snake_case(name: str) -> str:
    """Write a CamelCase name with underscores: ``OrderLine`` is ``order_line``."""
    return _WORD_START.sub("_", name).lower()


def module_name(name: str) -> str:
    """Return the name of the module for a snake_case name: ``class`` is ``class_``."""
    return f"{name}_" if keyword.iskeyword(name) else name


def attribute_name(name: str) -> str:
    """Return the Python attribute for a field: ``from`` is ``from_``, ``metadata`` ``metadata_``."""
    is_taken = keyword.iskeyword(name) or name in _TAKEN_ATTRIBUTES
    return f"{name}_" if is_taken else name


def require_package(name: str) -> str:
    """Return `name` if a package can be called so; else raise ``bad-name``."""
    _require(_MODULE, name, "package", "lower-case letters, digits and underscores", LONGEST_PACKAGE)
    if keyword.iskeyword(name) or name in _TAKEN_PACKAGES or name in sys.stdlib_module_names:
        raise InputError(
            "bad-name",
            f"the package name {name!r} is taken by Python or by a library of the service",
            where="blueprint.package",
            hint=f"Call it {name}_service, for instance.",
        )
    return name


def require_entity(name: str) -> str:
    """Return `name` if a class can be called so; else raise ``bad-name``."""
    if name in _TAKEN_CLASSES:
        raise InputError(
            "bad-name",
            f"the entity name {name!r} is taken by Python or by a library of the service",
            where="blueprint.entities",
        )
    return _require(_CLASS, name, "entity", "a CamelCase name")


def require_plural(name: str) -> str:
    """Return `name` if a module and a table can be called so; else raise ``bad-name``."""
    return _require(_MODULE, name, "plural", "lower-case letters, digits and underscores")


def require_field(name: str) -> str:
    """Return `name` if a column can be called so; else raise ``bad-name``."""
    return _require(_FIELD, name, "field", "letters, digits and underscores, a letter first")


def _require(
    pattern: re.Pattern[str], name: object, what: str, expected: str, longest: int = LONGEST_NAME
) -> str:
    if not isinstance(name, str) or not pattern.fullmatch(name) or len(name) > longest:
        raise InputError(
            "bad-name",
            f"no {what} can have this name",
            expected=f"{expected}, at most {longest} characters",
            got=repr(name)[:80],
        )
    return name
