"""Which tasks nothing orders: neither needs the other, directly or through others. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence


def unordered(needs: Mapping[str, Sequence[str]]) -> Callable[[str, str], bool]:
    """Return whether two tasks may run side by side, by what each needs; needs that are not listed are met."""
    places = {name: place for place, name in enumerate(needs)}
    above: dict[str, int] = {}

    def close(name: str) -> None:
        todo = [name]
        while todo:
            current = todo[-1]
            waiting = [need for need in needs[current] if need in places and need not in above]
            if waiting:
                todo += waiting
                continue
            todo.pop()
            bits = 0
            for need in needs[current]:
                if need in places:
                    bits |= above[need] | (1 << places[need])
            above[current] = bits

    for name in needs:
        if name not in above:
            close(name)
    return lambda first, second: not (above[first] >> places[second] & 1 or above[second] >> places[first] & 1)
