"""JSON Schema of what the validators of attrs refuse: bounds, patterns, lengths and choices. Pure.

Only validators that are attrs' own can be told; a function of a record's own says so by the field's metadata
(``{"schema": {…}}``), or only when it refuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ATTRS = "attr."
_BOUNDS: Mapping[str, str] = {
    ">=": "minimum",
    ">": "exclusiveMinimum",
    "<=": "maximum",
    "<": "exclusiveMaximum",
}
_LENGTHS: Mapping[str, tuple[str, str]] = {
    "string": ("minLength", "maxLength"),
    "array": ("minItems", "maxItems"),
    "object": ("minProperties", "maxProperties"),
}


def validator_schema(validator: Any, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keywords that a field's validator adds to the `schema` of the field's type."""
    if not type(validator).__module__.startswith(_ATTRS):
        return {}
    found: dict[str, Any] = {}
    for part in getattr(validator, "_validators", ()):  # several
        found |= validator_schema(part, schema)
    if hasattr(validator, "validator"):  # of what is not None: these keywords let None pass
        found |= validator_schema(validator.validator, schema)
    kinds = {part.get("type") for part in (schema, *schema.get("anyOf", ()))}
    if hasattr(validator, "compare_op") and kinds & {"integer", "number"}:
        found[_BOUNDS[validator.compare_op]] = validator.bound
    if hasattr(validator, "pattern") and validator.match_func.__name__ == "fullmatch":
        found["pattern"] = f"^(?:{validator.pattern.pattern})$"
    for kind in kinds & set(_LENGTHS):
        least, most = _LENGTHS[kind]
        if hasattr(validator, "min_length"):
            found[least] = validator.min_length
        if hasattr(validator, "max_length"):
            found[most] = validator.max_length
    if hasattr(validator, "options") and isinstance(validator.options, list | tuple) and None not in kinds:
        found["enum"] = list(validator.options)
    return found
