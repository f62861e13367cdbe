"""What a memory store holds beside its projections, and how it is written to a JSON file and read back."""

from __future__ import annotations

import base64
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import attrs

from mosaic_hookspecs.data import digest
from mosaic_hookspecs.errors import InputError, IntegrityError
from mosaic_hookspecs.events import Event
from mosaic_hookspecs.storage import Document

_FORMAT = "mosaic-memory-backup-1"


@attrs.define(kw_only=True)
class Content:
    """The log, the documents and the blobs; projections follow from the log."""

    events: list[Event] = attrs.field(factory=list)
    documents: dict[tuple[str, str], Document] = attrs.field(factory=dict)
    blobs: dict[str, bytes] = attrs.field(factory=dict)

    def copied(self) -> Content:
        """Return what it holds now, for another thread."""
        return Content(events=list(self.events), documents=dict(self.documents), blobs=dict(self.blobs))


def write_backup(path: str, content: Content) -> None:
    """Write a new file, all of it or nothing.

    Raises:
        InputError: `path` exists (code ``file-exists``). OSError: it cannot be written.
    """
    if Path(path).exists():
        raise InputError("file-exists", "there is a file already", where=path, hint="Name a new file.")
    payload: dict[str, Any] = {
        "events": [list(attrs.astuple(event)) for event in content.events],
        "documents": [list(attrs.astuple(document)) for document in content.documents.values()],
        "blobs": [base64.b64encode(data).decode() for data in content.blobs.values()],
    }
    text = json.dumps(payload)
    envelope = {"format": _FORMAT, "digest": digest(text.encode()), "content": text}
    handle, partial = tempfile.mkstemp(dir=Path(path).parent, prefix=".mosaic-backup-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(envelope, file)
            file.flush()
            os.fsync(file.fileno())
        os.link(partial, path)
    except FileExistsError as error:
        raise InputError("file-exists", "there is a file already", where=path) from error
    finally:
        Path(partial).unlink()


def read_backup(path: str) -> Content:
    """Read what `write_backup` wrote.

    Raises:
        InputError: there is no such file, or it is no backup (code ``no-backup``).
        IntegrityError: it is damaged.
    """
    try:
        envelope = json.loads(Path(path).read_text(encoding="utf-8"))
        is_backup = envelope["format"] == _FORMAT
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise _no_backup(path) from error
    if not is_backup:
        raise _no_backup(path)
    try:
        text = envelope["content"]
        if digest(text.encode()) != envelope["digest"]:
            raise ValueError("its digest does not fit")  # noqa: TRY301 - told with the other damages
        payload = json.loads(text)
        blobs = [base64.b64decode(data) for data in payload["blobs"]]
        documents = [Document(collection=c, key=k, version=v, body=b) for c, k, v, b in payload["documents"]]
        return Content(
            events=[Event(*fields) for fields in payload["events"]],
            documents={(document.collection, document.key): document for document in documents},
            blobs={digest(data): data for data in blobs},
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise IntegrityError("damaged-backup", "the backup is damaged", where=path, got=str(error)) from error


def _no_backup(path: str) -> InputError:
    return InputError(
        "no-backup",
        "this is no backup of the memory storage",
        where=path,
        hint="Name a file that `backup` wrote.",
    )
