"""Whether a plugin is what was locked: asked before anything of it is imported.

Owns the comparison of an installed plugin with its pin, and the words for what differs. Refuses to load
anything, and to decide who must be locked: the configuration's ``require_lock`` does.

What is compared is read at one moment and imported at another. So whoever loads code from a snapshot in
memory gives that snapshot as `sources`, and the very bytes that will run are the ones that are compared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution

import attrs

from mosaic_hookspecs.errors import Denied

from .discovery import Listing
from .manifests import package_directory
from .trust_digest import ALGORITHM, digest_of, digests_in, digests_of
from .trust_lock import MOST_FILES, SHORT, Lock, Pin

MOST_NAMED = 5


def refuse_untrusted(listing: Listing, lock: Lock, *, sources: Mapping[str, bytes] | None = None) -> None:
    """Raise unless a plugin is what its pin in the lock says. Reads files: call it in a worker thread.

    A plugin that the program itself gave in process is the program's, and passes.

    Args:
        listing: the plugin, as it is installed now.
        lock: the project's lock.
        sources: what will run, by paths relative to the package's directory; it stands for those files,
            and all others are read from the disk.

    Raises:
        Denied: it is not in the lock (``not-locked``), it is another (``lock-mismatch``), or nobody can
            say what it is (``not-lockable``).
        InputError: there is no lock (``no-lock``), or it is damaged (``bad-lock``).
    """
    if listing.factory is not None:
        return
    if lock.problem is not None:
        raise lock.problem
    cure = f"Review it, then run `mosaic plugins lock {listing.name}`."
    pin = lock.pins.get(listing.name)
    if pin is None:
        raise Denied("not-locked", f"plugin {listing.name!r} is not in the lock", where=lock.where(), hint=cure)
    found = pin_of(listing, sources=sources, has_record=bool(pin.record))
    # Only one of two installations need have a record: an editable one has none of its package.
    differing = list(differences(pin, found if found.record else attrs.evolve(found, record=pin.record)))
    place = package_directory(listing.target) if sources is None else None
    if place is not None and listing.directory is not None and place.resolve() != listing.directory.resolve():
        differing.append(f"it would be imported from {place}")
    if differing:
        raise Denied(
            "lock-mismatch",
            f"plugin {listing.name!r} is not what was locked",
            where=lock.where(listing.name),
            expected=f"{pin.distribution} {pin.version}, {pin.digest}",
            got="; ".join(differing),
            hint=cure,
        )


def pin_of(listing: Listing, *, sources: Mapping[str, bytes] | None = None, has_record: bool = True) -> Pin:
    """Return the pin that fits a plugin as it is installed now; `sources` as in `refuse_untrusted`.

    Raises:
        Denied: nobody can say what it is.
    """
    digests = digests_in(listing)
    if sources is not None:
        digests.update(digests_of(sources))
    files = {path: digest[:SHORT] for path, digest in digests.items()}
    return Pin(
        distribution=listing.distribution,
        version=listing.version,
        target=listing.target,
        digest=digest_of(listing.name, listing.target, digests),
        record=_record(listing) if has_record and listing.is_third_party else "",
        files=files if len(files) <= MOST_FILES and all(map(str.isprintable, files)) else {},
    )


def differences(pin: Pin, found: Pin) -> Iterator[str]:
    """Yield what is another in `found` than in `pin`, in words; nothing if it is the same."""
    for field in ("distribution", "version", "target"):
        old, new = getattr(pin, field), getattr(found, field)
        if old != new:
            yield f"{field} {old} → {new}"
    if pin.digest != found.digest:
        yield from _differing_files(pin, found)
    if pin.record != found.record:
        yield "its distribution's record has changed"


def _differing_files(pin: Pin, found: Pin) -> Iterator[str]:
    if not pin.files or not found.files:
        yield f"contents {_short(pin)} → {_short(found)}"
        return
    kinds = {
        "changed": [path for path, digest in found.files.items() if pin.files.get(path, digest) != digest],
        "new": [path for path in found.files if path not in pin.files],
        "gone": [path for path in pin.files if path not in found.files],
    }
    for kind, paths in kinds.items():
        if paths:
            named = ", ".join(sorted(paths)[:MOST_NAMED])
            more = len(paths) - MOST_NAMED
            yield f"{kind}: {named}" + (f" and {more} more" if more > 0 else "")
    if not any(kinds.values()) and pin.target == found.target:
        # The lines of the files were altered by hand, or agree in their beginnings alone.
        yield f"contents {_short(pin)} → {_short(found)}"


def _short(pin: Pin) -> str:
    return pin.digest[: len(ALGORITHM) + 1 + SHORT]


def _record(listing: Listing) -> str:
    """Return the digest of what a distribution says that it installed; "" unless that is its package.

    Left out is what differs from one environment to the next: scripts, metadata and byte code.
    """
    try:
        text = distribution(listing.distribution).read_text("RECORD") or ""
    except (PackageNotFoundError, ValueError, OSError):
        return ""
    rows = sorted(
        row
        for row in text.splitlines()
        if row and not row.startswith("..") and "__pycache__/" not in row and ".dist-info/" not in row
    )
    package = listing.target.partition(":")[0].partition(".")[0].strip()
    if not any(row.startswith(f"{package}/") for row in rows):
        return ""
    whole = hashlib.sha256("\n".join(rows).encode("utf-8", "surrogateescape"))
    return f"{ALGORITHM}:{whole.hexdigest()}"
