"""The inputs of a called workflow, when the caller is compiled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .document import Node
from .expressions.evaluation import Late
from .inputs import InputSpec
from .problems import Problems, shown
from .settling import Settler


def call_values(  # noqa: PLR0913 - a call, and where it stands
    specs: Mapping[str, InputSpec],
    given: Node | None,
    here: Settler,
    uses: Node,
    subject: str,
    problems: Problems,
) -> Mapping[str, Any]:
    """Return the inputs of a called workflow as far as they are known before the run (`Late` where they
    are not); what is wrong with them is added to `problems`.
    """
    values: dict[str, Any] = {}
    for name, node in given.items() if given else ():
        if name not in specs:
            problems.add(
                "unknown-input",
                f"the called workflow has no input {name[:60]!r}",
                node.location,
                subject=f"{subject}.{name}",
                expected=", ".join(specs) or "no inputs at all",
            )
    for name, spec in specs.items():
        value_node = given.get(name) if given else None
        if value_node is None:
            if spec.required and spec.default is None:
                what = f"the called workflow requires the input {name!r}"
                problems.add("missing-input", what, uses.location, subject=subject)
            values[name] = spec.empty if spec.default is None else spec.default
            continue
        value = here.early(value_node)
        if not isinstance(value, Late):
            try:
                value = spec.convert(value)
            except ValueError as error:
                problems.add(
                    "bad-input",
                    "this is not what the called workflow asks for",
                    value_node.location,
                    subject=f"{subject}.{name}",
                    expected=str(error),
                    got=shown(value),
                )
                value = spec.empty
        values[name] = value
    return values
