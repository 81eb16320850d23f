"""Dependency graphs: order, waves, closures and cycles. Linear in nodes and edges, and never recursive."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

Graph: TypeAlias = Mapping[str, Sequence[str]]
"""Each node with the nodes that come before it."""


def successors(graph: Graph) -> dict[str, list[str]]:
    """Return each node with the nodes that directly follow it."""
    following: dict[str, list[str]] = {node: [] for node in graph}
    for node, before in graph.items():
        for predecessor in before:
            following[predecessor].append(node)
    return following


def topological_order(graph: Graph) -> list[str]:
    """Return the nodes, each after all that come before it, else in the graph's own order.

    Nodes on a cycle, and what follows them, are left out.
    """
    following = successors(graph)
    waiting = {node: len(before) for node, before in graph.items()}
    ready = deque(node for node, number in waiting.items() if not number)
    order: list[str] = []
    while ready:
        node = ready.popleft()
        order.append(node)
        for follower in following[node]:
            waiting[follower] -= 1
            if not waiting[follower]:
                ready.append(follower)
    return order


def waves(graph: Graph) -> dict[str, int]:
    """Return each node's wave: the length of the longest path that leads to it. The graph has no cycle."""
    numbers: dict[str, int] = {}
    for node in topological_order(graph):
        numbers[node] = 1 + max((numbers[before] for before in graph[node]), default=-1)
    return numbers


def closure(graph: Graph, nodes: Iterable[str]) -> set[str]:
    """Return ``nodes`` and everything that comes before them, directly or not."""
    found: set[str] = set()
    stack = list(nodes)
    while stack:
        node = stack.pop()
        if node not in found:
            found.add(node)
            stack.extend(graph[node])
    return found


def cycles(graph: Graph) -> list[list[str]]:
    """Return cycles that do not share a node, each as a path that starts and ends with the same node.

    Every node on any cycle is on a returned one or reaches one; so an empty list means there is none.
    """
    settled = set(topological_order(graph))
    found: list[list[str]] = []
    for start in graph:
        path: list[str] = []
        place: dict[str, int] = {}
        node: str | None = start
        while node is not None and node not in settled and node not in place:
            place[node] = len(path)
            path.append(node)
            node = next((before for before in graph[node] if before not in settled), None)
        if node in place:
            start_of_cycle = place[node]
            found.append([*path[start_of_cycle:], node])
        settled.update(path)
    return found


def longest_path(graph: Graph, weight: Callable[[str], float]) -> tuple[list[str], float]:
    """Return the path with the largest total weight, and that total; the graph has no cycle."""
    totals: dict[str, float] = {}
    previous: dict[str, str | None] = {}
    for node in topological_order(graph):
        best = max(graph[node], key=totals.__getitem__, default=None)
        previous[node] = best
        totals[node] = weight(node) + (0.0 if best is None else totals[best])
    end = max(totals, key=totals.__getitem__, default=None)
    total = 0.0 if end is None else totals[end]
    path: list[str] = []
    while end is not None:
        path.append(end)
        end = previous[end]
    return path[::-1], total
