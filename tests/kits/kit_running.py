"""Runs a kit's tests inside of a test: over a provider that is right, and over ones that are wrong."""

from __future__ import annotations

import inspect
import itertools

import pytest

from mosaic_testing.kernels import open_plugin
from mosaic_testing.providing import providing


def opening(port, provider, tmp_path, *, needs=()):
    """Return what the fixture `mosaic_opened` returns, for a provider (or a function that makes one)."""
    numbers = itertools.count()

    def start(directory=None, *, plugins=(), settings=None):
        if directory is None:
            directory = tmp_path / f"kernel-{next(numbers)}"
            directory.mkdir()
        made = provider() if inspect.isroutine(provider) or isinstance(provider, type) else provider
        plugin = providing("tested", {(port, "it"): made}, needs=needs)
        return open_plugin(
            plugin, directory, port=port, provider="it", needs=needs, plugins=plugins, settings=settings
        )

    return start


def only_provider(opened):
    """Turn `mosaic_opened` into `mosaic_provider`."""
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def start(directory=None):
        async with opened(directory) as found:
            yield found.provider

    return start


async def failures(kit, opened, tmp_path, *, only=(), **fixtures):
    """Run the whole kit (or `only` these tests); map the tests that failed to what they said."""
    fixtures = {
        "mosaic_opened": opened,
        "mosaic_provider": only_provider(opened),
        "mosaic_contract": "",
        "mosaic_work": None,
        "tmp_path": tmp_path,
        **fixtures,
    }
    found, count = {}, 0
    for name in kit.__all__:
        if not name.startswith("Test"):
            continue
        for test, method in inspect.getmembers(getattr(kit, name)(), inspect.ismethod):
            if not test.startswith("test_") or (only and test not in only):
                continue
            count += 1
            wanted = {one: fixtures[one] for one in inspect.signature(method).parameters}
            try:
                await method(**wanted)
            except pytest.skip.Exception:
                continue
            except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - whatever a test may raise
                found[test] = words(error)
    assert count, "the kit has no such test"
    return found


def words(error):
    """Return the innermost errors of groups as text."""
    if isinstance(error, BaseExceptionGroup):
        return "\n".join(words(one) for one in error.exceptions)
    return f"{type(error).__name__}: {error}"


def require_told(found, expected):
    """Fail unless one of the failures has these words."""
    text = "\n".join(f"{name}: {message}" for name, message in found.items())
    assert expected in text, f"nothing said {expected!r}; the kit said:\n{text or 'nothing'}"
