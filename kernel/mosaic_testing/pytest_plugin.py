"""The pytest plugin of Mosaic: ``pytest --mosaic-plugin NAME`` runs the conformance kits of a plugin.

Every pytest run of the environment imports this module, so it imports next to nothing itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

_OPTION = "--mosaic-plugin"
_DEADLINE = "--mosaic-seconds"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.getgroup("mosaic").addoption(
        _OPTION,
        metavar="NAME",
        help="Run the conformance kit of every port that this plugin (the name of its entry point) provides.",
    )
    parser.getgroup("mosaic").addoption(
        _DEADLINE,
        metavar="SECONDS",
        type=float,
        default=120.0,
        help="How long a kit's test may keep a provider open before it fails.  [default: 120]",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Collect the kits, in place of the usual paths unless some were named."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
    pytest.register_assert_rewrite(*(f"{__package__}.{name}" for name in names if name != "pytest_plugin"))
    name = config.getoption(_OPTION, default=None)
    if name is None or hasattr(config, "workerinput"):
        return
    from importlib.util import find_spec

    kits = [str(path) for path in kit_files(name)]
    missing = [module for module in ("pytest_trio", "hypothesis") if find_spec(module) is None]
    if missing:
        raise pytest.UsageError(f"the kits need {' and '.join(missing)}: pip install 'mosaic-stack[test]'")
    if not kits:
        raise pytest.UsageError(f"the plugin {name!r} provides no port that has a kit")
    named = config.args_source is pytest.Config.ArgsSource.ARGS
    config.args = [*config.args, *kits] if named else kits


def kit_files(name: str) -> list[Path]:
    """Return the kits of the ports that a plugin's manifest says it provides; imports neither."""
    here = Path(__file__).parent
    files = [here / f"{port}.py" for port in _provided(name)]
    return [file for file in files if file.is_file()]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test of a kit once for every provider that the plugin has for the kit's port."""
    name = metafunc.config.getoption(_OPTION)
    package, _, port = metafunc.module.__name__.rpartition(".")
    if name is not None and package == __package__ and "mosaic_provider" in metafunc.fixturenames:
        providers = _provided(name).get(port, [])
        metafunc.parametrize(
            "mosaic_provider", [(port, provider) for provider in providers], indirect=True, ids=providers
        )


def pytest_itemcollected(item: pytest.Item) -> None:
    """Have pytest-trio run the kits' asynchronous tests, whatever the project around is set to."""
    function = getattr(item, "function", None)
    if function is not None and function.__module__.rpartition(".")[0] == __package__ and _is_async(function):
        item.add_marker(pytest.mark.trio)


def _is_async(function: Any) -> bool:
    import inspect

    return inspect.iscoroutinefunction(function)


def _provided(name: str) -> dict[str, list[str]]:
    """Return the names of the providers that a plugin's manifest announces, by port."""
    ports: dict[str, list[str]] = {}
    for provided in _manifest(name).get("provides", ()):
        if provided.get("name") != "*":  # those have names only where somebody configures them
            ports.setdefault(provided["port"], []).append(provided.get("name") or name)
    return ports


def _manifest(name: str) -> dict[str, Any]:
    from importlib.metadata import entry_points
    from importlib.util import find_spec

    import yaml

    from mosaic_hookspecs.manifest import ENTRY_POINT_GROUP, MANIFEST_FILE

    points = entry_points(group=ENTRY_POINT_GROUP)
    if name not in points.names:
        raise pytest.UsageError(f"no plugin is named {name!r}; there are {', '.join(sorted(points.names))}")
    spec = find_spec(points[name].module.partition(".")[0])
    if spec is None or not spec.submodule_search_locations:
        raise pytest.UsageError(f"the package of the plugin {name!r} is not installed")
    manifest = Path(spec.submodule_search_locations[0]) / MANIFEST_FILE
    fields: dict[str, Any] = yaml.safe_load(manifest.read_text(encoding="utf-8"))[name]
    return fields


@pytest.fixture
def mosaic_provider(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Open the provider that is tested, in a kernel of its own.

    Returns a function of a directory (a fresh one by default), which returns an asynchronous context
    manager: it starts a kernel there with the plugin named by ``--mosaic-plugin``, yields the
    provider of the port that the test's kit is for, and stops the kernel.
    """
    name = request.config.getoption(_OPTION)
    if name is None:
        pytest.fail(f"this is a conformance test; run it with {_OPTION} NAME")
    port, provider = request.param

    seconds = request.config.getoption(_DEADLINE)

    def start(directory: Path | None = None) -> AbstractAsyncContextManager[Any]:
        at = directory or tmp_path_factory.mktemp(f"mosaic-{name}")
        return _bounded(_started(name, port, provider, at), f"{port} {provider}", seconds)

    return start


@asynccontextmanager
async def _bounded(opened: AbstractAsyncContextManager[Any], what: str, seconds: float) -> AsyncIterator[Any]:
    import trio

    with trio.move_on_after(seconds) as scope:
        async with opened as provider:
            yield provider
    if scope.cancelled_caught:
        pytest.fail(f"{what}: the test did not end within {seconds:g} s: a call never returned, or is slow")


@asynccontextmanager
async def _started(name: str, port: str, provider: str, directory: Path) -> AsyncIterator[Any]:
    from mosaic_kernel import Kernel

    settings: dict[str, Any] = {"ports": {port: [provider]}}
    if not _manifest(name).get("needs"):
        settings["allow"] = [name]  # alone, if it can be
    async with Kernel(profile="", directory=directory, settings=settings, environment={}) as kernel:
        yield kernel.port(port).get(provider)
