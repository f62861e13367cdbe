"""Phase two for services: the work that leads from a blueprint to a running Python service.

Owns the layout's contract with agents that build from blueprints: which file each kind of work makes,
and the check by which it is accepted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs.blueprint import Blueprint, Endpoint, Entity
from mosaic_hookspecs.checks import Check
from mosaic_hookspecs.plan import Assumption

from ..reading.names import snake, words
from .blueprints import ACTIONS
from .outline import Section, WorkItem

_PYTEST = "{python} -m pytest -q -p no:cacheprovider"


def pytest_check(file: str = "") -> Check:
    """Return the check that runs one test file, or the whole suite."""
    name = f"tests pass: {file}" if file else "the whole suite passes"
    return Check(name=name, parameters={"run": f"{_PYTEST} {file}".strip()})


@attrs.frozen(kw_only=True)
class ServiceWork:
    """The sections of a service, and the keys by which other work refers to them."""

    before: Section
    entities: Sequence[Section]
    after: Section


def service_work(blueprint: Blueprint, assumed: Mapping[str, Sequence[Assumption]]) -> ServiceWork:
    """Lay out all work of a blueprint. Endpoints with the action ``custom`` are not in it."""
    maker = _Maker(blueprint)
    whole = assumed.get("", ())
    return ServiceWork(
        before=Section(title="Foundation", parts=(maker.project(whole), maker.database())),
        entities=tuple(maker.entity(entity, assumed.get(entity.name, ())) for entity in blueprint.entities),
        after=Section(title="Release", parts=(maker.openapi(), maker.server(), maker.documentation())),
    )


def endpoint_key(endpoint: Endpoint) -> str:
    """Return the key of the work that builds an endpoint."""
    return f"endpoint:{endpoint.method} {endpoint.path}"


def _told(endpoint: Endpoint) -> str:
    """Say what a route does, and what it answers where there is nothing to do it to."""
    if endpoint.action not in ("get", "update", "delete"):
        return endpoint.summary
    refusal = "Answers 404 for a record that does not exist."
    return f"{endpoint.summary.rstrip('.')}. {refusal}" if endpoint.summary else refusal


class _Maker:
    def __init__(self, blueprint: Blueprint) -> None:
        self._blueprint = blueprint
        self._data = blueprint.to_data()
        self._package = blueprint.package
        names = {entity.name for entity in blueprint.entities}
        position = {entity.name: index for index, entity in enumerate(blueprint.entities)}
        self._targets = {
            entity.name: [
                name
                for name in dict.fromkeys(field.references for field in entity.fields)
                if name in names and position[name] < position[entity.name]
            ]
            for entity in blueprint.entities
        }

    def _item(  # noqa: PLR0913 - one argument a fact of the item
        self, key: str, kind: str, title: str, minutes: int, test: str, after: Sequence[str], **more: Any
    ) -> WorkItem:
        work = {"kind": kind, "package": self._package, "blueprint": self._data, **more.pop("work", {})}
        checks = (*more.pop("checks", ()), *((pytest_check(f"tests/{test}"),) if test else ()))
        owns = [name for name in (*more.pop("owns", ()), f"tests/{test}" if test else "") if name]
        return WorkItem(
            key=key,
            title=title,
            minutes=minutes,
            after=after,
            labels=(kind,),
            work=work,
            checks=checks,
            owns=owns,
            **more,
        )

    def project(self, assumptions: Sequence[Assumption]) -> WorkItem:
        title = f"Lay out the package {self._package} with its application factory"
        owns = ("pyproject.toml", f"{self._package}/__init__.py")
        text = (
            "The foundation: package, a factory `create_app` that finds every resource, settings, a first test."
        )
        return self._item(
            "project",
            "service.project",
            title,
            20,
            "test_project.py",
            (),
            owns=owns,
            brief="project",
            description=text,
            assumptions=assumptions,
        )

    def database(self) -> WorkItem:
        title = "Set up the database: engine, sessions, schema creation"
        text = "SQLite by default; the schema is created from the models at the start; data survives a restart."
        return self._item(
            "database",
            "service.database",
            title,
            20,
            "test_database.py",
            ("project",),
            owns=(f"{self._package}/database.py",),
            brief="database",
            description=text,
        )

    def entity(self, entity: Entity, assumptions: Sequence[Assumption]) -> Section:
        name, noun, many = entity.name, " ".join(words(entity.name)), entity.plural.replace("_", " ")
        file = snake(name)
        targets = self._targets[name]
        fields = ", ".join(field.name for field in entity.fields)
        work = {"work": {"entity": name}}
        model = self._item(
            f"model:{name}",
            "service.model",
            f"Define the table of {many}",
            20,
            f"test_model_{file}.py",
            ("database", *(f"model:{target}" for target in targets)),
            owns=(f"{self._package}/models/{file}.py", f"table:{entity.plural}"),
            brief=f"{noun} model",
            description=f"Fields: {fields}.",
            assumptions=assumptions,
            **work,
        )
        rules = self._item(
            f"validation:{name}",
            "service.validation",
            f"Validate input for {many}",
            20,
            f"test_validation_{file}.py",
            (f"model:{name}",),
            owns=(f"{self._package}/validation/{file}.py",),
            brief=f"{noun} validation",
            description="Types, required fields, lengths and choices; every error is reported with its field.",
            **work,
        )
        endpoints = self._endpoints(entity)
        parts: list[Section | WorkItem] = [Section(title=f"Data of {many}", parts=(model, rules))]
        if endpoints:
            last = endpoints[-1].key
            above = [keys[-1].key for target in targets if (keys := self._endpoints(self._entity(target)))]
            tests = self._item(
                f"tests:{name}",
                "service.tests",
                f"Test the whole life of {many} over HTTP",
                25,
                f"test_{entity.plural}.py",
                (last, *above),
                brief=f"{noun} life test",
                description="Create, read, change and delete, and every refusal between.",
                **work,
            )
            reading = [item for item in endpoints if "GET" in item.brief]
            writing = [item for item in endpoints if item not in reading]
            parts += [
                Section(title=f"Reading {many}", parts=reading),
                Section(title=f"Writing {many}", parts=(*writing, tests)),
            ]
        return Section(title=f"{many[:1].upper()}{many[1:]}", parts=tuple(parts))

    def _entity(self, name: str) -> Entity:
        return next(entity for entity in self._blueprint.entities if entity.name == name)

    def _endpoints(self, entity: Entity) -> list[WorkItem]:
        own = [each for each in self._blueprint.endpoints if each.entity == entity.name]
        found = sorted(
            (each for each in own if each.action in ACTIONS), key=lambda each: ACTIONS.index(each.action)
        )
        items: list[WorkItem] = []
        actions: list[str] = []
        for endpoint in found:
            after = items[-1].key if items else f"validation:{entity.name}"
            items.append(self._endpoint(entity, endpoint, after, is_again=endpoint.action in actions))
            actions.append(endpoint.action)
        return items

    def _endpoint(self, entity: Entity, endpoint: Endpoint, after: str, *, is_again: bool) -> WorkItem:
        owns = [f"route:{endpoint.method} {endpoint.path}"]
        if after.startswith("validation:"):
            owns.append(f"{self._package}/resources/{entity.plural}.py")
        test = f"test_{entity.plural}_{endpoint.action}.py"
        item = self._item(
            endpoint_key(endpoint),
            "service.endpoint",
            f"Serve {endpoint.method} {endpoint.path}",
            25 if endpoint.action in ("create", "update") else 15,
            test,
            (after,),
            owns=owns,
            brief=f"{endpoint.method} {endpoint.path}",
            description=_told(endpoint),
            work={
                "method": endpoint.method,
                "path": endpoint.path,
                "entity": entity.name,
                "action": endpoint.action,
            },
        )
        return (
            attrs.evolve(item, owns=[name for name in item.owns if name != f"tests/{test}"])
            if is_again
            else item
        )

    def _ends(self) -> list[str]:
        ends = []
        for entity in self._blueprint.entities:
            items = self._endpoints(entity)
            ends.append(items[-1].key if items else f"validation:{entity.name}")
        return ends

    def openapi(self) -> WorkItem:
        return self._item(
            "openapi",
            "service.openapi",
            "Publish the OpenAPI 3.1 document",
            25,
            "test_openapi.py",
            self._ends(),
            owns=(f"{self._package}/openapi.py",),
            brief="OpenAPI",
            description="Every route, with its schemas and refusals, served as JSON.",
        )

    def server(self) -> WorkItem:
        live: dict[str, Any] = {
            "argv": ["{python}", "-m", self._package, "--port", "{port}"],
            "path": "/health",
            "status": 200,
        }
        tests = [f"tests:{entity.name}" for entity in self._blueprint.entities if self._endpoints(entity)]
        return self._item(
            "server",
            "service.server",
            f"Serve with python -m {self._package}",
            20,
            "",
            ("openapi", *tests),
            owns=(f"{self._package}/__main__.py", "route:GET /health", "tests/test_server.py"),
            brief="server",
            description="A live server answers on loopback, and every test passes together, as for a release.",
            checks=(
                Check(name="a live server answers", uses="http", parameters=live, timeout_seconds=60.0),
                attrs.evolve(pytest_check(), timeout_seconds=600.0),
            ),
        )

    def documentation(self) -> WorkItem:
        check = Check(
            name="README names every endpoint",
            parameters={"run": f"{{python}} -m {self._package} --check-readme"},
        )
        return self._item(
            "documentation",
            "service.documentation",
            "Document set-up, running, testing and every endpoint",
            20,
            "",
            ("server",),
            owns=("README.md",),
            brief="README",
            description="The README leads from a clone to a running service.",
            checks=(check,),
        )
