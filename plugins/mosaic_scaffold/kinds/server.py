"""``service.server``: the command that serves the application."""

from __future__ import annotations

from ..rendering import render
from ..work import Work


def files(work: Work) -> dict[str, str]:
    """Return the package's command line and its tests."""
    return {
        f"{work.service.package}/__main__.py": render("main.py", work.service),
        "tests/test_server.py": render("test_server.py", work.service),
    }
