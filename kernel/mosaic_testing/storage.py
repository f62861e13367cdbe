"""The conformance kit of the storage port.

Every test takes the fixture `mosaic_provider`: called with a directory, it returns an asynchronous
context manager that opens the provider's store there. A provider that keeps nothing beyond its
process says so by an attribute ``is_volatile = True``.
"""

from .storage_claims import TestClaims, TestFencing
from .storage_documents import TestBlobs, TestDocuments
from .storage_keeping import TestBackups, TestLog
from .storage_walk import TestWalk

__all__ = ["TestBackups", "TestBlobs", "TestClaims", "TestDocuments", "TestFencing", "TestLog", "TestWalk"]
