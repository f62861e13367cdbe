"""Writes of documents and blobs, inside the writer's transaction."""

from __future__ import annotations

import json
import sqlite3

from mosaic_hookspecs.errors import Refused
from mosaic_hookspecs.storage import Document

from . import statements


def put(connection: sqlite3.Connection, collection: str, key: str, text: str, expected: int | None) -> Document:
    """Write a document, unless its version is not the expected one."""
    row = connection.execute(statements.DOCUMENT, (collection, key)).fetchone()
    version = row[0] if row else 0
    if expected is not None and expected != version:
        raise Refused(
            "version-conflict",
            f"document {key!r} of {collection!r} was written by somebody else",
            expected=f"version {expected}",
            got=f"version {version}",
            hint="Read it again, and write what follows from that.",
        )
    connection.execute(statements.WRITE_DOCUMENT, (collection, key, version + 1, text))
    return Document(collection=collection, key=key, version=version + 1, body=json.loads(text))


def delete(connection: sqlite3.Connection, collection: str, key: str) -> bool:
    """Delete a document; return whether there was one."""
    return connection.execute(statements.DELETE_DOCUMENT, (collection, key)).rowcount > 0


def put_blob(connection: sqlite3.Connection, digest: str, data: bytes) -> None:
    """Store bytes under their digest, unless they are there."""
    connection.execute(statements.WRITE_BLOB, (digest, data))
