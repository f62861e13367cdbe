"""A workflow's inputs: what it declares, and the values that a run or a call gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs import InputError, Location

from .document import Node
from .expressions.values import kind_of, to_text
from .problems import Problems, nearest, shown


@attrs.frozen(kw_only=True)
class InputSpec:
    """One declared input. `default` is None where none is given."""

    name: str
    type: str = "string"
    required: bool = False
    default: Any = None
    options: Sequence[str] = ()

    def to_data(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {**attrs.asdict(self), "options": list(self.options)}

    def convert(self, value: Any) -> Any:
        """Return `value` in this input's type.

        Raises:
            ValueError: it is none; the words say what was expected.
        """
        if self.type == "boolean":
            if isinstance(value, bool):
                return value
            if isinstance(value, str) and value.lower() in ("true", "false"):
                return value.lower() == "true"
            raise ValueError("true or false")
        if self.type == "number":
            return _number(value)
        if kind_of(value) in ("array", "object", "null"):
            raise ValueError("a text")
        text = to_text(value)
        if self.type == "choice" and text not in self.options:
            raise ValueError("one of " + ", ".join(self.options))
        return text

    @property
    def empty(self) -> Any:
        """The value where nothing is given and there is no default."""
        if self.type == "choice" and self.options:
            return self.options[0]
        return {"boolean": False, "number": 0}.get(self.type, "")


def _number(value: Any) -> int | float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if number == number and abs(number) != float("inf"):  # noqa: PLR0124 - NaN is not itself
            return int(number) if number.is_integer() else number
    raise ValueError("a number")


def read_inputs(trigger: Node | None, path: str, problems: Problems) -> Mapping[str, InputSpec] | None:
    """Read the inputs that a trigger declares (None: there is no such trigger); what is wrong with
    them is added to `problems`.
    """
    if trigger is None:
        return None
    declared = trigger.get("inputs")
    specs: dict[str, InputSpec] = {}
    for name, child in declared.items() if declared else ():
        specs[name] = _read_input(name, child, f"{path}.inputs.{name}", problems)
    return specs


def _read_input(name: str, node: Node, path: str, problems: Problems) -> InputSpec:
    options, type_, required = node.get("options"), node.get("type"), node.get("required")
    spec = InputSpec(
        name=name,
        type=type_.raw if type_ else "string",
        required=bool(required and required.value is True),
        options=tuple(option.raw for option in options.elements()) if options else (),
    )
    if spec.type == "choice" and not spec.options:
        problems.add(
            "missing-key", "a choice has no options", node.location, subject=path, expected="options: [ … ]"
        )
    default = node.get("default")
    if default is None or default.kind == "null":
        return spec
    try:
        return attrs.evolve(spec, default=spec.convert(default.value))
    except ValueError as error:
        problems.add(
            "bad-default",
            "the default is not of the input's type",
            default.location,
            subject=f"{path}.default",
            expected=str(error),
            got=shown(default.raw),
        )
    return spec


def accept_inputs(specs: Mapping[str, InputSpec], given: Mapping[str, Any], where: Location) -> dict[str, Any]:
    """Return the value of every declared input.

    Raises:
        InputError: one is unknown, missing, or of the wrong type.
    """
    for name in given:
        if name not in specs:
            raise InputError(
                "unknown-input",
                f"the workflow has no input {name!r}",
                where=where,
                expected=", ".join(specs) or "no inputs at all",
                got=shown(name),
                hint=nearest(name, specs),
            )
    values: dict[str, Any] = {}
    for name, spec in specs.items():
        if name in given:
            try:
                values[name] = spec.convert(given[name])
            except ValueError as error:
                raise InputError(
                    "bad-input",
                    f"the input {name!r} is not what the workflow asks for",
                    where=where,
                    expected=str(error),
                    got=shown(given[name]),
                ) from None
        elif spec.default is not None:
            values[name] = spec.default
        elif spec.required:
            raise InputError(
                "missing-input", f"the input {name!r} is required", where=where, hint=f"Give it: {name}=…"
            )
        else:
            values[name] = spec.empty
    return values
