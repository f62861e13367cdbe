"""The conformance kit of the storage port.

Every test takes the fixture `mosaic_provider`: called with a directory, it returns an asynchronous
context manager that opens the provider's store there. A provider that keeps nothing beyond its
process says so by an attribute ``is_volatile = True``. What came with contract 1.1 is skipped for a provider
whose manifest says 1.0.
"""

from .storage_claims import TestClaims, TestFencing
from .storage_documents import TestBlobs, TestDocuments
from .storage_keeping import TestBackups, TestLog
from .storage_looking_up import TestLookUp
from .storage_taking_over import TestContract, TestIngest, TestListings
from .storage_transfer import TestTransfer
from .storage_walk import TestWalk

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
