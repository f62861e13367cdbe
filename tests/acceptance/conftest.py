"""The place that every acceptance test works in."""

import pytest
from acceptance_place import Place


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory):
    Place.cache = tmp_path_factory.mktemp("cache")


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    yield place
    place.close()
