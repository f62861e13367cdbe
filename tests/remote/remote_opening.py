"""Opens plugins in processes of their own: the house's, for the kits of their ports, and the tests' subject."""

import io
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from mosaic_hookspecs import Manifest, ProcessSpec, Provides
from mosaic_kernel import Kernel, Listing, PluginIndex
from mosaic_kernel.slots import PluginState
from mosaic_testing.installed import installed_plugins

HERE = Path(__file__).parent


def isolated(port, plugin, *providers):
    """Return the fixture `mosaic_provider` for providers of a plugin that is isolated."""

    @pytest.fixture(params=providers)
    def mosaic_provider(request, tmp_path_factory):
        @asynccontextmanager
        async def start(directory=None):
            settings = {"ports": {port: [request.param]}, "allow": [plugin], "isolate": [plugin]}
            directory = directory or tmp_path_factory.mktemp("isolated")
            made = Kernel(
                profile="",
                directory=directory,
                settings=settings,
                environment={},
                index=installed_plugins(),
            )
            async with made as kernel:
                yield kernel.port(port).get(request.param)

        return start

    return mosaic_provider


class FixedIndex(PluginIndex):
    """Knows just these plugins."""

    def __init__(self, *listings):
        super().__init__(file="")
        self._fixed = {listing.name: listing for listing in listings}

    def listings(self):
        return self._fixed


SUBJECT_PORTS = (
    Provides(port="ui", contract="1.0", name="screen"),
    Provides(port="observe", contract="1.0", name="watcher"),
    Provides(port="transport", contract="1.0", name="door"),
)


def subject(target="remote_subject:Subject", *, provides=SUBJECT_PORTS, directory=None, **process):
    """Return the listing of a plugin that runs in a process of its own."""
    manifest = Manifest(summary="A subject.", provides=provides, process=ProcessSpec(**process))
    return Listing(name="subject", target=target, manifest=manifest, directory=directory)


def subject_kernel(tmp_path, listing=None, *, plugins=(), log=None, **settings):
    """Return a kernel with that plugin, the memory storage, and others of the test."""
    listings = installed_plugins().listings()
    return Kernel(
        profile="",
        directory=tmp_path,
        index=FixedIndex(listing or subject(), listings["memory"]),
        plugins=plugins,
        settings={"kernel.restart_delay_seconds": 0.01, "kernel.log_level": "debug", **settings},
        environment={},
        log_stream=log or io.StringIO(),
    )


async def do(kernel, what, **more):
    """Have the subject do something; return what it says."""
    return (await kernel.dispatch("subject.do", {"what": what, **more})).text


async def restarted(kernel, generation, name="subject"):
    """Wait until the subject runs as that generation."""
    with trio.fail_after(20):
        while True:
            slot = kernel.runtime.slots[name]
            if slot.state is PluginState.RUNNING and slot.generations >= generation:
                return
            await trio.sleep(0.02)
