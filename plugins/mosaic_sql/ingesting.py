"""Takes over what another store holds, inside the writer's transaction.

Owns streaming into the projections, so that memory does not grow with what is taken over.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import attrs

from mosaic_hookspecs.data import digest
from mosaic_hookspecs.errors import MosaicError, Refused
from mosaic_hookspecs.events import Event
from mosaic_hookspecs.storage import Document
from mosaic_hookspecs.taking_over import document_text, follow, take_over

from . import statements
from .session import Session
from .writer import HalfWritten

_PAGE = 1000
_UNSTORABLE = (
    sqlite3.DataError,
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
    ArithmeticError,
    AttributeError,
    TypeError,
    ValueError,
)
"""What records raise, late, that were made from events which nobody can have decided."""


@attrs.define(kw_only=True)
class Intake:
    """What one call of `ingest` brings. `refused` remembers why, if it turned out half way that it cannot
    be taken over.
    """

    events: Sequence[Event]
    documents: Sequence[tuple[str, str, int, str]]
    removed: Sequence[tuple[str, str]]
    blobs: Sequence[bytes]
    refused: MosaicError | None = None


def intake(
    events: Sequence[Event],
    documents: Sequence[Document],
    removed: Sequence[tuple[str, str]],
    blobs: Sequence[bytes],
) -> Intake:
    """Make ready what is to be taken over. Raises as `mosaic_hookspecs.taking_over.document_text` does."""
    rows = [
        (document.collection, document.key, document.version, document_text(document)) for document in documents
    ]
    return Intake(events=events, documents=rows, removed=removed, blobs=blobs)


def ingest(session: Session, brought: Intake) -> int:
    """Take it over; return the newest event's number.

    Raises:
        Refused: the events do not follow; nothing was written. HalfWritten: this turned out late.
    """
    if brought.refused is not None:
        raise brought.refused
    lacking = follow(brought.events, head=session.head, hash_of=session.hash_of)
    try:
        for number, event in enumerate(lacking, 1):
            session.append_sealed(event)
            take_over(event, session)
            if number % _PAGE == 0:
                session.flush()
                session.trim()
        session.flush()
    except Refused as error:
        brought.refused = error
        raise HalfWritten from error
    except _UNSTORABLE as error:
        brought.refused = Refused("other-log", "the events say what cannot be stored", got=repr(error)[:200])
        raise HalfWritten from error
    connection = session.connection
    connection.executemany(statements.DELETE_DOCUMENT, brought.removed)
    connection.executemany(statements.WRITE_DOCUMENT, brought.documents)
    connection.executemany(statements.WRITE_BLOB, ((digest(data), data) for data in brought.blobs))
    return session.head[0]
