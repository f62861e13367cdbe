"""What of the contracts will go away, and what takes its place.

Owns the list. Nothing goes without having stood here: `tests/architecture` holds that what a new major
version lacks was deprecated for at least `LEAST_MINORS` minor versions before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from mosaic_hookspecs.versions import parse

LEAST_MINORS = 2
"""For how many minor versions at least something is deprecated before a major version may lack it."""


@attrs.frozen(kw_only=True)
class Deprecation:
    """A hook, a method or a key of the manifest that will go away.

    `contract` is ``hooks`` or a port; `what` names it as a plugin does: ``mosaic_drain``,
    ``Storage.backup``, ``manifest.after``. `since` is the contract's version that deprecated it,
    `removal` the one that will lack it: the next major. `replacement` says what to do instead.
    """

    contract: str
    what: str
    since: str
    removal: str
    reason: str
    replacement: str

    def is_sound(self) -> bool:
        """Whether it says what it must, and its removal is a later major version."""
        since, removal = parse(self.since), parse(self.removal)
        says_all = bool(self.what and self.reason and self.replacement)
        return says_all and since is not None and removal is not None and removal == (since[0] + 1, 0)


DEPRECATIONS: Sequence[Deprecation] = ()
"""Everything that is deprecated now."""


def deprecated(names: Iterable[str], known: Sequence[Deprecation] = DEPRECATIONS) -> Sequence[Deprecation]:
    """Return the deprecations of what a plugin uses: hooks by name, keys of its manifest as
    ``manifest.key``.
    """
    used = set(names)
    return [one for one in known if one.what in used]
