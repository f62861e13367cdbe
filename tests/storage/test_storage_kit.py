"""Both storages of the house pass the conformance kit."""

import os

import pytest

from mosaic_testing import storage_walk
from mosaic_testing.storage import (
    TestBackups,
    TestBlobs,
    TestClaims,
    TestContract,
    TestDocuments,
    TestFencing,
    TestIngest,
    TestListings,
    TestLog,
    TestLookUp,
    TestTransfer,
)

__all__ = [
    "TestBackups",
    "TestBlobs",
    "TestClaims",
    "TestContract",
    "TestDocuments",
    "TestFencing",
    "TestIngest",
    "TestListings",
    "TestLog",
    "TestLookUp",
    "TestTransfer",
    "TestWalk",
]


@pytest.mark.chaos
class TestWalk(storage_walk.TestWalk):
    """The kit's walks: fewer of them, but for the full count."""

    @pytest.fixture(autouse=True)
    def _walks(self, monkeypatch):
        monkeypatch.setattr(storage_walk, "_WALKS", 10 * int(os.environ.get("MOSAIC_CHAOS", "1")))
