import os
import subprocess
import sys

import pytest

from mosaic_hookspecs import InputError, Unavailable
from mosaic_kernel import Kernel, PluginIndex, discovered_commands
from mosaic_kernel.index_cache import read_cache


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Install made-up distributions in a directory on sys.path."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    imported = []

    def install(name, manifest, *, code="class Plugin:\n    pass\n", target=None, distribution=None):
        package = f"made_up_{name}"
        if manifest is not None:
            (site / package).mkdir(exist_ok=True)
            (site / package / "__init__.py").write_text("")
            (site / package / "plugin.py").write_text(code)
            (site / package / "mosaic-plugin.yaml").write_text(manifest)
        info = site / f"{distribution or package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution or package}\nVersion: 1.0\n"
        )
        (info / "entry_points.txt").write_text(
            f"[mosaic.plugins]\n{name} = {target or package + '.plugin:Plugin'}\n"
        )
        imported.append(package)
        return package

    yield install
    for package in imported:
        for module in [name for name in sys.modules if name.partition(".")[0] == package]:
            del sys.modules[module]


def kernel(tmp_path, *allow, **arguments):
    settings = {"allow": list(allow), **arguments.pop("settings", {})}
    return Kernel(
        profile="",
        directory=tmp_path,
        environment={},
        index=PluginIndex(file=""),
        settings=settings,
        **arguments,
    )


async def states(running):
    return {one.name: one for one in (await running.dispatch("plugins.list")).plugins}


async def test_a_plugin_that_is_not_wanted_is_never_imported(installed, tmp_path):
    packages = [
        installed(name, f"{name}: {{summary: s}}\n") for name in ("denied", "disabled", "unlisted", "third")
    ]
    installed("unused", "unused:\n  provides: [{port: storage, contract: '1.0'}]\n")
    installed("good", "good: {}\n")
    async with kernel(
        tmp_path,
        "denied", "disabled", "unused", "good", "memory",
        settings={"deny": ["denied"], "plugins.disabled": False, "ports.storage": "memory"},
    ) as running:  # fmt: skip
        found = await states(running)
    assert found["denied"].state == "denied"
    assert found["unlisted"].state == "denied"
    assert found["disabled"].state == "disabled"
    assert found["unused"].state == "unused"
    assert found["good"].state == "running"
    assert found["good"].is_third_party
    assert not found["memory"].is_third_party
    for package in (*packages, "made_up_unused"):
        assert package not in sys.modules
    assert "made_up_good.plugin" in sys.modules


async def test_safe_mode_leaves_third_parties_out(installed, tmp_path):
    package = installed("third", "third: {}\n")
    async with kernel(tmp_path, "third", safe_mode=True) as running:
        assert (await states(running))["third"].state == "disabled"
    assert package not in sys.modules


async def test_a_missing_extra_is_named_with_its_cure(installed, tmp_path):
    package = installed("extra", "extra:\n  imports: [no_such_module]\n  extra: fancy\n")
    async with kernel(tmp_path, "extra") as running:
        found = (await states(running))["extra"]
    assert found.state == "unavailable"
    assert "no_such_module" in found.detail
    assert found.cure == 'pip install "made-up-extra[fancy]"'
    assert package not in sys.modules


@pytest.mark.parametrize(
    "manifest",
    [
        None,
        "other: {}\n",
        "broken: {provide: []}\n",
        "broken: [",
        "- a\n",
        "broken: {needs: storage}\n",
        "broken:\n  provides: [{port: storage, contract: '9.0'}]\n",
        "broken:\n  provides: [{port: stowage, contract: '1.0'}]\n",
    ],
)
async def test_a_broken_manifest_is_told_and_stops_nothing(installed, tmp_path, manifest):
    package = installed("broken", manifest)
    async with kernel(tmp_path, "broken") as running:
        found = (await states(running))["broken"]
    assert found.state == "unavailable"
    assert found.detail
    assert found.cure
    assert package not in sys.modules


