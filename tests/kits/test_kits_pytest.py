"""``pytest --mosaic-plugin NAME`` in the project of a plugin's author, which is installed by itself."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

PLUGIN = '''
"""A plugin with a provider of four ports."""

import hmac

import trio

from mosaic_hookspecs import Contribution, Denied, Principal, Provision, hookimpl


class Door:
    """Echoes."""

    name = "echo"
    addresses = ()

    async def serve(self):
        [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
        self.addresses = (f"tcp://127.0.0.1:{listener.socket.getsockname()[1]}",)
        try:
            await trio.serve_listeners(self.answer, [listener])
        finally:
            self.addresses = ()

    async def answer(self, stream):
        try:
            async for data in stream:
                await stream.send_all(data)
        except trio.BrokenResourceError:
            return


class Keys:
    """Knows one key."""

    def __init__(self, key):
        self.key = key

    async def authenticate(self, scheme, credentials):
        given, key = credentials.encode("utf-8", "surrogatepass"), self.key.encode()
        if scheme == "bearer" and hmac.compare_digest(given, key):
            return Principal(name="ada")
        raise Denied("bad-key", "the key is not good")


class Pages:
    """One page."""

    def contributions(self):
        return (Contribution(kind="page", name="home", title="Home", data={"template": "<h1>Home</h1>"}),)


class Counter:
    """Counts events."""

    count = 0

    async def observe(self, events):
        self.count += len(events)


class KittedPlugin:
    """Provides all of them."""

    @hookimpl
    async def mosaic_provide(self, context):
        providers = {"transport": Door(), "auth": Keys("a-key-of-the-kit-1234"), "ui": Pages()}
        providers["observe"] = Counter()
        return [Provision(port=port, name="kitted", provider=one) for port, one in providers.items()]
'''
MANIFEST = """
kitted:
  summary: Provides four ports.
  hooks: "1.1"
  provides:
    - {port: transport, contract: "1.0"}
    - {port: auth, contract: "1.0"}
    - {port: ui, contract: "1.0"}
    - {port: observe, contract: "1.0"}
"""
CONFTEST = """
import pytest

from mosaic_testing.auth import Credentials


@pytest.fixture
def mosaic_credentials():
    return Credentials(scheme="bearer", good="a-key-of-the-kit-1234", name="ada")
"""
OWN_TEST = """
from kitted_plugin.plugin import KittedPlugin


async def test_of_the_author(mosaic_kernel, mosaic_leaks):
    async with mosaic_kernel("kitted", "memory") as kernel:
        assert kernel.port("auth").names() == ("kitted",)
    async with mosaic_kernel(KittedPlugin) as kernel:
        assert kernel.port("ui").names() == ("kitted",)
"""


@pytest.fixture
def project(tmp_path):
    """Make a project with an installed plugin."""
    package = tmp_path / "kitted_plugin"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "plugin.py").write_text(PLUGIN)
    (package / "mosaic-plugin.yaml").write_text(MANIFEST)
    info = tmp_path / "kitted_plugin-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: kitted-plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[mosaic.plugins]\nkitted = kitted_plugin.plugin:KittedPlugin\n")
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_own.py").write_text(OWN_TEST)
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\ntestpaths = tests\ntrio_mode = true\nfilterwarnings = error\n"
    )
    return tmp_path


def run(project, *arguments):
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(project), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "XDG_CACHE_HOME": str(project / "cache"),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def counts(text):
    return {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|skipped|error)", text)}


def test_all_kits_of_a_plugin_pass_beside_its_own_tests(project):
    code, text = run(project, "tests", "--mosaic-plugin", "kitted", "-vv")
    assert code == 0, text
    assert "TestReload::test_it_reloads_without_a_trace[kitted] PASSED" in text
    for port in ("transport", "auth", "ui", "observe"):
        assert f"TestContract::test_it_keeps_the_contract[{port}-kitted] PASSED" in text
    assert "test_own.py::test_of_the_author PASSED" in text
    assert counts(text)["passed"] > 35
    assert "skipped" not in counts(text)


CHANGES = (
    (
        "async def authenticate(self, scheme, credentials):",
        "async def authenticate(self, scheme, k):\n        credentials = k",
        "Authenticator.authenticate: expected authenticate(scheme, credentials), found authenticate(scheme, k)",
    ),
    (
        "    def contributions(self):",
        "    async def contributions(self):",
        "Interface.contributions: expected contributions(), found contributions(), which is async",
    ),
    (
        "    async def observe(self, events):",
        "    async def see(self, events):",
        "Observer.observe: expected async observe(events), found nothing",
    ),
    (
        "    async def serve(self):",
        "    async def serve(self, host):",
        "Transport.serve: expected serve(), found serve(host)",
    ),
)


def test_a_changed_method_is_told_by_its_kit(project):
    file = project / "kitted_plugin" / "plugin.py"
    code = file.read_text()
    for right, wrong, _ in CHANGES:
        assert code.count(right) == 1
        code = code.replace(right, wrong)
    file.write_text(code)
    result, text = run(project, "--mosaic-plugin", "kitted", "-k", "TestContract")
    assert result == 1, text
    for _, _, message in CHANGES:
        assert message in text
    assert counts(text) == {"failed": 4}


def test_a_kit_that_needs_to_be_told_something_says_so(project):
    (project / "conftest.py").unlink()
    code, text = run(project, "--mosaic-plugin", "kitted", "-k", "test_spoilt")
    assert code == 1
    assert "override the fixture mosaic_credentials" in text


def test_a_plugin_that_is_not_there_is_told(project):
    code, text = run(project, "--mosaic-plugin", "nobody")
    assert code == pytest.ExitCode.USAGE_ERROR
    assert "no plugin is named 'nobody'; there are " in text
    assert "Traceback" not in text


def test_a_leak_fails_the_authors_test(project):
    (project / "tests" / "test_own.py").write_text(
        "import os\n\n\ndef test_leaking(mosaic_leaks):\n    os.open('/', os.O_RDONLY)\n"
    )
    code, text = run(project)
    assert code == 1
    assert re.search(r"file descriptor \d+ is still open: /\n", text), text


def test_a_test_that_failed_is_not_searched_for_leaks(project):
    (project / "tests" / "test_own.py").write_text(
        "import os\n\n\ndef test_leaking(mosaic_leaks):\n    assert not os.open('/', os.O_RDONLY)\n"
    )
    code, text = run(project)
    assert code == 1
    assert counts(text) == {"failed": 1}


def test_the_plugin_imports_next_to_nothing():
    code = (
        "import sys, pytest; before = set(sys.modules); import mosaic_testing.pytest_plugin; "
        "print(*sorted(name for name in set(sys.modules) - before if not name.startswith('mosaic_testing')))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert not {"trio", "attrs", "attr", "mosaic_kernel", "mosaic_hookspecs", "yaml"} & set(done.stdout.split())
