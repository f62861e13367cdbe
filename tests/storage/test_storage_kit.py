"""Both storages of the house pass the conformance kit."""

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
    TestWalk,
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
