"""Strongly connected parts of a graph of integers, and one cycle in each; iterative and linear."""

from __future__ import annotations

from collections.abc import Sequence

Edges = Sequence[Sequence[int]]


def find_cycles(edges: Edges) -> Sequence[Sequence[int]]:
    """Return one cycle for each part of the graph in which every vertex reaches every other.

    Edges from a vertex to itself are not looked at.
    """
    parts = [part for part in _components(edges) if len(part) > 1]
    return sorted((_walk(edges, min(part), frozenset(part)) for part in parts), key=min)


def _walk(edges: Edges, start: int, part: frozenset[int]) -> Sequence[int]:
    path: list[int] = []
    seen: dict[int, int] = {}
    vertex = start
    while vertex not in seen:
        seen[vertex] = len(path)
        path.append(vertex)
        vertex = next(other for other in edges[vertex] if other in part and other != vertex)
    return path[seen[vertex] :]


def _components(edges: Edges) -> list[list[int]]:
    """Tarjan's algorithm, with a stack of its own."""
    order = [-1] * len(edges)
    lowest = [0] * len(edges)
    on_stack = [False] * len(edges)
    stack: list[int] = []
    components: list[list[int]] = []
    count = 0
    for root in range(len(edges)):
        if order[root] >= 0:
            continue
        work = [(root, 0)]
        while work:
            vertex, position = work.pop()
            if position == 0:
                order[vertex] = lowest[vertex] = count
                count += 1
                stack.append(vertex)
                on_stack[vertex] = True
            else:
                lowest[vertex] = min(lowest[vertex], lowest[edges[vertex][position - 1]])
            targets = edges[vertex]
            while position < len(targets):
                target = targets[position]
                position += 1
                if order[target] < 0:
                    work += [(vertex, position), (target, 0)]
                    break
                if on_stack[target]:
                    lowest[vertex] = min(lowest[vertex], order[target])
            else:
                if lowest[vertex] == order[vertex]:
                    component: list[int] = []
                    while not component or component[-1] != vertex:
                        component.append(stack.pop())
                        on_stack[component[-1]] = False
                    components.append(component)
    return components
