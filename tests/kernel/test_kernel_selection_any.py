"""Providers whose names only their plugin's configuration knows."""

import attrs
import pytest

from mosaic_hookspecs import InputError, Manifest, Provides, Provision, Unavailable, hookimpl
from mosaic_kernel import Kernel


class Named:
    @attrs.frozen(kw_only=True)
    class Config:
        names: list[str] = attrs.field(factory=list)

    @hookimpl
    async def mosaic_provide(self, context):
        return [Provision(port="models", name=name, provider=object()) for name in context.config.names]


def kernel(tmp_path, **ports):
    manifest = Manifest(provides=[Provides(port="models", contract="1.0", name="*")])
    settings = {"allow": [], "plugins.named": {"names": ["small", "large"]}}
    settings |= {f"ports.{port}": names for port, names in ports.items()}
    return Kernel(
        profile="", directory=tmp_path, environment={}, settings=settings, plugins=[("named", Named, manifest)]
    )


async def test_a_port_may_name_one_of_them(tmp_path):
    async with kernel(tmp_path) as running:
        assert running.port("models").names() == ("small", "large")
    async with kernel(tmp_path, models=["large"]) as running:
        assert running.port("models").names() == ("large",)


async def test_a_name_that_nobody_gives_is_missed_when_it_is_needed(tmp_path):
    async with kernel(tmp_path, models=["huge"]) as running:
        with pytest.raises(Unavailable):
            running.port("models").get("huge")
    for ports in ({"storage": ["huge"]}, {"agents": ["comand"]}):
        with pytest.raises(InputError, match="no installed plugin"):
            async with kernel(tmp_path, **ports):
                pass
