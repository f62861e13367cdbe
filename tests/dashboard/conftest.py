from contextlib import asynccontextmanager

import httpx
import pytest
import trio

from mosaic_hookspecs import Contribution, Manifest, Provides, Provision, hookimpl
from mosaic_kernel import Kernel


class Additions:
    """A provider of the port ``ui`` whose contributions a test chooses."""

    def __init__(self, *found):
        self.found = list(found)

    def contributions(self):
        return self.found


class AdditionsPlugin:
    """Provides additions."""

    def __init__(self, provider):
        self._provider = provider

    @hookimpl
    async def mosaic_provide(self, context):
        return [Provision(port="ui", name="additions", provider=self._provider)]


@pytest.fixture
def add():
    """Make an interface that contributes: ``add(kind, name, title, **data)``, several times."""
    additions = Additions()

    def one(kind, name, title="A title", **data):
        additions.found.append(Contribution(kind=kind, name=name, title=title, data=data))
        return additions

    one.additions = additions
    return one


@pytest.fixture
def serve(tmp_path, add):
    """Serve the dashboard; yield the kernel and a browser that is signed in, scripts or not."""

    @asynccontextmanager
    async def served(*plugins, **settings):
        provides = (Provides(port="ui", contract="1.1", name="additions"),)
        manifest = Manifest(summary="Additions.", provides=provides)
        kernel = Kernel(
            profile="local",
            directory=tmp_path,
            environment={},
            settings={"ports.storage": "memory", "ports.transport": ["http"], **settings},
            plugins=[("additions", AdditionsPlugin(add.additions), manifest), *plugins],
            serves=True,
        )
        async with kernel:
            with trio.fail_after(10):
                await kernel.port("transport").get("http").reached()
            link = (await kernel.dispatch("http.link", {})).url
            base = link.partition("/login")[0]
            async with httpx.AsyncClient(trust_env=False, base_url=base, timeout=30) as browser:
                assert (await browser.get(link)).status_code == 200
                browser.headers["origin"] = base
                yield kernel, browser

    return served
