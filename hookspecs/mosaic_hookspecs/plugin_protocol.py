"""The methods of the protocol between the kernel and a plugin in a process of its own.

The transport is JSON-RPC 2.0 on the child's standard input and output (`mosaic_hookspecs.wire`); what it
writes to standard error is its log. Both sides may have many requests in flight, answer them in any order,
and end one of theirs with ``$/cancelRequest``. The child ends when its input ends.

**The kernel asks the child.**

- ``initialize`` {protocol, hooks, ports: {name: version}, plugin, generation, config, directories: {state,
  project}, seconds, bus} → {protocol, hooks, implements: [names of hooks], config_schema?}. The first
  request; a child that cannot speak this version fails it, naming both.
- the hooks that it implements, by their names, such as ``mosaic_provide`` {} → [{port, name, provider}],
  ``mosaic_health`` {} → {is_well, detail}, ``mosaic_export_state`` {} → {version, data} or null,
  ``mosaic_import_state`` {version, data}. ``mosaic_operations`` {} → [{name, kind, permission, summary,
  input, output, moves, resumes}], with JSON Schemas of objects for input and output.
  ``mosaic_interceptors`` {} → [{stage}]. ``mosaic_plugin_failed`` {plugin, error} is a notification.
- ``operation`` {name, input, call: {principal, correlation}} → the output, as plain JSON; for a stream
  ``follow`` with the same → a stream, and ``resume`` {name, input, item} → an input.
- ``intercept`` {interceptor: its place in the list, interception, call, input} → {} (what ``proceed``
  answered), {failed: true} (what it failed with), or {result}.
- ``shutdown`` {}: end all work, answer, and exit.

**The child asks the kernel.**

- ``dispatch`` {operation, input, principal?} → the output.
- ``port/names`` {port} → [names]; ``port/get`` {port, name} → a reference.
- ``proceed`` {interception, input?} → what follows in the chain answers.
- ``now`` {} → milliseconds since 1970.
- notifications: ``log`` {level, event, facts}, ``publish`` {topic, body}, ``crashed`` {error}.

**Objects.** What is no data travels as a reference: ``{"$ref": number, "members": {name: kind}, "values":
{name: value}}`` (its methods can be called; the members that the contracts know, and the values that stay),
``{"$function": number}``, ``{"$stream": number}``, ``{"$context": number}``; it is good as long as the call
that it was an argument of, or until ``release``. The side that gave it serves:

- ``call`` {object, member, arguments, named} → the result; ``ask`` is the same for what answers at once,
  ``tell`` the same as a notification; ``get`` {object, member} → a value; ``describe`` {object, member} →
  ``async``, ``sync``, ``tell``, ``stream``, ``context``, ``value`` or null.
- ``iterate`` {object, member, arguments, named} → a stream; ``next`` {stream} → {item} or {} at its end;
  ``end`` {stream}. One item is made for each ``next``.
- ``enter`` {object, member, arguments, named} → {context, value}; ``exit`` {context, error?} →
  {suppresses}.
- the notification ``release`` {objects}.

**Values** of these calls are JSON, in which an object with one of these keys stands for what JSON has not:
``$record`` (a record of `mosaic_hookspecs`, by ``module.Name``) with ``fields``; ``$data`` (any other
record) with ``fields``; ``$enum`` with ``value``; ``$tuple``, ``$set``, ``$frozenset``, ``$map`` (pairs),
``$bytes`` (base64), ``$path``, ``$float``, ``$error`` (see `mosaic_hookspecs.wire`), ``$same`` (the error
of that place in this message); ``$yours`` (a reference that the reader gave).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from mosaic_hookspecs.errors import Unavailable
from mosaic_hookspecs.versions import fits

PROTOCOL = "1.0"
NOW_METHODS = frozenset({"ask", "describe", "get", "now", "port/get", "port/names", "resume"})
"""Requests that are answered at once, since whoever asks stands still meanwhile."""


def require_protocol(
    theirs: Mapping[str, object], ours: Mapping[str, str], who: str, cure: str, *, judges_minor: bool = True
) -> None:
    """Refuse another side whose versions (of ``protocol`` and ``hooks``) do not fit. The kernel judges the
    minor version; a child need not, since it is told what the kernel speaks and judged by it.

    Raises:
        Unavailable: both versions, and the `cure` (code ``protocol-mismatch``).
    """
    for name, version in ours.items():
        found = theirs.get(name)
        major = version.partition(".")[0]
        limit = version if judges_minor else f"{major}.{sys.maxsize}"
        if not isinstance(found, str) or not fits(found, limit):
            raise Unavailable(
                "protocol-mismatch",
                f"{who} speaks another version of the {name}",
                expected=f"{name} {version} or an older {major}.x" if judges_minor else f"{name} {major}.x",
                got=f"{name} {found}" if isinstance(found, str) else f"no version of the {name}",
                hint=cure,
            )
