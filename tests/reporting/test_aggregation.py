"""Results folded over four levels: by hand for the example, and the same totals in any grouping."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mge_toolkit.core.results import (
    NO_ISOLATION,
    ExecutionResult,
    Isolation,
    Origin,
    Outcome,
    Protection,
    Spending,
    Stream,
    Value,
)
from mge_toolkit.core.runs import Counts, RunResult
from mge_toolkit.reporting.aggregation import AggregatedResult, Level, ResultAggregator
from mge_toolkit.reporting.monitoring.statistics import Spread
from tests.reporting import example_run as example
from tests.reporting.monitoring.records import WHEN, attempt, result, unstarted

AGGREGATOR = ResultAggregator()


@pytest.fixture(scope="module")
def run() -> RunResult:
    return example.run_example()


def test_the_example_as_a_whole(run: RunResult) -> None:
    found = AGGREGATOR.aggregate_system_results(run)
    assert (found.level, found.name, found.counts) == (Level.SYSTEM, "shop", example.COUNTS)
    assert found.success_rate == pytest.approx(example.SUCCESS_RATE)
    assert found.interval is not None
    assert (round(found.interval.low, 3), round(found.interval.high, 3)) == example.INTERVAL
    assert (found.attempts, found.retries) == (example.EXECUTIONS, example.RETRIES)
    assert (found.wall.total, found.wall.p50, found.wall.max) == (
        example.WALL_TOTAL,
        example.WALL_P50,
        example.WALL_MAX,
    )
    assert (found.cpu.total, found.peak_memory) == (example.CPU_TOTAL, example.PEAK_MEMORY)
    assert found.spending == example.SPENDING
    assert tuple((one.stream, one.text, one.atoms) for one in found.outputs) == example.OUTPUTS
    patterns = [
        example.ExpectedPattern(
            category=one.category,
            kind=one.kind,
            message=one.message,
            place=one.place,
            failures=one.count,
            atoms=one.atoms,
            first_wave=one.first_wave,
            healed=one.healed,
        )
        for one in found.errors
    ]
    assert sorted(patterns, key=repr) == sorted(example.PATTERNS, key=repr)
    assert found.isolation is not None
    assert (found.isolation.level, found.isolation.sandboxes) == ("full", ("fake",))


def test_the_example_level_by_level(run: RunResult) -> None:
    results = list(run.results.values())
    modules = AGGREGATOR.aggregate_module_results(results)
    assert {key: one.counts for key, one in modules.items()} == example.MODULES
    assert [one.name for one in modules.values()] == ["catalog.pricing", "catalog.stock", "checkout.cart"]
    components = AGGREGATOR.aggregate_component_results(results)
    assert {key: one.counts for key, one in components.items()} == example.COMPONENTS
    system = AGGREGATOR.aggregate_system_results(results, "shop")
    assert system.parts == tuple(components.values())
    assert [part for component in system.parts for part in component.parts] == list(modules.values())
    atoms = AGGREGATOR.aggregate_atom_results(results)
    assert list(atoms) == list(example.OUTCOMES)
    assert {key: one.attempts for key, one in atoms.items() if one.attempts} == example.ATTEMPTS


def test_everything_is_json(run: RunResult) -> None:
    data = AGGREGATOR.aggregate_system_results(run).to_data()
    assert json.loads(json.dumps(data, allow_nan=False)) == data


def test_nothing_is_defined() -> None:
    found = AGGREGATOR.aggregate_system_results([])
    assert (found.counts, found.success_rate, found.interval, found.wall) == (Counts(), None, None, Spread())
    assert (found.first_start, found.last_end, found.isolation, found.peak_memory) == (None, None, None, None)
    assert (found.outputs, found.errors, found.parts) == ((), (), ())
    assert AGGREGATOR.aggregate_atom_results([]) == {}
    assert AGGREGATOR.aggregate_module_results([]) == {}
    assert AGGREGATOR.aggregate_component_results([]) == {}


def test_a_group_in_which_nothing_ran_counts_its_atoms() -> None:
    found = AGGREGATOR.aggregate_system_results(
        [unstarted("a", Outcome.BLOCKED), unstarted("b", Outcome.STOPPED)]
    )
    assert found.counts == Counts(blocked=1, stopped=1)
    assert (found.success_rate, found.wall, found.isolation) == (None, Spread(), None)


def test_atoms_outside_any_group_are_one() -> None:
    results = [
        result("a"),
        replace(result("b"), component="c"),
        replace(result("d"), component="c", module="m"),
    ]
    modules = AGGREGATOR.aggregate_module_results(results)
    assert {key: one.name for key, one in modules.items()} == {
        (None, None): "",
        ("c", None): "c",
        ("c", "m"): "c.m",
    }
    components = AGGREGATOR.aggregate_component_results(results)
    assert {key: len(one.parts) for key, one in components.items()} == {None: 1, "c": 2}


def test_the_same_module_name_in_two_components_is_two_modules() -> None:
    results = [replace(result(name), component=name, module="m") for name in "ab"]
    assert list(AGGREGATOR.aggregate_module_results(results)) == [("a", "m"), ("b", "m")]


def printing(
    atom_id: str, text: str = "", total: int | None = None, value: Value | None = None
) -> ExecutionResult:
    one = attempt()
    stream = Stream(data=text.encode(), total=len(text) if total is None else total)
    return result(atom_id, replace(one, execution=replace(one.execution, stdout=stream, result=value)))


def test_outputs_keep_the_plans_order_and_their_atoms() -> None:
    results = [
        replace(printing("a", "one"), component="x"),
        replace(printing("b", "two"), component="y"),
        replace(printing("c", "one"), component="y"),
        replace(printing("d", "one", 9), component="x"),
        replace(printing("e", "", value=Value(json={"b": 1, "a": [None]})), component="x"),
        replace(printing("f", "", value=Value(repr="<f>")), component="y"),
        replace(printing("g", "", value=Value(json=None)), component="y"),
    ]
    found = AGGREGATOR.aggregate_system_results(results)
    assert [(one.stream, one.text, one.atoms, one.truncated) for one in found.outputs] == [
        ("stdout", "one", ("a", "c"), False),
        ("stdout", "two", ("b",), False),
        ("stdout", "one", ("d",), True),
        ("result", '{"a": [null], "b": 1}', ("e",), False),
        ("result", "<f>", ("f",), False),
    ]
    x, y = found.parts
    assert [one.atoms for one in x.outputs] == [("a",), ("d",), ("e",)]
    assert [one.atoms for one in y.outputs] == [("b",), ("c",), ("f",)]


def test_a_result_nested_beyond_all_measure_raises_nothing() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    (output,) = AGGREGATOR.aggregate_system_results([printing("a", value=Value(json=deep))]).outputs
    assert output.text == "(nested too deeply to be shown)"
    while deep:  # taken apart by hand: to free it whole would exhaust the stack of some interpreters
        deep = deep.pop()  # type: ignore[assignment]


def isolated(atom_id: str, isolation: Isolation) -> ExecutionResult:
    one = attempt()
    return result(atom_id, replace(one, execution=replace(one.execution, isolation=isolation)))


FULL = Isolation(sandbox="local", mechanisms={Protection.NETWORK: "namespace", Protection.READS: "Landlock"})
DEGRADED = Isolation(
    sandbox="docker", mechanisms={Protection.NETWORK: "container"}, missing={Protection.READS: "no Landlock"}
)


@pytest.mark.parametrize(
    ("isolations", "level", "held", "missing"),
    [
        ([FULL], "full", ["network", "reads"], {}),
        ([FULL, DEGRADED], "degraded", ["network"], {"reads": "no Landlock"}),
        ([DEGRADED, NO_ISOLATION], "none", [], {"reads": "no Landlock"}),
    ],
)
def test_the_weakest_isolation_is_what_held(
    isolations: list[Isolation], level: str, held: list[str], missing: dict[str, str]
) -> None:
    found = AGGREGATOR.aggregate_system_results([isolated(f"a{n}", one) for n, one in enumerate(isolations)])
    assert found.isolation is not None
    assert (found.isolation.level, list(found.isolation.held), dict(found.isolation.missing)) == (
        level,
        held,
        missing,
    )


def test_the_time_range_is_from_the_first_start_to_the_last_end() -> None:
    late = replace(attempt(wall=1.0), started_at=WHEN + timedelta(seconds=10))
    found = AGGREGATOR.aggregate_system_results([result("a", late), result("b", attempt(wall=30.0))])
    assert (found.first_start, found.last_end) == (WHEN, WHEN + timedelta(seconds=30))


def test_what_was_taken_over_cost_nothing_here() -> None:
    cached = result("a", attempt(1, "no", spending=Spending(usd=1.0)), attempt(2), origin=Origin.CACHED)
    found = AGGREGATOR.aggregate_system_results([cached])
    assert found.counts == Counts(passed=1, healed=1, cached=1)
    assert (found.attempts, found.retries, found.wall, found.spending) == (0, 0, Spread(), Spending())
    assert [(one.count, one.healed) for one in found.errors] == [(1, 1)]


groups = st.one_of(st.none(), st.sampled_from("abc"))
failures = st.one_of(st.none(), st.sampled_from(["no 1", "no 2", "other", "'x' is missing"]))


@st.composite
def results_of_a_plan(draw: st.DrawFn) -> list[ExecutionResult]:
    found = []
    for number in range(draw(st.integers(0, 12))):
        walls = draw(st.lists(st.floats(0, 100, allow_nan=False), max_size=3))
        attempts = tuple(
            attempt(
                place,
                draw(failures),
                wall=wall,
                spending=Spending(input_tokens=draw(st.integers(0, 9)), usd=None),
            )
            for place, wall in enumerate(walls, 1)
        )
        outcome = draw(st.sampled_from(list(Outcome)))
        fields = {"outcome": outcome, "wave": draw(st.integers(0, 3)), "component": None, "module": None}
        found.append(ExecutionResult(atom_id=f"a{number}", attempts=attempts, **fields))  # type: ignore[arg-type]
    return found


@given(results_of_a_plan(), st.data())
def test_any_grouping_of_the_same_results_has_the_same_totals(
    results: list[ExecutionResult], data: st.DataObject
) -> None:
    whole = AGGREGATOR.aggregate_system_results(results)
    grouped = [replace(one, component=data.draw(groups), module=data.draw(groups)) for one in results]
    found = AGGREGATOR.aggregate_system_results(grouped)
    assert replace(found, parts=()) == replace(whole, parts=())
    modules = tuple(AGGREGATOR.aggregate_module_results(grouped).values())
    for parts in (found.parts, modules, tuple(AGGREGATOR.aggregate_atom_results(grouped).values())):
        check_sum(parts, whole)
    assert {part for component in found.parts for part in map(_key, component.parts)} == set(
        map(_key, modules)
    )


def _key(part: AggregatedResult) -> tuple[str | None, str | None, int]:
    return part.component, part.module, part.counts.total


def check_sum(parts: tuple[AggregatedResult, ...], whole: AggregatedResult) -> None:
    """Hold the parts together to the whole."""
    for name in ("passed", "failed", "blocked", "skipped", "stopped", "error", "healed", "flaky", "total"):
        assert sum(getattr(part.counts, name) for part in parts) == getattr(whole.counts, name), name
    assert sum(part.attempts for part in parts) == whole.attempts
    assert sum(part.retries for part in parts) == whole.retries
    assert sum(part.wall.total for part in parts) == pytest.approx(whole.wall.total)
    assert sum((part.spending for part in parts), Spending()) == whole.spending
    assert min((part.wall.min for part in parts if part.wall.min is not None), default=None) == whole.wall.min
    assert max((part.wall.max for part in parts if part.wall.max is not None), default=None) == whole.wall.max
    errors: dict[tuple[str, str, str], int] = {}
    for part in parts:
        for error in part.errors:
            key = (error.kind, error.message, error.place)
            errors[key] = errors.get(key, 0) + error.count
    assert errors == {(one.kind, one.message, one.place): one.count for one in whole.errors}


@given(results_of_a_plan())
def test_the_order_of_results_changes_no_figure(results: list[ExecutionResult]) -> None:
    forward = AGGREGATOR.aggregate_system_results(results)
    backward = AGGREGATOR.aggregate_system_results(results[::-1])
    for name in ("counts", "wall", "cpu", "success_rate", "interval", "attempts", "first_start", "last_end"):
        assert getattr(forward, name) == getattr(backward, name), name
