"""A distribution was installed, upgraded or removed: plugins are looked for anew, when it is whole."""

import shutil
import sys

import pytest
import trio

from mosaic_watch.packages_watch import PackagesWatch, site_directories
from mosaic_watch.settings import Config

QUIET = 0.3
RESCAN = ("plugins.rescan", {})


@pytest.fixture
async def site(watched, tmp_path, monkeypatch):
    directory = tmp_path / "site"
    directory.mkdir()
    monkeypatch.syspath_prepend(str(directory))
    watched.refreshed = []
    config = Config(packages=True, packages_quiet_ms=60, packages_seconds=1.5)
    watch = PackagesWatch(watched, config, lambda: watched.refreshed.append(1))
    await watched.nursery.start(watch.run)
    return directory


def begin(site, version):
    """Write a distribution as an installer does, but for its record."""
    (site / "newcomer").mkdir(exist_ok=True)
    (site / "newcomer" / "__init__.py").write_text("")
    info = site / f"newcomer-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: newcomer\nVersion: {version}\n")
    return info


def end(info):
    (info / "RECORD").write_text("newcomer/__init__.py,,\n")


async def test_an_installation_is_looked_at_when_it_is_whole(watched, site):
    info = begin(site, "1.0")
    await trio.sleep(QUIET)
    assert watched.asked == []
    end(info)
    assert await watched.heard() == [RESCAN]
    await trio.sleep(QUIET)
    assert watched.asked == [RESCAN]
    assert watched.refreshed == [1]
    told = {"added": "new", "changed": "", "removed": ""}
    assert ("info", "watch.packages_changed", told) in watched.log.lines


async def test_an_upgrade_and_a_removal(watched, site):
    end(begin(site, "1.0"))
    await watched.heard(1)
    (site / "newcomer-1.0.dist-info").rename(site / "~ewcomer-1.0.dist-info")
    end(begin(site, "1.1"))
    shutil.rmtree(site / "~ewcomer-1.0.dist-info")
    await watched.heard(2)
    await trio.sleep(QUIET)
    assert len(watched.asked) == 2
    shutil.rmtree(site / "newcomer-1.1.dist-info")
    shutil.rmtree(site / "newcomer")
    await watched.heard(3)


async def test_an_installation_that_never_ends_is_told(watched, site):
    begin(site, "1.0")
    await watched.log.heard()
    (level, event, facts) = watched.log.lines[0]
    assert (level, event, facts["distributions"]) == (
        "warning",
        "watch.installation_unfinished",
        "newcomer-1.0.dist-info",
    )
    assert watched.asked == []
    # The next one that is whole brings it along.
    (site / "other-1.0.dist-info").mkdir()
    end(site / "other-1.0.dist-info")
    await watched.heard(1)


async def test_an_installation_that_is_rolled_back_is_looked_at(watched, site):
    info = begin(site, "1.0")
    await trio.sleep(QUIET)
    shutil.rmtree(info)
    await watched.heard(1)


async def test_files_that_are_no_distribution_are_nothing(watched, site):
    (site / "module.py").write_text("")
    (site / "~ewcomer-1.0.dist-info").mkdir()
    await trio.sleep(QUIET)
    assert watched.asked == []


def test_the_standard_library_is_not_watched(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    found = site_directories()
    assert tmp_path.resolve() in found
    assert not any(directory.name in {"lib-dynload", f"python3.{sys.version_info[1]}"} for directory in found)
