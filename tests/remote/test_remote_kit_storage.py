"""A store in a process of its own passes the kit of its port, as it does in the kernel's."""

from remote_opening import isolated

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
]

mosaic_provider = isolated("storage", "memory", "memory")
