import io

import pytest

from mosaic_kernel import Kernel
from mosaic_testing.installed import installed_plugins


@pytest.fixture
def bare(tmp_path):
    """Make a kernel with only the plugins that are given, and nothing of this machine."""

    def make(*plugins, settings=None, **arguments):
        options = {
            "profile": "",
            "directory": tmp_path,
            "environment": {},
            "index": installed_plugins(),
            "log_stream": io.StringIO(),
            **arguments,
        }
        return Kernel(plugins=plugins, settings={"allow": [], **(settings or {})}, **options)

    return make
