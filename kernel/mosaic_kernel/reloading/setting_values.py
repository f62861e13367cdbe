"""What ``config.set`` may change, as changes of the live layer, and how what is wrong with it is told.

Owns what is refused before anything is tried, and that a secret is never said again. A mapping takes the place
of what the live layer says under its key; what the layers below say of it stays, since that is what layers do.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, TypeVar

from mosaic_hookspecs.encode import to_json_data
from mosaic_hookspecs.errors import InputError, MosaicError, Refused

from ..configuring import Loaded
from ..documents import Keys
from ..failures import InputErrors
from ..layers import Layer, Layers
from ..redaction import REDACTED, is_secret
from .live_layer import LIVE_LAYER, require_in_force

_BEFORE_START = ("state_directory",)


def require_settable(loaded: Loaded, key: str) -> None:
    """Refuse a key that cannot be changed while the system runs.

    Raises:
        InputError: it is no key (code ``bad-key``).
        Refused: something above the live layer says it (code ``set-above``), or it holds from the start to the
            end (code ``before-start``).
    """
    if not all(key.split(".")):
        raise InputError(
            "bad-key", f"{key!r} is no key", where=key, expected="a dotted key, such as plugins.engine.prefetch"
        )
    if key in _BEFORE_START:
        raise Refused(
            "before-start",
            f"{key} cannot be changed while the system runs",
            where=key,
            hint="Write it into mosaic.yaml, and start again.",
        )
    if key == "profile" and loaded.has_given_profile:
        raise Refused(
            "set-above",
            "profile cannot be changed while the system runs",
            where="setting profile",
            expected="a key that the environment and the command line leave alone",
            hint="Start without that setting.",
        )
    require_in_force(loaded.layers, (key,))


def changes_of(values: Mapping[str, Any], loaded: Loaded, below: Layers, live: Layer | None) -> dict[str, Any]:
    """Return the changes of the live layer that let `values` hold, by dotted keys; None takes a key out.

    Args:
        values: what is asked for, by dotted keys.
        loaded: the configuration in force.
        below: every layer but the live one.
        live: the live layer as it is.

    Raises:
        InputError: nothing is asked for, or it is no configuration.
        Refused: it cannot be changed here, or not in this way.
    """
    if not values:
        raise InputError(
            "nothing-to-set", "nothing is to be set", where="values", expected="values, by dotted keys"
        )
    changes: dict[str, Any] = {}
    for key, value in values.items():
        require_settable(loaded, key)
        keys = tuple(key.split("."))
        _require_enabled(loaded, keys)
        plain = to_json_data(value)
        if plain == REDACTED and is_secret(keys[-1]):
            raise InputError(
                "hidden-value",
                f"{key!r} would be set to the stars that stand for a secret",
                where=key,
                expected="the secret itself, or nothing said of it",
            )
        if isinstance(plain, Mapping):
            _require_not_below(plain, _part(below.data, keys), keys, below)
        changes[key] = _in_place_of(plain, _part(live.data if live is not None else {}, keys))
    return changes


def told(error: MosaicError, values: Mapping[str, Any]) -> MosaicError:
    """Return an error of such a change for who asked for it: at the keys that were given, without secrets."""
    others = getattr(error, "others", None)
    secrets = sorted(_secrets("", values), key=len, reverse=True)
    if others is not None:
        return InputErrors([_told(one, secrets) for one in others])
    return _told(error, secrets)


Kind = TypeVar("Kind", bound=MosaicError)


def _told(error: Kind, secrets: list[str]) -> Kind:
    found = copy.copy(error)
    where = str(error.where or "")
    if where.startswith(f"{LIVE_LAYER}."):
        found.where = where.removeprefix(f"{LIVE_LAYER}.").removesuffix(" (not kept)")
    if any(is_secret(part) for part in where.split(".")):
        found.what, found.got = error.what.partition(":")[0], REDACTED if error.got else ""
    for secret in secrets:
        for field in ("what", "expected", "got", "hint"):
            setattr(found, field, getattr(found, field).replace(secret, REDACTED))
    found.args = (found.what,)
    return found


def _secrets(key: str, value: Any) -> set[str]:
    if isinstance(value, Mapping):
        return {secret for name, part in value.items() for secret in _secrets(str(name), part)}
    if isinstance(value, list | tuple):
        return {secret for part in value for secret in _secrets(key, part)}
    return {str(value)} if is_secret(key.rpartition(".")[2]) and value not in (None, "", REDACTED) else set()


def _in_place_of(value: Any, live: Any) -> Any:
    """Return the change that puts a value in the place of what the live layer says; stars change nothing."""
    if not isinstance(value, Mapping):
        return value
    before = live if isinstance(live, Mapping) else {}
    said = {
        name: _in_place_of(part, before.get(name))
        for name, part in value.items()
        if not (part == REDACTED and is_secret(name))
    }
    return {**{name: None for name in before if name not in value}, **said}


def _require_enabled(loaded: Loaded, keys: Keys) -> None:
    """Refuse to set a key of a plugin that is disabled: said in the live layer, it would enable the plugin."""
    if keys[0] == "plugins" and len(keys) > 2 and loaded.configuration.plugins.get(str(keys[1])) is False:  # noqa: PLR2004 - plugins, its name, its key
        raise Refused(
            "plugin-disabled",
            f"the plugin {keys[1]!r} is disabled, and has no configuration",
            where=".".join(map(str, keys)),
            hint=f"`mosaic plugins enable {keys[1]}` first.",
        )


def _require_not_below(value: Mapping[str, Any], below: Any, keys: Keys, layers: Layers) -> None:
    """Refuse a mapping without what a layer below says: the live layer can say more, and not less."""
    if not isinstance(below, Mapping):
        return
    for name, part in below.items():
        place = (*keys, name)
        if name not in value:
            raise Refused(
                "set-below",
                f"{'.'.join(map(str, place))} cannot be taken out here",
                where=".".join(map(str, keys)),
                expected=f"{name} too, since {layers.locate(place, True)} says it",
                hint="Take it out there, and read the configuration anew (config.reload).",
            )
        if isinstance(value[name], Mapping):
            _require_not_below(value[name], part, place, layers)


def _part(data: Any, keys: Keys) -> Any:
    for key in keys:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data
