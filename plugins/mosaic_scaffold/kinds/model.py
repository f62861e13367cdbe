"""``service.model``: the table of an entity, a factory of rows for tests, and the table's tests."""

from __future__ import annotations

from ..columns import Column, Role
from ..service import Resource, Service
from ..source import bracketed, exploded, imports, literal, string_tuple
from ..work import Work
from .factory import factory_text
from .model_tests import model_tests_text

_PYTHON_TYPES = {
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "date": "dt.date",
    "datetime": "dt.datetime",
}


def files(work: Work) -> dict[str, str]:
    """Return the model of the entity, its factory and its tests.

    Models that refer to each other in a circle cannot stand alone: each of them brings the others.
    """
    service, resource = work.service, work.require_resource()
    texts = {}
    for name in service.circle(resource.name):
        other = service.resources[name]
        texts[f"{service.package}/models/{other.module}.py"] = model_text(service, other)
        texts[f"tests/factories/{other.module}.py"] = factory_text(service, other)
    texts[f"tests/test_model_{resource.snake}.py"] = model_tests_text(service, resource)
    return texts


def model_text(service: Service, resource: Resource) -> str:
    """Return the module of an entity's model."""
    text = f'"""The table of {resource.plural.replace("_", " ")}."""\n\n'
    text += "from __future__ import annotations\n\n"
    text += _imports(service, resource) + "\n"
    for column in resource.inputs:
        if column.choices and not column.references:
            text += string_tuple(f"{choices_name(column)} = ", column.choices, "")
    if text[-2:] != "\n\n":
        text += "\n"
    text += f"\nclass {resource.name}(database.Base):\n"
    text += f'    """{resource.article.capitalize()}, as the database keeps it."""\n\n'
    text += f"    __tablename__ = {literal(resource.plural)}\n\n"
    text += "".join(_column_text(service, resource, column) for column in resource.columns)
    for column in resource.columns:
        if column.is_secret:
            text += _secret_text(column)
    text += "\n    def to_dict(self) -> dict[str, Any]:\n"
    text += f'        """Return the {resource.words} as JSON data."""\n'
    shown = [column for column in resource.columns if not column.is_secret]
    return text + exploded("return {", _pairs(service, shown), "}", depth=2)


def choices_name(column: Column) -> str:
    """Return the name of the constant that holds an enum's choices."""
    return f"{column.name.upper()}_CHOICES"


def _imports(service: Service, resource: Resource) -> str:
    types = {service.key_type(column) for column in resource.columns}
    standard = ["from typing import Any"]
    if types & {"date", "datetime"}:
        standard.append("import datetime as dt")
    if resource.key.type == "string":
        standard.append("import uuid")
    others = ["from sqlalchemy import orm"]
    body = "".join(_column_text(service, resource, column) for column in resource.columns)
    if "sa." in body:
        others.append("import sqlalchemy as sa")
    if any(column.is_secret for column in resource.columns):
        others.append("from werkzeug.security import check_password_hash, generate_password_hash")
    return imports(*standard) + "\n" + imports(*others) + "\nfrom .. import database\n"


def _column_text(service: Service, resource: Resource, column: Column) -> str:
    kind = service.key_type(column)
    python_type = _PYTHON_TYPES.get(kind, "str")
    is_always = column.role is not Role.INPUT or column.is_required
    annotation = python_type if is_always else f"{python_type} | None"
    arguments = []
    if column.stored != column.name and not column.is_secret:
        arguments.append(literal(column.name))
    if column.references:
        arguments.append(_foreign_key(service, resource, column))
    elif (type_text := _type_text(column)) is not None:
        arguments.append(type_text)
    arguments += _options(column)
    opening = f"{column.stored}: orm.Mapped[{annotation}] = orm.mapped_column("
    if not arguments:
        return f"    {column.stored}: orm.Mapped[{annotation}]\n"
    return bracketed(opening, arguments, ")", depth=1)


def _foreign_key(service: Service, resource: Resource, column: Column) -> str:
    target = service.resources[column.references]
    in_circle = target.name != resource.name and target.name in service.circle(resource.name)
    extra = f", use_alter=True, name={literal(f'fk_{resource.plural}_{column.name}')}" if in_circle else ""
    return f"sa.ForeignKey({literal(f'{target.plural}.{target.key.name}')}{extra})"


def _type_text(column: Column) -> str | None:
    if column.is_secret:
        return None
    if column.type in {"string", "text"} and column.max_length:
        return f"sa.String({column.max_length})"
    if column.type == "text":
        return "sa.Text"
    if column.type == "enum":
        return f"database.choice({choices_name(column)})"
    return "database.UtcDateTime" if column.type == "datetime" else None


def _options(column: Column) -> list[str]:
    options = []
    if column.role is Role.KEY:
        options.append("primary_key=True")
        if column.type == "string":
            options.append("default=lambda: str(uuid.uuid4())")
    if column.role is Role.AUTOMATIC:
        options.append("default=database.utc_now")
        if column.is_updated:
            options.append("onupdate=database.utc_now")
    if column.is_unique and column.role is Role.INPUT:
        options.append("unique=True")
    elif column.is_filter:
        options.append("index=True")
    return options


def _secret_text(column: Column) -> str:
    name = column.attribute
    optional = "" if column.is_required else " | None"
    text = f"\n    @property\n    def {name}(self) -> str{optional}:\n"
    text += '        """Refuse: only a hash of it is kept."""\n'
    text += '        raise AttributeError("only a hash is kept")\n'
    text += f"\n    @{name}.setter\n    def {name}(self, value: str{optional}) -> None:\n"
    hashed = "generate_password_hash(value)"
    if not column.is_required:
        hashed = f"None if value is None else {hashed}"
    text += f"        self.{column.stored} = {hashed}\n"
    text += f"\n    def has_{name}(self, value: str) -> bool:\n"
    text += '        """Say whether this is the value whose hash is kept."""\n'
    check = f"check_password_hash(self.{column.stored}, value)"
    if column.is_required:
        return text + f"        return {check}\n"
    text += f"        if self.{column.stored} is None:\n            return False\n"
    return text + f"        return {check}\n"


def _pairs(service: Service, columns: list[Column]) -> list[str]:
    pairs = []
    for column in columns:
        value = f"self.{column.attribute}"
        if service.key_type(column) in {"date", "datetime"}:
            pairs.append(
                bracketed(f"{literal(column.name)}: database.iso(", [value], "),", depth=3).strip()[:-1]
            )
        else:
            pairs.append(f"{literal(column.name)}: {value}")
    return pairs
