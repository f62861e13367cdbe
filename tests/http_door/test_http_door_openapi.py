"""The OpenAPI document and the page on which it is read."""

import re
from urllib.parse import quote

import attrs
import jsonschema
import pytest

from mosaic_hookspecs import Manifest, Operation, OperationKind, hookimpl
from mosaic_http.describing.examples import example_of


@pytest.fixture
async def document(door):
    _, http = door
    return (await http.get("/api/openapi.json")).json()


def entries(document):
    for path, methods in document["paths"].items():
        for method, entry in methods.items():
            yield path, method, entry


def resolved(document, schema):
    if "$ref" not in schema:
        return schema
    found = document
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


async def test_it_is_whole(document):
    assert document["openapi"] == "3.1.0"
    names = [entry["operationId"] for _, _, entry in entries(document)]
    assert len(names) == len(set(names)) > 80
    for path, _, entry in entries(document):
        told = {one["name"] for one in entry["parameters"] if one["in"] == "path"}
        assert told == set(re.findall(r"\{(\w+)\}", path)), path
        assert all(one.get("required") for one in entry["parameters"] if one["in"] == "path")
        assert resolved(document, entry["responses"]["default"])["content"]["application/problem+json"]
        for response in entry["responses"].values():
            for part in resolved(document, response).get("content", {}).values():
                assert resolved(document, part["schema"]) is not None


async def test_its_schemas_are_schemas_and_its_examples_fit(document):
    judge = jsonschema.Draft202012Validator
    for schema in document["components"]["schemas"].values():
        judge.check_schema(schema)
    count = 0
    for path, method, entry in entries(document):
        parts = [entry.get("requestBody", {}).get("content", {}).get("application/json")]
        parts += [one.get("content", {}).get("application/json") for one in entry["responses"].values()]
        for part in parts:
            if part is not None and "example" in part:
                count += 1
                found = list(judge(resolved(document, part["schema"])).iter_errors(part["example"]))
                assert not found, (path, method, found[0])
    assert count > 150


async def test_the_examples_of_commands_are_understood(door, document):
    _, http = door
    for path, method, entry in entries(document):
        body = entry.get("requestBody", {}).get("content", {}).get("application/json")
        if method != "post" or body is None or "x-mosaic-operation" not in entry:
            continue
        if entry["x-mosaic-operation"].split(".")[0] not in ("agent", "file", "message", "task"):
            continue
        target = re.sub(r"\{\w+\}", "nope", path)
        answer = await http.post(target, json=body["example"])
        assert answer.json().get("code") not in ("bad-input", "not-found", "operation-failed"), path


@pytest.mark.parametrize(
    ("schema", "example"),
    [
        ({"type": "array", "items": {"type": "integer"}}, [1]),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, 1.0),
        ({"enum": ["a", "b"]}, "a"),
        ({"type": "object", "properties": {"x": {"type": "boolean"}}}, {"x": False}),
        ({}, {}),
    ],
)
def test_an_example_is_the_plainest_that_fits(schema, example):
    assert example_of(schema) == example


async def test_the_page_needs_no_script_and_no_other_machine(door):
    _, http = door
    answer = await http.get("/api", headers={"accept": "text/html"})
    text = answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<script" not in text
    assert "style=" not in text
    assert re.findall(r'(?:src|href)="(?!/|#|data:)[^"]*"', text) == []
    assert "GET /api/runs/{run_id}" in text
    assert "POST /api/call/{operation}" in text
    style = await http.get("/api/reference.css")
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert "url(" not in style.text


HOSTILE = "<script>alert(1)</script>\" onload='x' {{7*7}} \x1b[31m\u202e"


class HostilePlugin:
    """Says of itself what a browser must not carry out."""

    @hookimpl
    def mosaic_operations(self, context):
        @attrs.frozen(kw_only=True)
        class Input:
            """Input."""

            text: str = attrs.field(default=HOSTILE, metadata={"help": HOSTILE})

        async def echo(data, call):
            return data

        kind = OperationKind.COMMAND
        return [
            Operation(
                name="hostile.echo",
                kind=kind,
                input=Input,
                output=Input,
                handler=echo,
                permission="",
                summary=HOSTILE,
            )
        ]


async def test_what_plugins_say_is_inert(serve, connect):
    given = [("hostile", HostilePlugin(), Manifest(summary=HOSTILE))]
    async with serve(plugins=given) as kernel, connect(kernel) as http:
        text = (await http.get("/api")).text
        assert "hostile.echo" in text
        assert "<script" not in text
        assert "onload='x'" not in text
        for path in (f"/api/{quote(HOSTILE)}", f"/api/runs/{quote(HOSTILE)}"):
            told = await http.get(path, headers={"accept": "text/html"})
            assert told.headers["content-type"] == "application/problem+json"
        echoed = await http.post("/api/hostiles/echo", json={})
        assert echoed.json() == {"text": HOSTILE}
        assert echoed.headers["content-type"] == "application/json"
