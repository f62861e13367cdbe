"""The tests of an entity's table: what it keeps, and what it refuses."""

from __future__ import annotations

from ..columns import Role
from ..service import Resource, Service
from ..source import bracketed, imports, literal


def model_tests_text(service: Service, resource: Resource) -> str:
    """Return the module ``tests/test_model_ENTITY.py``."""
    snake, key = resource.snake, resource.key.attribute
    tests = [
        (
            f"def test_{snake}_is_kept(session: orm.Session) -> None:\n"
            f"    row = make_{snake}(session)\n"
            "    session.expire_all()\n"
            f"    assert session.get({resource.name}, row.{key}) is row\n"
            f"    assert row.to_dict()[{literal(resource.key.name)}] == row.{key}\n"
        )
    ]
    tests += _automatic(resource)
    tests += _secret(resource)
    tests += _required(service, resource)
    tests += _unique(service, resource)
    tests += _references(service, resource)
    body = "\n\n".join(tests)
    return _head(service, resource, body) + "\n\n" + body


def _head(service: Service, resource: Resource, body: str) -> str:
    others = ["from sqlalchemy import orm"]
    if "pytest." in body:
        others.append("import pytest")
    if "sa." in body:
        others.append("import sqlalchemy as sa")
    own = [
        f"from {service.package}.models.{resource.module} import {resource.name}",
        f"from tests.factories.{resource.module} import make_{resource.snake}",
    ]
    for column in resource.references:
        target = service.resources[column.references]
        if f"make_{target.snake}(" in body and target is not resource:
            own.append(f"from tests.factories.{target.module} import make_{target.snake}")
    title = f'"""The table of {resource.plural.replace("_", " ")}."""\n\n'
    return f"{title}from __future__ import annotations\n\n{imports(*others)}\n{imports(*own)}"


def _automatic(resource: Resource) -> list[str]:
    columns = [column for column in resource.columns if column.role is Role.AUTOMATIC]
    if not columns:
        return []
    text = f"def test_{resource.snake}_knows_its_moments(session: orm.Session) -> None:\n"
    text += f"    row = make_{resource.snake}(session)\n    session.refresh(row)\n"
    for column in columns:
        text += f"    assert row.{column.attribute}.tzinfo is not None\n"
    return [text]


def _secret(resource: Resource) -> list[str]:
    tests = []
    for column in resource.columns:
        if not column.is_secret:
            continue
        name = column.attribute
        text = f"def test_{column.name}_is_kept_as_a_hash(session: orm.Session) -> None:\n"
        text += f"    row = make_{resource.snake}(session)\n"
        text += f'    row.{name} = "open sesame"\n'
        text += f'    assert row.has_{name}("open sesame")\n'
        text += f'    assert not row.has_{name}("open barley")\n'
        text += f'    assert row.{column.stored} != "open sesame"\n'
        text += f"    assert {literal(column.name)} not in row.to_dict()\n"
        text += f"    with pytest.raises(AttributeError):\n        _ = row.{name}\n"
        tests.append(text)
    return tests


def _required(service: Service, resource: Resource) -> list[str]:
    return [
        (
            f"def test_{column.name}_is_required(session: orm.Session) -> None:\n"
            f"    with pytest.raises(sa.exc.IntegrityError):\n"
            + bracketed(f"make_{resource.snake}(", ["session", f"{column.stored}=None"], ")", depth=2)
        )
        for column in resource.inputs
        if column.is_required
    ]


def _unique(service: Service, resource: Resource) -> list[str]:
    tests = []
    for column in resource.inputs:
        if column.is_unique:
            text = f"def test_{column.name}_is_unique(session: orm.Session) -> None:\n"
            given = ["session"]
            if column.references and not column.is_required:
                target = service.resources[column.references]
                text += f"    other = make_{target.snake}(session)\n"
                given.append(f"{column.attribute}=other.{target.key.attribute}")
            text += bracketed(f"row = make_{resource.snake}(", given, ")", depth=1)
            text += "    with pytest.raises(sa.exc.IntegrityError):\n"
            again = ["session", f"{column.attribute}=row.{column.attribute}"]
            tests.append(text + bracketed(f"make_{resource.snake}(", again, ")", depth=2))
    return tests


def _references(service: Service, resource: Resource) -> list[str]:
    tests = []
    for column in resource.references:
        target = service.resources[column.references]
        nothing = "-1" if target.key.type == "integer" else '"nothing"'
        text = f"def test_{column.name}_refers(session: orm.Session) -> None:\n"
        text += "    with pytest.raises(sa.exc.IntegrityError):\n"
        text += bracketed(f"make_{resource.snake}(", ["session", f"{column.attribute}={nothing}"], ")", depth=2)
        text += "    session.rollback()\n"
        text += f"    target = make_{target.snake}(session)\n"
        given = ["session", f"{column.attribute}=target.{target.key.attribute}"]
        text += bracketed(f"make_{resource.snake}(", given, ")", depth=1)
        text += "    session.delete(target)\n"
        text += "    with pytest.raises(sa.exc.IntegrityError):\n        session.commit()\n"
        tests.append(text)
    return tests
