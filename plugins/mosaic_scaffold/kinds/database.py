"""``service.database``: the engine, the session of a request, and what routes ask of them."""

from __future__ import annotations

from ..rendering import render
from ..work import Work


def files(work: Work) -> dict[str, str]:
    """Return the database module, the queries over it, and their tests."""
    service, package = work.service, work.service.package
    return {
        f"{package}/database.py": render("database.py", service),
        f"{package}/queries.py": render("queries.py", service),
        "tests/factories/__init__.py": '"""Rows and payloads for tests: one module an entity."""\n',
        "tests/test_database.py": render("test_database.py", service),
    }
