"""Dependency graphs: what holds of every graph, not only of a few."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mge_toolkit.core.graph import closure, cycles, longest_path, successors, topological_order, waves

Graph = dict[str, list[str]]


@st.composite
def graphs(draw: st.DrawFn, acyclic: bool = False) -> Graph:
    names = [f"n{number}" for number in range(draw(st.integers(0, 12)))]
    graph: Graph = {}
    for number, name in enumerate(names):
        allowed = names[:number] if acyclic else names
        graph[name] = draw(st.lists(st.sampled_from(allowed), max_size=4)) if allowed else []
    order = draw(st.permutations(names))
    return {name: graph[name] for name in order}


def reaches(graph: Graph, start: str, goal: str) -> bool:
    """Tell by brute force whether ``goal`` comes before ``start``."""
    return any(before == goal or reaches(graph, before, goal) for before in graph[start])


@given(graphs(acyclic=True))
def test_order_puts_every_node_after_those_before_it(graph: Graph) -> None:
    order = topological_order(graph)
    assert sorted(order) == sorted(graph)
    for node, before in graph.items():
        assert all(order.index(other) < order.index(node) for other in before)


@given(graphs())
def test_order_leaves_out_cycles_and_what_follows_them(graph: Graph) -> None:
    order = topological_order(graph)
    on_cycles = {node for node in graph if node in closure_before(graph, node)}
    expected = {node for node in graph if not closure(graph, [node]) & on_cycles}
    assert set(order) == expected
    assert len(order) == len(expected)


def closure_before(graph: Graph, node: str) -> set[str]:
    """Return what comes before ``node``, itself only where it is on a cycle."""
    return closure(graph, graph[node])


def test_order_keeps_the_graphs_own_order_where_nothing_else_is_asked() -> None:
    assert topological_order({"b": [], "a": [], "c": ["a"]}) == ["b", "a", "c"]


def test_a_dependency_named_twice_counts_once() -> None:
    assert topological_order({"b": ["a", "a"], "a": []}) == ["a", "b"]
    assert waves({"b": ["a", "a"], "a": []}) == {"a": 0, "b": 1}


@given(graphs(acyclic=True))
def test_a_wave_is_one_more_than_the_last_wave_before_it(graph: Graph) -> None:
    numbers = waves(graph)
    assert numbers.keys() == graph.keys()
    for node, before in graph.items():
        assert numbers[node] == (1 + max(numbers[other] for other in before) if before else 0)


@given(graphs(), st.data())
def test_closure_is_what_can_be_reached(graph: Graph, data: st.DataObject) -> None:
    starts = data.draw(st.lists(st.sampled_from(sorted(graph)), max_size=3)) if graph else []
    found = closure(graph, starts)
    assert set(starts) <= found
    assert all(set(graph[node]) <= found for node in found)
    assert found == set().union(*({start} | closure_before(graph, start) for start in starts))


@given(graphs(acyclic=True), st.data())
def test_closure_agrees_with_brute_force(graph: Graph, data: st.DataObject) -> None:
    if graph:
        start = data.draw(st.sampled_from(sorted(graph)))
        assert closure(graph, [start]) == {start} | {node for node in graph if reaches(graph, start, node)}


@given(graphs())
def test_cycles_are_paths_that_share_no_node(graph: Graph) -> None:
    seen: set[str] = set()
    for path in cycles(graph):
        assert len(path) >= 2
        assert path[0] == path[-1]
        assert all(after in graph[node] for node, after in pairwise(path))
        assert len(set(path)) == len(path) - 1
        assert not seen & set(path)
        seen |= set(path)


@given(graphs())
def test_there_are_cycles_exactly_where_the_order_is_incomplete(graph: Graph) -> None:
    assert bool(cycles(graph)) == (len(topological_order(graph)) < len(graph))


@given(graphs())
def test_every_node_that_is_not_in_order_reaches_a_returned_cycle(graph: Graph) -> None:
    returned = {node for path in cycles(graph) for node in path}
    left_out = set(graph) - set(topological_order(graph))
    assert all(closure(graph, [node]) & returned for node in left_out)


@given(graphs())
def test_successors_are_the_edges_turned_round(graph: Graph) -> None:
    following = successors(graph)
    assert following.keys() == graph.keys()
    edges = sorted((node, before) for node, befores in graph.items() for before in befores)
    assert edges == sorted((node, before) for before, nodes in following.items() for node in nodes)


def best_total(graph: Graph, weights: dict[str, int], node: str) -> int:
    return weights[node] + max((best_total(graph, weights, before) for before in graph[node]), default=0)


@given(graphs(acyclic=True), st.data())
def test_longest_path_is_a_path_with_the_largest_total(graph: Graph, data: st.DataObject) -> None:
    weights = {node: data.draw(st.integers(0, 9)) for node in graph}
    path, total = longest_path(graph, lambda node: float(weights[node]))
    assert total == sum(weights[node] for node in path)
    assert all(before in graph[node] for before, node in pairwise(path))
    assert total == max((best_total(graph, weights, node) for node in graph), default=0)


@given(graphs(acyclic=True))
def test_longest_path_of_equal_weights_crosses_every_wave(graph: Graph) -> None:
    path, _ = longest_path(graph, lambda _: 1.0)
    assert [waves(graph)[node] for node in path] == list(range(len(path)))
    assert len(path) == len(set(waves(graph).values()))


def test_longest_path_with_weights_of_zero_begins_where_nothing_comes_before() -> None:
    path, total = longest_path({"a": [], "b": ["a"]}, lambda _: 0.0)
    assert total == 0.0
    assert path[0] == "a"


def test_a_chain_of_100_000_is_no_matter_of_recursion() -> None:
    chain = {str(n): [str(n - 1)] if n else [] for n in range(100_000)}
    assert waves(chain)["99999"] == 99_999
    assert len(closure(chain, ["99999"])) == 100_000
    assert len(longest_path(chain, lambda _: 1.0)[0]) == 100_000
    ring = {**chain, "0": ["99999"]}
    assert len(cycles(ring)[0]) == 100_001


def test_many_nodes_behind_one_cycle_are_walked_once() -> None:
    behind = {f"n{n}": ["a"] for n in range(50_000)}
    assert cycles({"a": ["b"], "b": ["a"], **behind}) == [["a", "b", "a"]]
