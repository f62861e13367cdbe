"""Copies of records with some fields changed, for the path that every task takes many times."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, TypeVar

import attrs

Record = TypeVar("Record", bound=attrs.AttrsInstance)


def changer(kind: type[Record]) -> Callable[..., Record]:
    """Return what ``attrs.evolve`` is for one slotted class that neither converts nor validates, in less
    than half the time.
    """
    names = [field.name for field in attrs.fields(kind)]
    setters = {name: vars(kind)[name].__set__ for name in names}
    values_of = attrgetter(*names)
    in_order = tuple(setters.values())
    make = object.__new__

    def changed(record: Record, **changes: Any) -> Record:
        copy = make(kind)
        for setter, value in zip(in_order, values_of(record), strict=True):
            setter(copy, value)
        for name, value in changes.items():
            setters[name](copy, value)
        return copy

    return changed
