"""A bench for each test, cleared afterwards."""

import pytest
from chaos_bench import Bench


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    yield bench
    bench.end()
