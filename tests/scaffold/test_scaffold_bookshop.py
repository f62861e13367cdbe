"""The whole bookshop: built once, then tested, served, linted and built again."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from scaffold_blueprints import BOOKSHOP, work_items
from scaffold_fakes import attempt, build_all, run, tree


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return build_all(tmp_path_factory.mktemp("shop"), work_items(BOOKSHOP))


@pytest.fixture
def ask(shop, tmp_path):
    """Serve the shop, and return a function that asks it: (method, path, body) -> (status, body)."""
    with subprocess.Popen(
        [sys.executable, "-m", "bookshop", "--port", "0", "--database", str(tmp_path / "shop.db")],
        cwd=shop,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        address = process.stdout.readline().removeprefix("Serving on ").strip()

        def request(method, path, body=None):
            data = None if body is None else json.dumps(body).encode()
            headers = {"Content-Type": "application/json"} if data else {}
            question = urllib.request.Request(address + path, data, headers, method=method)
            try:
                with urllib.request.urlopen(question, timeout=20) as response:
                    text = response.read()
                    return response.status, json.loads(text) if text else None
            except urllib.error.HTTPError as error:
                refusal = error
            with refusal:
                assert refusal.headers["Content-Type"] == "application/problem+json"
                return refusal.code, json.loads(refusal.read())

        try:
            yield request
        finally:
            process.terminate()
            process.wait(timeout=20)


def test_its_own_tests_pass(shop):
    result = run(shop, "pytest", "-q", "-p", "no:cacheprovider")
    assert result.returncode == 0, result.stdout[-3000:]
    assert "failed" not in result.stdout


def test_its_source_is_clean(shop):
    lint = run(shop, "ruff", "check", "--no-cache", "--select", "E,F,I,UP,B,SIM", ".")
    assert lint.returncode == 0, lint.stdout
    style = run(shop, "ruff", "format", "--no-cache", "--diff", ".")
    assert style.returncode == 0, style.stdout


def test_the_readme_names_every_route(shop):
    assert run(shop, "bookshop", "--check-readme").returncode == 0
    readme = shop / "README.md"
    text = readme.read_text()
    readme.write_text(text.replace("DELETE /api/books/{id}", "nothing"))
    try:
        result = run(shop, "bookshop", "--check-readme")
    finally:
        readme.write_text(text)
    assert (result.returncode, result.stderr) == (1, "README.md does not name DELETE /api/books/{id}\n")


def test_the_same_work_makes_the_same_bytes_and_nothing_twice(shop, tmp_path):
    items = work_items(BOOKSHOP)
    other = build_all(tmp_path, items)
    assert tree(other) == tree(shop)
    for item in items[2:-1]:
        result, journal = attempt(other, item)
        assert result.outputs == {"files": []}, item
        assert "nothing to write" in journal


def test_endpoints_in_another_order_end_in_the_same_tree(shop, tmp_path):
    items = work_items(BOOKSHOP)
    endpoints = [item for item in items if item["kind"] == "service.endpoint"]
    turned = [item if item not in endpoints else endpoints[-1 - endpoints.index(item)] for item in items]
    assert tree(build_all(tmp_path, turned)) == tree(shop)


def test_a_live_server_keeps_what_it_is_told(ask):
    assert ask("GET", "/health") == (200, {"status": "ok"})
    status, author = ask("POST", "/api/authors", {"name": "Ada", "born_on": "1815-12-10"})
    assert status == 201
    book = {"title": "Notes", "price": 7, "author_id": author["id"], "isbn": "1"}
    status, stored = ask("POST", "/api/books", book)
    assert (status, stored["price"], stored["pages"]) == (201, 7.0, None)
    assert ask("GET", f"/api/books/{stored['id']}") == (200, stored)
    assert ask("GET", f"/api/books?author_id={author['id']}&sort=-title")[1]["total"] == 1
    assert ask("GET", "/api/books?author_id=77")[1]["items"] == []
    status, changed = ask("PATCH", f"/api/books/{stored['id']}", {"pages": 12})
    assert (status, changed["pages"], changed["title"]) == (200, 12, "Notes")
    assert changed["updated_at"] > stored["updated_at"]
    status, replaced = ask("PUT", f"/api/books/{stored['id']}", book)
    assert (status, replaced["pages"]) == (200, None)
    assert ask("DELETE", f"/api/authors/{author['id']}")[0] == 409
    assert ask("DELETE", f"/api/books/{stored['id']}") == (204, None)
    assert ask("DELETE", f"/api/authors/{author['id']}") == (204, None)


def test_a_live_server_refuses_what_it_must(ask):
    status, problem = ask("POST", "/api/books", {"title": "x" * 201, "price": "much", "author_id": 5, "x": 1})
    assert status == 422
    assert {error["field"] for error in problem["errors"]} == {"title", "price", "x"}
    assert ask("POST", "/api/books", {"title": "A", "price": 1, "author_id": 5})[0] == 422
    user = {"email": "a@example.com", "password": "secret"}
    status, stored = ask("POST", "/api/users", user)
    assert status == 201
    assert set(stored) == {"id", "email", "created_at", "updated_at"}
    assert ask("POST", "/api/users", user)[0] == 409
    assert ask("GET", "/api/books/99999999999999999999999")[0] == 404
    assert ask("GET", "/api/orders?status=lost")[0] == 422
    assert ask("PUT", "/api/users/1", {"email": "\ud800"})[0] == 422


def test_the_openapi_document_describes_every_endpoint(ask):
    from jsonschema import Draft202012Validator

    status, document = ask("GET", "/openapi.json")
    assert status == 200
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    wanted = {(endpoint.method, endpoint.path) for endpoint in BOOKSHOP.endpoints}
    assert described == wanted | {("GET", "/health"), ("GET", "/openapi.json")}
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    assert schemas["BookInput"]["required"] == ["title", "price", "author_id"]
    assert "password" not in schemas["User"]["properties"]
    assert schemas["UserInput"]["properties"]["password"]["writeOnly"] is True
    create = document["paths"]["/api/books"]["post"]
    assert set(create["responses"]) == {"201", "400", "409", "413", "415", "422"}
