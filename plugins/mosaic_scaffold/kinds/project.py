"""``service.project``: what a service has before it keeps anything."""

from __future__ import annotations

from ..rendering import render
from ..work import Work

_PACKAGES = {
    "models": "What the service keeps: one module an entity.",
    "resources": "What the service answers: one module of routes an entity.",
    "validation": "What the service accepts: one module of rules an entity.",
}


def files(work: Work) -> dict[str, str]:
    """Return the project: its configuration, the application factory, problems and rules."""
    service, package = work.service, work.service.package
    texts = {
        "pyproject.toml": render("pyproject.toml", service),
        ".gitignore": render("gitignore", service),
        "README.md": render("README.md", service),
        f"{package}/__init__.py": render("application.py", service),
        f"{package}/py.typed": "",
        "tests/__init__.py": '"""The tests of the service."""\n',
        "tests/conftest.py": render("conftest.py", service),
        "tests/test_project.py": render("test_project.py", service),
    }
    for module in ("discovery", "health", "problems", "rules"):
        texts[f"{package}/{module}.py"] = render(f"{module}.py", service)
    for name, summary in _PACKAGES.items():
        texts[f"{package}/{name}/__init__.py"] = f'"""{summary}"""\n'
    return texts