async def test_two_distributions_with_one_name(installed, tmp_path):
    installed("twin", "twin: {}\n", distribution="first")
    installed("twin", "twin: {}\n", distribution="second")
    async with kernel(tmp_path, "twin", "twin@second") as running:
        found = await states(running)
    assert found["twin"].state == "running"
    assert found["twin@second"].state == "unavailable"
    assert "first" in found["twin@second"].detail


async def test_a_plugin_that_cannot_be_imported(installed, tmp_path):
    installed("lame", "lame: {extra: legs}\n", code="import no_such_module\n")
    with pytest.raises(Unavailable) as caught:
        async with kernel(tmp_path, "lame"):
            pass
    assert caught.value.hint == 'pip install "made-up-lame[legs]"'
    async with kernel(tmp_path, "lame", is_tolerant=True) as running:
        assert (await states(running))["lame"].state == "unavailable"


def test_the_index_sees_what_is_installed_while_it_runs(installed):
    index = PluginIndex(file="")
    assert "late" not in index.listings()
    installed("late", "late: {}\n")
    assert "late" in index.listings()


def test_the_cache_answers_until_something_changes(installed, tmp_path):
    file = str(tmp_path / "cache" / "plugins.json")
    package = installed("adds", "adds:\n  commands: {hello: {target: 'x:y', summary: Says hello.}}\n")
    assert discovered_commands(file=file)["hello"] == ("x:y", "Says hello.")
    assert "hello" not in discovered_commands(file=file, safe_mode=True)
    rows = read_cache(file)
    assert rows is not None
    assert [row for row in rows if row["name"] == "adds"]
    manifest = tmp_path / "site" / package / "mosaic-plugin.yaml"
    manifest.write_text("adds:\n  commands: {bye: {target: 'x:z', summary: Says bye.}}\n")
    os.utime(manifest, ns=(1, 1))
    assert read_cache(file) is None
    assert "bye" in discovered_commands(file=file)
    assert "hello" not in PluginIndex(file=file).listings()["adds"].manifest.commands


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 1}', '{"format": 99}'])
def test_a_broken_cache_is_as_good_as_none(tmp_path, content):
    file = tmp_path / "plugins.json"
    file.write_text(content)
    assert read_cache(str(file)) is None


def test_commands_are_known_without_importing_the_kernel(tmp_path):
    file = str(tmp_path / "plugins.json")
    code = (
        "import sys, mosaic_kernel\n"
        f"mosaic_kernel.discovered_commands(file={file!r})\n"
        "heavy = {'attrs', 'yaml', 'cattrs', 'trio', 'pluggy', 'importlib.metadata'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)\n"
    )
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


async def test_plugins_start_after_what_they_need_and_a_circle_is_drawn(installed, tmp_path):
    provides = "provides: [{{port: {}, contract: '1.0'}}]"
    installed("one", f"one:\n  {provides.format('agents')}\n  after: [two]\n")
    installed("two", f"two:\n  needs: [ui]\n  {provides.format('observe')}\n")
    installed("three", f"three:\n  {provides.format('ui')}\n")
    async with kernel(tmp_path, "one", "two", "three") as running:
        assert running.runtime.order == ["three", "two", "one"]
    manifest = tmp_path / "site" / "made_up_three" / "mosaic-plugin.yaml"
    manifest.write_text(f"three:\n  needs: [agents]\n  {provides.format('ui')}\n")
    with pytest.raises(InputError) as caught:
        async with kernel(tmp_path, "one", "two", "three"):
            pass
    assert caught.value.code == "plugin-cycle"
    assert caught.value.what.endswith("one → two → three → one")


@pytest.mark.parametrize("code", ["raise AssertionError('odd')\n", "import sys\nsys.exit(0)\n", "class (:\n"])
async def test_importing_a_plugin_cannot_end_the_program(installed, tmp_path, code):
    installed("rude", "rude: {}\n", code=code)
    with pytest.raises(Unavailable) as caught:
        async with kernel(tmp_path, "rude"):
            pass
    assert caught.value.code == "import-failed"
    assert "plugins.rude: false" in caught.value.hint
