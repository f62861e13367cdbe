"""``service.validation``: the input rules of an entity, and their tests."""

from __future__ import annotations

from ..columns import Column, Role
from ..service import Resource, Service
from ..source import bracketed, exploded, imports, literal, string_tuple
from ..work import Work
from .samples import fixed_json, needs_datetime, wrong_json

_KINDS = {
    "integer": "rules.Integer()",
    "number": "rules.Number()",
    "boolean": "rules.Boolean()",
    "date": "rules.Date()",
    "datetime": "rules.DateTime()",
}


def files(work: Work) -> dict[str, str]:
    """Return the rules of the entity, and their tests."""
    service, resource = work.service, work.require_resource()
    return {
        f"{service.package}/validation/{resource.module}.py": _rules_text(service, resource),
        f"tests/test_validation_{resource.snake}.py": _tests_text(service, resource),
    }


def _rules_text(service: Service, resource: Resource) -> str:
    plural = resource.plural.replace("_", " ")
    text = f'"""The rules for {plural}."""\n\nfrom __future__ import annotations\n\n'
    text += "from collections.abc import Mapping\n\nfrom .. import rules\n\n"
    for column in resource.inputs:
        if column.choices and not column.references:
            text += string_tuple(f"{_choices_name(column)} = ", column.choices, "")
    if not text.endswith("\n\n"):
        text += "\n"
    fields = [_field(service, column) for column in resource.inputs]
    text += exploded("FIELDS: Mapping[str, rules.Field] = {", fields, "}")
    text += '"""What clients fill."""\n\n'
    others = [_field(service, column) for column in resource.columns if column.role is not Role.INPUT]
    text += exploded("READ_ONLY: Mapping[str, rules.Field] = {", others, "}")
    return text + '"""What the service fills, the key first."""\n'


def _choices_name(column: Column) -> str:
    return f"{column.name.upper()}_CHOICES"


def _field(service: Service, column: Column) -> str:
    arguments = [_kind(service, column)]
    if column.is_required or column.role is not Role.INPUT:
        arguments.append("is_required=True")
    if column.is_secret:
        arguments.append("is_write_only=True")
    if column.attribute != column.name:
        arguments.append(f"attribute={literal(column.attribute)}")
    return bracketed(f"{literal(column.name)}: rules.Field(", arguments, "),", depth=1).strip()[:-1]


def _kind(service: Service, column: Column) -> str:
    kind = service.key_type(column)
    if kind in _KINDS:
        return _KINDS[kind]
    if kind == "enum":
        return f"rules.Choice({_choices_name(column)})"
    arguments = []
    if column.max_length is not None and not column.references:
        arguments.append(f"max_length={column.max_length}")
    if column.is_required and not column.references:
        arguments.append("min_length=1")
    return f"rules.Text({', '.join(arguments)})"


def _tests_text(service: Service, resource: Resource) -> str:
    good = {column.name: fixed_json(service, column) for column in resource.inputs}
    data = [f"{literal(name)}: {value[0]}" for name, value in good.items()]
    values = [f"{literal(column.attribute)}: {good[column.name][1]}" for column in resource.inputs]
    wrong = [
        f"({literal(column.name)}, {value}, {literal(word)})"
        for column in resource.inputs
        for value, word in wrong_json(service, column)
    ]
    required = [literal(column.name) for column in resource.inputs if column.is_required]
    text = f'"""The rules for {resource.plural.replace("_", " ")}."""\n\nfrom __future__ import annotations\n\n'
    if needs_datetime(values):
        text += "import datetime as dt\n"
    text += "from typing import Any\n\nimport pytest\n\n"
    text += imports(
        f"from {service.package}.rules import InvalidInput, validate",
        f"from {service.package}.validation.{resource.module} import FIELDS",
    )
    text += "\n" + exploded("GOOD: dict[str, Any] = {", data, "}")
    text += "\n\ndef test_good_data_is_taken() -> None:\n"
    text += exploded('assert validate(GOOD, FIELDS, "create") == {', values, "}", depth=1)
    text += _COMMON
    if required:
        text += "\n\ndef test_required_fields_must_be_there() -> None:\n"
        text += exploded("required = {", required, "}", depth=1)
        text += '    assert errors_of({}) == dict.fromkeys(required, "is required")\n'
    if wrong:
        parameters = exploded("[", wrong, "],", depth=1)
        text += (
            '\n\n@pytest.mark.parametrize(\n    ("field", "value", "message"),\n' + parameters + ")\n" + _WRONG
        )
    return text


_COMMON = '''

def test_unknown_fields_are_refused() -> None:
    assert errors_of(GOOD | {"no such field": 1}) == {"no such field": "is not known"}


@pytest.mark.parametrize("data", [None, [], "text", 7])
def test_only_objects_are_taken(data: object) -> None:
    assert errors_of(data) == {"": "must be a JSON object"}


def test_a_change_needs_no_field() -> None:
    assert validate({}, FIELDS, "modify") == {}


def errors_of(data: object) -> dict[str, str]:
    """Return what is wrong with data, by field."""
    with pytest.raises(InvalidInput) as caught:
        validate(data, FIELDS, "create")
    return {error.field: error.message for error in caught.value.errors}
'''

_WRONG = """def test_wrong_values_are_refused(field: str, value: object, message: str) -> None:
    errors = errors_of(GOOD | {field: value})
    assert set(errors) == {field}
    assert message in errors[field]
"""
