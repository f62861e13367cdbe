"""The pytest plugin of Mosaic: ``pytest --mosaic-plugin NAME`` runs the conformance kits of a plugin, and
tests of one's own get fixtures, all of whose names begin with ``mosaic_``.

Every pytest run of the environment imports this module, so it imports next to nothing itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mosaic_hookspecs import Storage

    from .clocks import ControlledClock
    from .kernels import KernelFactory
    from .leaks import LeakCheck
    from .opening import OpenKernel, OpenProvider
    from .scripted import ScriptedAgent

_OPTION = "--mosaic-plugin"
_DEADLINE = "--mosaic-seconds"
_EVERY_PLUGIN = "plugin"
_HAS_FAILED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    parser.getgroup("mosaic").addoption(
        _OPTION,
        metavar="NAME",
        help="Run the conformance kits for this plugin (the name of its entry point): the one for every "
        "plugin, and that of each port which it provides.",
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
    named = config.args_source is pytest.Config.ArgsSource.ARGS
    config.args = [*config.args, *kits] if named else kits


def kit_files(name: str) -> list[Path]:
    """Return the kit for every plugin, and those of the ports that a plugin's manifest says it provides.
    Imports neither the kits nor the plugin.
    """
    here = Path(__file__).parent
    files = [here / f"{port}.py" for port in _provided(name)]
    return [here / f"{_EVERY_PLUGIN}.py", *(file for file in files if file.is_file())]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test of a kit once for every provider that the plugin has for the kit's port."""
    name = metafunc.config.getoption(_OPTION)
    package, _, port = metafunc.module.__name__.rpartition(".")
    if name is None or package != __package__ or "mosaic_tested" not in metafunc.fixturenames:
        return
    if port == _EVERY_PLUGIN:
        metafunc.parametrize("mosaic_tested", [("", "", "")], indirect=True, ids=[name])
        return
    providers = _provided(name).get(port, {})
    values = [(port, provider, contract) for provider, contract in providers.items()]
    # Of a module outside of the project pytest does not say the name, so the port stands here.
    metafunc.parametrize("mosaic_tested", values, indirect=True, ids=[f"{port}-{one}" for one in providers])


