"""Both storages of the house pass the conformance kit."""

from mosaic_testing.storage import (
    TestBackups,
    TestBlobs,
    TestClaims,
    TestDocuments,
    TestFencing,
    TestLog,
    TestWalk,
)

__all__ = ["TestBackups", "TestBlobs", "TestClaims", "TestDocuments", "TestFencing", "TestLog", "TestWalk"]
