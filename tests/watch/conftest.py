from types import SimpleNamespace

import pytest
import trio

from mosaic_hookspecs import NotFound


class Lines:
    """A logger that keeps what it is told."""

    def __init__(self):
        self.lines = []
        self._news = trio.Event()

    def __getattr__(self, level):
        return lambda event, **facts: self.add((level, event, facts))

    def add(self, line):
        self.lines.append(line)
        self._news.set()
        self._news = trio.Event()

    async def heard(self):
        """Wait for a first line."""
        with trio.fail_after(5):
            while not self.lines:
                await self._news.wait()

    def events(self):
        return [event for _, event, _ in self.lines]


class Watched:
    """The kernel as the watcher sees it: answers its operations, and notes them."""

    plugin = "watch"

    def __init__(self, directory, nursery):
        self.project_directory = directory / "project"
        self.state_directory = self.project_directory / ".mosaic"
        self.project_directory.mkdir()
        self.log = Lines()
        self.plugins = []
        self.failures = {}
        self.asked = []
        self.published = []
        self.bus = SimpleNamespace(publish=lambda topic, body: self.published.append((topic, body)))
        self.nursery = nursery
        self._news = trio.Event()

    def add(self, name, package, state="running"):
        view = SimpleNamespace(name=name, directory=str(package), target=f"{name}:Plugin", state=state)
        self.plugins.append(view)

    async def dispatch(self, operation, data, principal=None):
        await trio.lowlevel.checkpoint()
        if operation == "plugins.list":
            return SimpleNamespace(plugins=tuple(self.plugins))
        self.asked.append((operation, dict(data)))
        self._news.set()
        self._news = trio.Event()
        failure = self.failures.get(data.get("name", operation), "")
        if isinstance(failure, Exception):
            raise failure
        change = SimpleNamespace(
            name=data.get("name", ""), state="running", generation=2, seconds=0.1, error=failure, warning=""
        )
        report = SimpleNamespace(changes=(change,) if operation == "plugins.reload" else ())
        if operation == "plugins.rescan":
            return SimpleNamespace(added=("new",), changed=(), removed=(), report=report)
        return report

    async def heard(self, count=1, seconds=5):
        """Return what was asked, when it is `count` things."""
        with trio.fail_after(seconds):
            while len(self.asked) < count:
                await self._news.wait()
        return list(self.asked)


@pytest.fixture
async def watched(tmp_path, nursery):
    return Watched(tmp_path, nursery)


@pytest.fixture
def missing():
    return NotFound("unknown-operation", "there is no such operation")