def pytest_itemcollected(item: pytest.Item) -> None:
    """Have pytest-trio run the kits' asynchronous tests, whatever the project around is set to."""
    function = getattr(item, "function", None)
    if function is not None and function.__module__.rpartition(".")[0] == __package__ and _is_async(function):
        item.add_marker(pytest.mark.trio)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember which tests failed: there is no sense in looking for leaks after that."""
    report = yield
    if report.when == "call":
        item.stash[_HAS_FAILED] = report.failed
    return report


def _is_async(function: Any) -> bool:
    import inspect

    return inspect.iscoroutinefunction(function)


def _provided(name: str) -> dict[str, dict[str, str]]:
    from mosaic_hookspecs.errors import NotFound

    from .manifests import provided_by

    try:
        return provided_by(name)
    except NotFound as error:
        raise pytest.UsageError(error.what) from error


@pytest.fixture
def mosaic_tested(request: pytest.FixtureRequest) -> tuple[str, str, str, str]:
    """The plugin of ``--mosaic-plugin``, and for a port's kit: the port, the provider that is tested, and its
    contract's version.
    """
    name = request.config.getoption(_OPTION)
    if name is None:
        pytest.fail(f"this is a conformance test; run it with {_OPTION} NAME")
    port, provider, contract = getattr(request, "param", ("", "", ""))
    return name, port, provider, contract


@pytest.fixture
def mosaic_contract(request: pytest.FixtureRequest) -> str:
    """The version of the contract that the tested provider is written for; "": the newest."""
    if request.config.getoption(_OPTION) is None:
        return ""
    return str(request.getfixturevalue("mosaic_tested")[3])


@pytest.fixture
def mosaic_settings() -> Mapping[str, Any]:
    """The configuration with which kits start the tested plugin, by dotted keys.

    Override it in the ``conftest.py`` at the root of your project where your plugin needs to be told
    something, or where a port that it needs is to be filled with something else than the kits' choice.
    """
    return {}


@pytest.fixture
def mosaic_opened(
    mosaic_tested: tuple[str, str, str, str],
    mosaic_settings: Mapping[str, Any],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> OpenKernel:
    """Start the tested plugin in a kernel of its own: for kits that need more than the provider.

    Returns a function of a directory (a fresh one by default), further plugins and settings; it returns an
    asynchronous context manager that yields an `Opened`.
    """
    name, port, provider, _ = mosaic_tested
    seconds = request.config.getoption(_DEADLINE)
    label = f"{port} {provider}" if port else name

    def start(
        directory: Path | None = None,
        *,
        plugins: Sequence[Any] = (),
        settings: Mapping[str, Any] | None = None,
    ) -> AbstractAsyncContextManager[Any]:
        from .kernels import open_plugin
        from .manifests import fields_of

        opened = open_plugin(
            name,
            directory or tmp_path_factory.mktemp(f"mosaic-{name}"),
            port=port,
            provider=provider,
            needs=fields_of(name).get("needs", ()),
            plugins=plugins,
            settings={**(settings or {}), **mosaic_settings},
        )
        return _bounded(opened, label, seconds)

    return start


@pytest.fixture
def mosaic_provider(mosaic_opened: OpenKernel) -> OpenProvider:
    """Open the provider that is tested, in a kernel of its own.

    Returns a function of a directory (a fresh one by default), which returns an asynchronous context
    manager: it starts a kernel there with the plugin named by ``--mosaic-plugin``, yields the
    provider of the port that the test's kit is for, and stops the kernel.
    """

    @asynccontextmanager
    async def start(directory: Path | None = None) -> AsyncIterator[Any]:
        async with mosaic_opened(directory) as opened:
            yield opened.provider

    return start


@asynccontextmanager
async def _bounded(opened: AbstractAsyncContextManager[Any], what: str, seconds: float) -> AsyncIterator[Any]:
    import trio

    with trio.move_on_after(seconds) as scope:
        async with opened as provider:
            yield provider
    if scope.cancelled_caught:
        pytest.fail(f"{what}: the test did not end within {seconds:g} s: a call never returned, or is slow")


@pytest.fixture
def mosaic_credentials() -> Any:
    """What the kit of the auth port has to know: override it; see `mosaic_testing.auth`."""
    return None


@pytest.fixture
def mosaic_asked() -> Any:
    """What the kit of the models port may expect an answer to; None: a refusal will do. Override it; see
    `mosaic_testing.models`.
    """
    return None


@pytest.fixture
def mosaic_work() -> Any:
    """The ``work`` of a task that the tested agent does with success; None: the kit guesses. Override it; see
    `mosaic_testing.agents`.
    """
    return None


@pytest.fixture
def mosaic_same_state() -> Callable[[Any, Any], bool]:
    """Whether the state that a plugin exports after a reload is the one from before (`mosaic_testing.plugin`):
    equal, unless you override this, for instance because it holds a time.
    """
    import operator

    return operator.eq


@pytest.fixture
def mosaic_clock() -> ControlledClock:
    """A clock that stands still until it is advanced, for ``Kernel(clock=…)``; see `ControlledClock`."""
    from .clocks import ControlledClock

    return ControlledClock()


@pytest.fixture
def mosaic_leaks(request: pytest.FixtureRequest) -> Iterator[LeakCheck]:
    """A leak check: it fails the test if something that began in it has not ended; see `LeakCheck`. It knows
    the kernels of `mosaic_kernel`.
    """
    from .leaks import LeakCheck

    check = LeakCheck()
    yield check
    if not request.node.stash.get(_HAS_FAILED, True):
        check.check()


@pytest.fixture
def mosaic_kernel(request: pytest.FixtureRequest, tmp_path: Path) -> KernelFactory:
    """Make kernels in `tmp_path`, with only the plugins that are named, and nothing of this machine; see
    `KernelFactory`. With the test's `mosaic_clock` and `mosaic_leaks`, if it asks for them.
    """
    from .kernels import KernelFactory

    def asked_for(name: str) -> Any:
        return request.getfixturevalue(name) if name in request.fixturenames else None

    return KernelFactory(tmp_path, clock=asked_for("mosaic_clock"), leaks=asked_for("mosaic_leaks"))


@pytest.fixture
async def mosaic_storage(tmp_path_factory: pytest.TempPathFactory, mosaic_clock: Any) -> AsyncIterator[Storage]:
    """An empty store, which keeps its times by `mosaic_clock` and everything in memory."""
    from .kernels import KernelFactory

    factory = KernelFactory(tmp_path_factory.mktemp("mosaic-storage"), clock=mosaic_clock)
    async with factory("memory") as kernel:
        yield kernel.port("storage").get()


@pytest.fixture
def mosaic_agent() -> ScriptedAgent:
    """An agent that does what the test tells it to; see `ScriptedAgent`."""
    from .scripted import ScriptedAgent

    return ScriptedAgent()
