"""``service.openapi``: the document that describes every route, and the route that serves it."""

from __future__ import annotations

from ..rendering import render
from ..work import Work


def files(work: Work) -> dict[str, str]:
    """Return the module that makes the document, and its tests."""
    return {
        f"{work.service.package}/openapi.py": render("openapi.py", work.service),
        "tests/test_openapi.py": render("test_openapi.py", work.service),
    }
