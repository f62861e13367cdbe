"""Every query gives over REST what it gives on the command line, and the same error."""

import json

import pytest
import trio
from http_door_wire import new_run, until

from invoking import invoke
from mosaic_http.routes import routes_of

_CHANGING = ("now", "sequence", "at", "age", "seconds", "until")
_CALLED = 2
"""How many of the examples are given to the command line too, which takes longer."""
_SLOW = ("headless.presets", "plugins.check")
"""Those that start programs, such as a type checker."""


def still(data):
    """Return data without what changes by itself."""
    if isinstance(data, dict):
        return {name: still(part) for name, part in data.items() if name not in _CHANGING}
    return [still(part) for part in data] if isinstance(data, list) else data


def examples(operation, run, task):
    """Inputs for a query: with what it needs, with nothing, with what it does not know, and of a wrong kind."""
    known = {"run_id": run, "task_id": task, "name": "engine", "id": "nope", "path": "w.yaml", "server": "x"}
    fields = operation["input"].get("properties", {})
    required = {name: known.get(name, "x") for name in operation["input"].get("required", ())}
    optional = {name: known[name] for name in ("run_id", "task_id") if name in fields}
    yield {**required, **optional}
    yield {**required, "no_such_field": "x"}
    yield {}
    number = next((name for name, part in fields.items() if part.get("type") == "integer"), None)
    if number:
        yield {**required, number: "many"}


@pytest.fixture
def project(tmp_path):
    (tmp_path / "w.yaml").write_text('jobs:\n  hello: {steps: [{run: "echo hello"}]}\n')
    return tmp_path


async def ask(http, operation, data):
    route = routes_of(operation["name"], "query", operation["input"])[-1]
    missing = [name for name in route.names if name not in data]
    if missing:
        return await http.post(f"/api/call/{operation['name']}", json=data)
    path = route.template
    rest = {}
    for name, value in data.items():
        if f"{{{name}}}" in path:
            path = path.replace(f"{{{name}}}", str(value))
        else:
            rest[name] = value if isinstance(value, str) else json.dumps(value)
    return await http.get(path, params=rest)


async def test_queries_say_the_same_as_the_command_line(project, serve, connect):
    store = {"ports.storage": "sqlite"}
    async with serve(ports=("http", "control"), **store) as kernel, connect(kernel) as http:
        await until(lambda: kernel.port("transport").get("control").addresses)
        run = (await new_run(http))["run_id"]
        [task] = (await http.get(f"/api/runs/{run}/tasks")).json()["items"]
        views = (await http.get("/api/operations")).json()["operations"]
        queries = [view for view in views if view["kind"] == "query" and view["name"] not in _SLOW]
        assert len(queries) > 30
        statuses = []
        for operation in queries:
            for number, data in enumerate(examples(operation, run, task["task_id"])):
                await require_same(http, operation, data, project if number < _CALLED else None, statuses)
        assert statuses.count(200) > len(queries)
        assert statuses.count(400) > len(queries)


async def require_same(http, operation, data, project, statuses):
    name = operation["name"]
    answer = await ask(http, operation, data)
    again = await http.post(f"/api/call/{name}", json=data)
    assert still(answer.json()) == still(again.json()), name
    statuses.append(answer.status_code)
    if project is None:
        return
    argv = ["call", name, json.dumps(data)]
    code, out, err = await trio.to_thread.run_sync(invoke, argv, project, {"HOME": str(project)})
    told = answer.json()
    if answer.status_code == 200:
        assert (code, still(json.loads(out))) == (0, still(told)), (name, data, err)
    else:
        assert code in (1, 2), (name, data)
        assert f"[{told['code']}]" in err or told["code"] == "os-error", (name, data, err)
        for word in ("what", "expected", "got", "hint"):
            assert told.get(word, "") in err, (name, data, err)
