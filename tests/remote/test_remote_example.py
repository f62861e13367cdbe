"""The example installs by itself, works, is reloaded, and survives the end of its processes."""

import io
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import trio
from remote_opening import restarted

from mosaic_hookspecs import InputError, Unavailable
from mosaic_kernel import Kernel, PluginIndex

EXAMPLE = Path(__file__).parents[2] / "examples" / "separate_process"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    source = shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("example") / "source")
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", "--target", target, source], check=True)
    return target


@pytest.fixture
def site(installed, tmp_path, monkeypatch):
    """The installed example, for one test to use and to edit."""
    copy = shutil.copytree(installed, tmp_path / "site")
    monkeypatch.syspath_prepend(str(copy))
    return copy


def opened(tmp_path, name, **settings):
    return Kernel(
        profile="",
        directory=tmp_path,
        environment={},
        index=PluginIndex(file=""),
        settings={"allow": [name], "kernel.restart_delay_seconds": 0.01, **settings},
        log_stream=io.StringIO(),
    )


async def test_the_one_in_python(site, tmp_path):
    async with opened(tmp_path, "words", **{"plugins.words.at_least": 3}) as kernel:
        count = await kernel.dispatch("words.count", {"text": "one two to three"})
        assert (count.words, count.total) == (3, 3)
        assert count.process != os.getpid()
        words = [item.word async for item in kernel.follow("words.split", {"text": "a good day"})]
        assert words == ["good", "day"]


async def test_its_code_and_its_manifest_are_read_anew_and_its_total_goes_on(site, tmp_path):
    async with opened(tmp_path, "words") as kernel:
        first = await kernel.dispatch("words.count", {"text": "one two"})
        source = site / "acme_apart" / "words.py"
        source.write_text(source.read_text().replace("found = len(", "found = 10 * len("))
        report = await kernel.dispatch("plugins.reload", {"name": "words"})
        assert report.is_complete, report
        second = await kernel.dispatch("words.count", {"text": "one two"})
        assert (second.words, second.total) == (20, 22)
        assert second.process != first.process
        with pytest.raises(ProcessLookupError):
            os.kill(first.process, 0)


async def test_broken_code_leaves_the_old_process_serving(site, tmp_path):
    async with opened(tmp_path, "words") as kernel:
        source = site / "acme_apart" / "words.py"
        good = source.read_text()
        source.write_text(good.replace("class WordsPlugin:", "class WordsPlugin"))
        with suppress(Exception):
            await kernel.dispatch("plugins.reload", {"name": "words"})
        assert (await kernel.dispatch("words.count", {"text": "one two"})).total == 2
        source.write_text(good)
        await kernel.dispatch("plugins.reload", {"name": "words"})
        assert (await kernel.dispatch("words.count", {"text": "three"})).total == 3


async def test_callers_notice_nothing_of_a_reload(site, tmp_path):
    async with opened(tmp_path, "words") as kernel:
        processes, is_over = set(), False

        async def call():
            while not is_over:
                processes.add((await kernel.dispatch("words.count", {"text": "one"})).process)

        async with trio.open_nursery() as nursery:
            for _ in range(8):
                nursery.start_soon(call)
            for _ in range(3):
                await kernel.dispatch("plugins.reload", {"name": "words"})
            is_over = True
        assert len(processes) >= 3


async def test_kill_9(site, tmp_path):
    async with opened(tmp_path, "words") as kernel:
        process = (await kernel.dispatch("words.count", {"text": "one"})).process
        stream = kernel.follow("words.split", {"text": "a b c"})
        assert (await anext(stream)).word == "a"
        os.kill(process, signal.SIGKILL)
        with pytest.raises(Unavailable, match="words"):
            await anext(stream)
        await restarted(kernel, 2, name="words")
        assert (await kernel.dispatch("words.count", {"text": "one"})).process != process


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js here")
async def test_the_one_in_javascript(site, tmp_path):
    async with opened(tmp_path, "slugs") as kernel:
        assert (
            await kernel.dispatch("slugs.make", {"text": "Ein schönes Ärgernis!"})
        ).slug == "ein-schones-argernis"
        answer = await kernel.dispatch("slugs.make", {"text": "A b", "separator": "_"})
        assert answer.slug == "a_b"
        with pytest.raises(InputError) as refused:
            await kernel.dispatch("slugs.make", {"text": "!"})
        assert (refused.value.code, refused.value.where) == ("empty-slug", "text")
        with pytest.raises(InputError, match="is missing"):
            await kernel.dispatch("slugs.make", {})
        report = await kernel.dispatch("doctor.check")
        assert any("node 2" in str(check) or "node 1" in str(check) for check in report.checks)
        instance = kernel.runtime.slots["slugs"].generation.instance
        os.kill(instance.link.pid, signal.SIGKILL)
        await restarted(kernel, 2, name="slugs")
        assert (await kernel.dispatch("slugs.make", {"text": "again"})).slug == "again"
