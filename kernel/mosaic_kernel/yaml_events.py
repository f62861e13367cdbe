"""Builds a `Document` from a stream of YAML events, without recursion."""

from __future__ import annotations

from typing import Any

import yaml

from mosaic_hookspecs.errors import InputError, Location

from .documents import MAX_DEPTH, MAX_NODES, Document, Keys, resolve_scalar

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Frame:
    """A mapping or sequence that is being filled."""

    __slots__ = ("anchor", "first_node", "key", "path", "value")

    def __init__(
        self, value: dict[str, Any] | list[Any], path: Keys, anchor: str | None, first_node: int
    ) -> None:
        self.value = value
        self.path = path
        self.anchor = anchor
        self.first_node = first_node
        self.key: str | None = None


class _Builder:
    def __init__(self, path: str) -> None:
        self.path = path
        self.data: Any = None
        self.values: dict[Keys, tuple[int, int]] = {}
        self.keys: dict[Keys, tuple[int, int]] = {}
        self.stack: list[_Frame] = []
        self.anchors: dict[str, tuple[Any, int, int]] = {}
        self.open_anchors: set[str] = set()
        self.nodes = 0
        self.documents = 0

    def at(self, mark: Any) -> Location:
        return Location(path=self.path, line=mark.line + 1, column=mark.column + 1)

    def see(self, event: Any) -> None:
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise self.error(
                    "many-documents", "a second document begins here", event, expected="one document"
                )
        elif isinstance(event, yaml.CollectionEndEvent):
            self.close()
        elif isinstance(event, yaml.AliasEvent):
            self.alias(event)
        elif isinstance(event, yaml.NodeEvent):
            self.node(event)

    def error(self, code: str, what: str, event: Any, *, expected: str = "", got: str = "") -> InputError:
        return InputError(code, what, where=self.at(event.start_mark), expected=expected, got=got)

    def node(self, event: Any) -> None:
        tag = getattr(event, "tag", None)
        if tag is not None and tag != "!":
            raise self.error("bad-tag", "tags are not allowed", event, expected="plain data", got=tag[:60])
        self.count(1, event)
        if isinstance(event, yaml.ScalarEvent):
            if self.is_at_key():
                self.take_key(event)
                return
            value: Any = event.value
            if event.implicit[0] and tag is None:
                value = resolve_scalar(event.value, self.at(event.start_mark))
            self.put(value, event)
            if event.anchor:
                self.anchors[event.anchor] = (value, 1, 0)
            return
        if self.is_at_key():
            raise self.error("bad-key", "a key must be a scalar", event, expected="text")
        if len(self.stack) >= MAX_DEPTH:
            raise self.error(
                "too-deep", "the nesting is too deep", event, expected=f"at most {MAX_DEPTH} levels"
            )
        container: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        path = self.put(container, event)
        if event.anchor:
            self.open_anchors.add(event.anchor)
            self.anchors.pop(event.anchor, None)
        self.stack.append(_Frame(container, path, event.anchor, self.nodes))

    def count(self, nodes: int, event: Any) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            raise self.error(
                "too-many-nodes",
                "the document is too large once its aliases are expanded",
                event,
                expected=f"at most {MAX_NODES} nodes",
            )

    def is_at_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1].value, dict) and self.stack[-1].key is None

    def take_key(self, event: Any) -> None:
        frame = self.stack[-1]
        key = str(event.value)
        if key == "<<" and event.implicit[0]:
            raise self.error("bad-key", "merge keys are not allowed", event, got="<<")
        if key in frame.value:
            first = self.keys[(*frame.path, key)]
            raise self.error(
                "duplicate-key",
                "the key stands here a second time",
                event,
                expected=f"only the one of line {first[0]}",
                got=key[:60],
            )
        frame.key = key
        self.keys[(*frame.path, key)] = (event.start_mark.line + 1, event.start_mark.column + 1)

    def put(self, value: Any, event: Any) -> Keys:
        mark = event.start_mark
        path: Keys
        if not self.stack:
            self.data = value
            path = ()
        else:
            frame = self.stack[-1]
            if isinstance(frame.value, list):
                path = (*frame.path, len(frame.value))
                frame.value.append(value)
            else:
                key = frame.key or ""
                path = (*frame.path, key)
                frame.value[key] = value
                frame.key = None
        self.values[path] = (mark.line + 1, mark.column + 1)
        return path

    def alias(self, event: Any) -> None:
        name = event.anchor
        if self.is_at_key():
            raise self.error("bad-key", "an alias cannot be a key", event, got=f"*{name}"[:60])
        if name in self.open_anchors:
            raise self.error("bad-alias", "the alias stands inside its own anchor", event, got=f"*{name}"[:60])
        known = self.anchors.get(name)
        if known is None:
            raise self.error("bad-alias", "the alias has no anchor", event, got=f"*{name}"[:60])
        value, size, height = known
        self.count(size, event)
        if len(self.stack) + height > MAX_DEPTH:
            raise self.error(
                "too-deep", "the nesting is too deep", event, expected=f"at most {MAX_DEPTH} levels"
            )
        self.put(value, event)

    def close(self) -> None:
        frame = self.stack.pop()
        if frame.anchor:
            self.open_anchors.discard(frame.anchor)
            self.anchors[frame.anchor] = (frame.value, self.nodes - frame.first_node + 1, _height(frame.value))


def _height(value: Any) -> int:
    # Bounded: what is nested deeper than MAX_DEPTH was refused before it could be closed.
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if parts is None else 1 + max(map(_height, parts), default=0)


def read_events(text: str, path: str) -> Document:
    """Parse `text` into a document.

    Raises:
        InputError: as `documents.load_yaml`.
    """
    builder = _Builder(path)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.see(event)
    except InputError:
        raise
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = builder.at(mark) if mark is not None else Location(path=path)
        if "nesting depth" in (error.problem or ""):
            # Newer parsers have a limit of their own, and look ahead further than ours.
            raise InputError(
                "too-deep", "the nesting is too deep", where=where, expected=f"at most {MAX_DEPTH} levels"
            ) from None
        raise InputError(
            "bad-yaml", error.problem or "the text is not YAML", where=where, expected="YAML"
        ) from None
    except yaml.reader.ReaderError as error:
        raise InputError(
            "bad-yaml",
            "the text has a character that YAML does not allow",
            where=_locate(text, path, error.position),
        ) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise InputError(
            "bad-yaml", "the text is not YAML", where=Location(path=path), got=str(error)[:80]
        ) from None
    return Document(path=path, data=builder.data, values=builder.values, keys=builder.keys)


def _locate(text: str, path: str, position: int) -> Location:
    before = text[: max(position, 0)]
    return Location(path=path, line=before.count("\n") + 1, column=len(before) - (before.rfind("\n") + 1) + 1)
