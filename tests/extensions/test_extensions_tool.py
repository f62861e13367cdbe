import sys

import pytest
from extending import edit, extended, reload

from mosaic_hookspecs import Denied, InputError, Principal


async def test_a_custom_tool_is_installed_used_reloaded_and_used(site, tmp_path):
    async with extended(tmp_path / "project", "greeter") as running:
        assert (await running.dispatch("greeter.greet", {"name": "Ada"})).text == "Hello, Ada!"
        edit(site / "mosaic_greeter/plugin.py", "{data.name}!", "{data.name}, again!")
        assert (await running.dispatch("greeter.greet", {"name": "Ada"})).text == "Hello, Ada!"
        assert await reload(running, "greeter") == 2
        assert (await running.dispatch("greeter.greet", {"name": "Ada"})).text == "Hello, Ada, again!"


async def test_every_door_sees_what_it_declares(site, tmp_path):
    async with extended(
        tmp_path / "project", "greeter", settings={"plugins.greeter.greeting": "Hi"}
    ) as running:
        operation = running.operations()["greeter.greet"]
        assert (operation.kind.value, operation.permission) == ("query", "greeter:read")
        assert (await running.dispatch("greeter.greet", {"name": "Bo"})).text == "Hi, Bo!"
        with pytest.raises(Denied):
            await running.dispatch("greeter.greet", {"name": "Bo"}, Principal(name="nobody"))
        with pytest.raises(InputError):
            await running.dispatch("greeter.greet", {"nmae": "Bo"})


async def test_a_mistake_in_the_edit_leaves_the_old_code_serving(site, tmp_path):
    async with extended(tmp_path / "project", "greeter") as running:
        edit(site / "mosaic_greeter/plugin.py", "class GreeterPlugin:", "class GreeterPlugin(:")
        with pytest.raises(Exception, match="greeter") as caught:
            await reload(running, "greeter")
        assert "plugin.py" in str(caught.value)
        assert (await running.dispatch("greeter.greet", {"name": "Ada"})).text == "Hello, Ada!"
        edit(site / "mosaic_greeter/plugin.py", "class GreeterPlugin(:", "class GreeterPlugin:")
        await reload(running, "greeter")
        assert (await running.dispatch("greeter.greet", {"name": "Ada"})).text == "Hello, Ada!"
    assert not [name for name in sys.modules if name.startswith("mosaic_greeter@")]
