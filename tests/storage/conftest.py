"""The stores that are tested, without a kernel."""

import pytest
from store_opening import open_memory, open_sqlite


@pytest.fixture(params=[open_memory, open_sqlite], ids=["memory", "sqlite"])
def mosaic_provider(request, tmp_path_factory):
    """As the pytest plugin's fixture, for both of the house's own providers."""

    def start(directory=None):
        return request.param(directory or tmp_path_factory.mktemp("store"))

    return start


@pytest.fixture
def sqlite_store():
    """Open a SQLite store in a directory."""
    return open_sqlite
