"""Runs built by hand, the same every time: a small one with every outcome, and large ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.ports import RepairLevel
from mge_toolkit.core.records import RunRecord
from mge_toolkit.core.results import (
    NO_ISOLATION,
    Attempt,
    Category,
    Execution,
    ExecutionResult,
    Failure,
    Outcome,
    RetryDecision,
    Role,
    Strategy,
    Usage,
)
from mge_toolkit.core.runs import Counts, RunResult, Schedule, WaveSummary, count
from mge_toolkit.testing import make_atom, make_plan

WHEN: Final = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MIB: Final = 1024**2

SHOP: Final = make_plan(
    [
        make_atom("tax_rate", component="catalog", module="pricing"),
        make_atom("currency", component="catalog", module="pricing"),
        make_atom("gross", component="catalog", module="pricing", depends_on=("tax_rate", "currency")),
        make_atom("supplier", component="catalog", module="stock"),
        make_atom("order", component="catalog", module="stock", depends_on=("supplier",)),
        make_atom("basket", component="checkout", module="cart"),
        make_atom("coupon", component="checkout", module="cart", critical=False),
        make_atom("total", component="checkout", module="cart", depends_on=("basket", "gross")),
        make_atom("shipping", component="checkout", module="delivery", depends_on=("tax_rate",)),
        make_atom("payment", component="checkout", module="delivery", depends_on=("total",)),
        make_atom("invoice", component="checkout", module="delivery", depends_on=("total",)),
    ],
    name="shop",
)

_SYNTAX: Final = (Category.SYNTAX, "syntax", "SyntaxError: '(' was never closed")
_MODULE: Final = (Category.IMPORT, "module", "ModuleNotFoundError: No module named 'suppliers'")
_INDEX: Final = (Category.RUNTIME, "index", "IndexError: list index out of range")
_TYPE: Final = (Category.TYPE, "type", 'TypeError: can only concatenate str (not "int") to str')
_WALL: Final = (Category.TIMEOUT, "wall", "did not end within its time limit of 2 s")

_Tried = tuple[float, float, int, str, tuple[Category, str, str] | None, Strategy | None]
_ATTEMPTS: Final[dict[str, list[_Tried]]] = {
    # start, seconds, slot, source, failure, strategy
    "tax_rate": [(0.02, 0.40, 0, "plan", None, None)],
    "currency": [
        (0.02, 0.20, 1, "plan", _SYNTAX, Strategy.FIX),
        (0.24, 0.25, 1, "balance brackets", None, None),
    ],
    "gross": [(0.52, 0.60, 1, "plan", None, None)],
    "supplier": [(0.44, 0.15, 0, "plan", _MODULE, Strategy.MANUAL)],
    "basket": [
        (0.61, 0.10, 0, "plan", _INDEX, Strategy.FIX),
        (0.73, 0.10, 0, "plan", None, None),
    ],
    "coupon": [(0.85, 0.12, 0, "plan", _TYPE, Strategy.SKIP)],
    "total": [(1.15, 0.50, 1, "plan", None, None)],
    "shipping": [(1.00, 2.00, 0, "plan", _WALL, Strategy.MANUAL)],
    "invoice": [(1.68, 0.90, 1, "plan", None, None)],
}
_OTHERS: Final = {
    "supplier": Outcome.FAILED,
    "order": Outcome.BLOCKED,
    "coupon": Outcome.SKIPPED,
    "shipping": Outcome.FAILED,
    "payment": Outcome.ERROR,
}
_WAVES: Final = {
    **dict.fromkeys(("tax_rate", "currency", "supplier", "basket", "coupon"), 0),
    **dict.fromkeys(("gross", "order", "shipping"), 1),
    "total": 2,
    "payment": 3,
    "invoice": 3,
}


def shop_run() -> RunResult:
    """Return a run of the shop with every outcome but ``stopped``."""
    results = {
        name: ExecutionResult(
            atom_id=name,
            outcome=_OTHERS.get(name, Outcome.PASSED),
            wave=_WAVES[name],
            attempts=tuple(
                _attempt(name, place, tried) for place, tried in enumerate(_ATTEMPTS.get(name, ()), 1)
            ),
            component=atom.component,
            module=atom.module,
            reason=None if name not in _OTHERS else "for this reason",
            blocked_by="supplier" if name == "order" else None,
            flaky=name == "basket",
        )
        for name, atom in SHOP.atoms.items()
    }
    spans = {0: (0.02, 0.97), 1: (0.52, 3.0), 2: (1.15, 1.65), 3: (1.68, 2.58)}
    return RunResult(
        run_id="5b0f6c1d2e3a",
        masterplan="shop",
        results=results,
        waves=tuple(_wave(number, results, end - start) for number, (start, end) in spans.items()),
        counts=count(results.values()),
        started_at=WHEN,
        wall=3.05,
        slots=2,
        schedule=Schedule.READY,
        isolation=NO_ISOLATION,
        parallelism=sum(result.duration for result in results.values()) / 3.05,
        critical_path=("tax_rate", "shipping"),
        critical_path_time=2.4,
        plan=SHOP,
    )


def _attempt(name: str, number: int, tried: _Tried) -> Attempt:
    start, wall, slot, source, failed, strategy = tried
    failure = None
    if failed is not None:
        category, kind, message = failed
        role = Role.CHECK if kind == "index" else Role.CODE
        failure = Failure(category=category, kind=kind, message=message, culprit=name, role=role)
    size = (4 + 3 * list(_ATTEMPTS).index(name) + 40 * (name == "gross")) * MIB
    return Attempt(
        number=number,
        code=f"code {number}",
        execution=Execution(
            completed=failure is None, usage=Usage(wall=wall, cpu=wall / 2, peak_memory=size)
        ),
        started_at=WHEN + timedelta(seconds=start),
        slot=slot,
        source=source,
        failure=failure,
        decision=None
        if strategy is None
        else RetryDecision(strategy=strategy, confidence=0.9, reason="due", failure=failure),
    )


def _wave(number: int, results: dict[str, ExecutionResult], wall: float) -> WaveSummary:
    found = [result for result in results.values() if result.wave == number]
    time = sum(result.duration for result in found)
    return WaveSummary(
        number=number,
        planned=len(found),
        counts=count(found),
        wall=wall,
        attempt_time=time,
        parallelism=time / wall,
        theoretical_parallelism=min(len(found), 2),
    )


def shop_records(number: int = 7) -> list[RunRecord]:
    """Return the records of earlier runs of the shop: more and more pass, and one run did not end."""
    run = shop_run()
    found = []
    for place in range(number):
        passed = min(3 + place, 9)
        unfinished = place == 2
        found.append(
            RunRecord(
                run_id=f"{place:02d}c0ffee",
                masterplan="shop",
                plan_path="shop.yaml",
                started_at=WHEN + timedelta(days=place),
                finished_at=None if unfinished else WHEN + timedelta(days=place, seconds=4),
                planned=11,
                counts=Counts(passed=passed, failed=9 - passed, healed=min(place, 2)),
                wall=0.0 if unfinished else 5.0 - place * 0.3,
                parallelism=1.5,
                slots=1 if place < 4 else 2,
                schedule=Schedule.READY,
                repair=RepairLevel.FIX,
                isolation=run.isolation,
                environment="python",
                toolkit_version="0.1",
            )
        )
    return found


def passing_run(atoms: int, *, slots: int = 4, length: int = 24) -> RunResult:
    """Return a run of so many atoms that all passed, with names of ``length`` letters, in chains of five."""
    names = [f"{('a_long_name_of_an_atom_' * 9)[: length - 6]}{place:06d}" for place in range(atoms)]
    plan = make_plan(
        [
            make_atom(name, depends_on=(names[place - 1],) if place % 5 else ())
            for place, name in enumerate(names)
        ]
    )
    clocks = [0.0] * slots
    results = {}
    for place, name in enumerate(names):
        slot = place % slots
        wall = 0.01 + place * 7919 % 100 / 1000
        usage = Usage(wall=wall, cpu=wall, peak_memory=(1 + place * 31 % 64) * MIB)
        attempt = Attempt(
            number=1,
            code="pass",
            execution=Execution(completed=True, usage=usage),
            started_at=WHEN + timedelta(seconds=clocks[slot]),
            slot=slot,
        )
        clocks[slot] += wall
        results[name] = ExecutionResult(
            atom_id=name, outcome=Outcome.PASSED, wave=place % 5, attempts=(attempt,)
        )
    return _bare(plan, results, max(clocks, default=0.0), slots)


def failing_run(atoms: int) -> RunResult:
    """Return a run in which each atom failed in a way of its own."""
    run = passing_run(atoms)
    results = {}
    for place, (name, result) in enumerate(run.results.items()):
        failure = Failure(
            category=list(Category)[place % 5],
            kind=f"kind_{place % 11}",
            message=f"{'Very'.join(str(place % 13))}LongError: {'x' * (place % 17)} happened $for$ <no> reason",
            culprit=name,
            role=list(Role)[place % 3],
        )
        attempt = replace(
            result.attempts[0],
            failure=failure,
            decision=RetryDecision(strategy=list(Strategy)[place % 4], confidence=1.0, reason="due"),
        )
        results[name] = replace(result, outcome=Outcome.FAILED, attempts=(attempt,))
    assert run.plan is not None
    return _bare(run.plan, results, run.wall, run.slots)


def empty_run() -> RunResult:
    """Return a run of nothing."""
    return _bare(make_plan([]), {}, 0.0, 2)


def _bare(plan: Masterplan, results: dict[str, ExecutionResult], wall: float, slots: int) -> RunResult:
    return RunResult(
        run_id="abcdef012345",
        masterplan=plan.name,
        results=results,
        waves=(),
        counts=count(results.values()),
        started_at=WHEN,
        wall=wall,
        slots=slots,
        schedule=Schedule.READY,
        isolation=NO_ISOLATION,
        parallelism=sum(result.duration for result in results.values()) / wall if wall else 0.0,
        plan=plan,
    )
