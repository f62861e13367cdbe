"""The examples of the how-to page run as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "test-a-plugin.md"
PLUGIN = '''
import attrs

from mosaic_hookspecs import Operation, OperationKind, hookimpl


@attrs.frozen(kw_only=True)
class Greet:
    """Whom to greet."""

    name: str


@attrs.frozen(kw_only=True)
class Greeting:
    """What to say."""

    text: str


class GreeterPlugin:
    """Greets."""

    @attrs.frozen(kw_only=True)
    class Config:
        """Its configuration."""

        word: str = "Hello"

    @hookimpl
    def mosaic_operations(self, context):
        async def greet(data, call):
            return Greeting(text=f"{context.config.word}, {data.name}!")

        return [
            Operation(
                name="greeter.greet",
                kind=OperationKind.QUERY,
                input=Greet,
                output=Greeting,
                handler=greet,
                permission="greeter:read",
                summary="Greet somebody.",
            )
        ]
'''


def blocks():
    return re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_the_examples_pass(tmp_path):
    (tmp_path / "my_plugin").mkdir()
    (tmp_path / "my_plugin" / "__init__.py").write_text("")
    (tmp_path / "my_plugin" / "plugin.py").write_text(PLUGIN)
    (tmp_path / "pytest.ini").write_text("[pytest]\ntrio_mode = true\nfilterwarnings = error\n")
    conftest, *tests = blocks()
    (tmp_path / "conftest.py").write_text(conftest)
    for number, code in enumerate(tests):
        assert "async def test_" in code
        (tmp_path / f"test_example_{number}.py").write_text(code)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


def test_the_page_names_every_fixture_and_kit():
    from mosaic_testing import pytest_plugin

    text = PAGE.read_text(encoding="utf-8")
    internal = {"mosaic_tested", "mosaic_contract", "mosaic_opened", "mosaic_provider"}
    fixtures = [name for name in vars(pytest_plugin) if name.startswith("mosaic_")]
    assert len(fixtures) > 8
    for name in set(fixtures) - internal:
        assert f"`{name}" in text, name
    here = Path(pytest_plugin.__file__).parent
    from mosaic_hookspecs import PORTS

    for port in PORTS:
        assert (here / f"{port}.py").is_file(), port
        assert f"| `{port}` |" in text, port
