"""What holds for all tests: how the programs that they start are to behave."""

import gc
import os

import pytest
from hypothesis import HealthCheck, settings


def pytest_configure():
    # No law is about time, and a busy machine takes its time.
    settings.register_profile("mosaic", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("mosaic")
    # Where Python is told to write none, each of some hundred programs would compile all of Mosaic anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    # What is imported and collected stays to the end: looking for garbage need not look at it, now or later.
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _inner_pytest_has_a_place_of_its_own(tmp_path_factory):
    # A pytest removes old directories at its end; two that remove the same ones warn, and warnings are errors.
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(tmp_path_factory.mktemp("inner"))
