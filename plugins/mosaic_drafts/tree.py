"""A plan as a tree that can be changed: branches, whose identifiers follow from where they stand.

Owns the numbering. A group of siblings that was counted without gaps stays so; in any other each keeps its
number as long as the order allows. Never given is a number that a dangling dependency or an orphan's missing
parent names: either would then silently mean another node. Refuses a plan in which two nodes have one name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs

from mosaic_hookspecs import InputError, Plan, PlanNode, Refused, groups_of, make_identifier

Key = tuple[int, ...]
NEW = "+"
MAX_DEPTH = 6
_MAX_EPIC, _MAX_NUMBER = 999, 99


class Branch:
    """A node and what is below it. `key` is where it stood, None if it is new or was moved; a new node's
    identifier is a makeshift (`NEW` and a number), by which others may depend on it.
    """

    __slots__ = ("children", "is_dense", "key", "node", "parent")

    def __init__(self, node: PlanNode, key: Key | None, parent: Branch | None) -> None:
        self.node = node
        self.key = key
        self.parent = parent
        self.children: list[Branch] = []
        self.is_dense = True

    def height(self) -> int:
        """Return how many levels it has, itself included."""
        return 1 + max((child.height() for child in self.children), default=0)

    def depth(self) -> int:
        """Return its level, from 1; 0 for the root of all."""
        return len(self.key or ()) if self.parent is None else 1 + self.parent.depth()

    def above(self) -> Sequence[Branch]:
        """Return what it is part of, the nearest first."""
        found: list[Branch] = []
        parent = self.parent
        while parent is not None and parent.node.node_id:
            found.append(parent)
            parent = parent.parent
        return found

    def walk(self) -> Iterator[Branch]:
        """Yield it and all below it, each before its children."""
        yield self
        for child in self.children:
            yield from child.walk()


class Tree:
    """The branches of a plan. `loose` are those that stand nowhere: orphans, and what is named wrongly."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.root = Branch(PlanNode(node_id="", title=""), (), None)
        self.loose: list[Branch] = []
        self._by_id: dict[str, Branch] = {}
        self._reserved: frozenset[Key] = frozenset()
        self._grow()

    def find(self, node_id: str) -> Branch:
        """Return the branch of a node that is there; "" is the root of all."""
        return self._by_id[node_id] if node_id else self.root

    def branches(self) -> Iterator[Branch]:
        """Yield all branches."""
        for child in (*self.root.children, *self.loose):
            yield from child.walk()

    def take_out(self, branch: Branch) -> None:
        """Take a branch from where it is."""
        if branch.parent is None:
            self.loose.remove(branch)
        else:
            branch.parent.children.remove(branch)
        branch.parent = None

    def put_in(self, branch: Branch, parent: Branch, position: int | None, place: str) -> None:
        """Put a branch below another; the number that it had does not count any more.

        Raises:
            InputError: there is no such position. Refused: it would be too deep.
        """
        count = len(parent.children)
        if position is not None and not 0 <= position <= count:
            expected = f"0 to {count}"
            raise InputError(
                "bad-edit",
                "there is no such place",
                where=f"{place}.position",
                expected=expected,
                got=str(position),
            )
        depth = parent.depth() + branch.height()
        if depth > MAX_DEPTH:
            raise Refused(
                "too-deep",
                "it would have more levels than there are",
                where=f"{place}.parent",
                expected=f"at most {MAX_DEPTH}: epic, feature, story, task, subtask, atomic",
                got=str(depth),
                hint="Put it further up, or next to that node.",
            )
        branch.parent, branch.key = parent, None
        parent.children.insert(count if position is None else position, branch)

    def plan(self, place: str) -> tuple[Plan, Mapping[str, str]]:
        """Return the plan with every node numbered as it stands, and which identifiers changed, the makeshift
        ones of new nodes among them.

        Raises:
            Refused: there are more siblings than numbers.
        """
        keys: list[tuple[Key, Branch]] = []
        self._reserved = self._find_reserved()
        self._number(self.root, (), keys, place)
        for branch in self.loose:
            if branch.key is not None:
                keys.append((branch.key, branch))
                self._number(branch, branch.key, keys, place)
        keys.sort(key=lambda pair: pair[0])
        named = [(make_identifier(key), branch.node) for key, branch in keys]
        named += [(branch.node.node_id, branch.node) for branch in self.loose if branch.key is None]
        changed = {node.node_id: name for name, node in named if node.node_id != name}
        nodes = [
            attrs.evolve(node, node_id=name, depends_on=tuple(changed.get(one, one) for one in node.depends_on))
            for name, node in named
        ]
        return attrs.evolve(self._plan, nodes=tuple(nodes)), changed

    def _grow(self) -> None:
        read = [(node, _key(node.node_id)) for node in self._plan.nodes]
        by_key: dict[Key, Branch] = {}
        for node, key in read:
            if node.node_id in self._by_id:
                raise Refused(
                    "ambiguous-node",
                    f"two nodes of the plan are called {node.node_id}",
                    where=node.node_id,
                    hint="Renumber them with the edit `fix` first.",
                )
            branch = self._by_id[node.node_id] = Branch(node, key, None)
            if key is not None:
                by_key[key] = branch
        for branch in self._by_id.values():
            parent = self._parent(branch.key, by_key)
            if parent is None:
                self.loose.append(branch)
            else:
                branch.parent = parent
                parent.children.append(branch)
        for branch in (self.root, *self._by_id.values()):
            branch.children.sort(key=lambda child: child.key or ())
            numbers = [(child.key or (0,))[-1] for child in branch.children]
            branch.is_dense = numbers == list(range(1, len(numbers) + 1))

    def _parent(self, key: Key | None, by_key: Mapping[Key, Branch]) -> Branch | None:
        if key is None:
            return None
        return self.root if len(key) == 1 else by_key.get(key[:-1])

    def _find_reserved(self) -> frozenset[Key]:
        named = {name for branch in self._by_id.values() for name in branch.node.depends_on}
        reserved = {key for name in named - set(self._by_id) if (key := _key(name)) is not None}
        for branch in self.loose:
            reserved.update((branch.key or ())[:length] for length in range(1, len(branch.key or ())))
        return frozenset(reserved.difference(branch.key or () for branch in self._by_id.values()))

    def _number(self, parent: Branch, above: Key, keys: list[tuple[Key, Branch]], place: str) -> None:
        numbers = self._numbers(parent, above, place)
        for child, number in zip(parent.children, numbers, strict=True):
            keys.append(((*above, number), child))
            self._number(child, (*above, number), keys, place)

    def _numbers(self, parent: Branch, above: Key, place: str) -> Sequence[int]:
        most = _MAX_NUMBER if above else _MAX_EPIC
        found = self._count(parent, above, keeps=not parent.is_dense)
        if found and found[-1] > most:
            found = self._count(parent, above, keeps=False)
        if found and found[-1] > most:
            raise Refused(
                "too-many-children",
                "there are more nodes beside each other than there are numbers",
                where=place,
                expected=f"at most {most}",
                got=str(len(found)),
                hint="Group them under nodes of the next level.",
            )
        return found

    def _count(self, parent: Branch, above: Key, *, keeps: bool) -> Sequence[int]:
        numbers: list[int] = []
        previous = 0
        for child in parent.children:
            number = max(previous + 1, child.key[-1] if keeps and child.key else 0)
            while (*above, number) in self._reserved:
                number += 1
            numbers.append(number)
            previous = number
        return numbers


def _key(node_id: str) -> Key | None:
    try:
        return groups_of(node_id)
    except InputError:
        return None
