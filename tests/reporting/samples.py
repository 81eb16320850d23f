"""Records of runs as the engine would make them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mge_toolkit.core.plans import Atom, Masterplan, Position, Source
from mge_toolkit.core.results import (
    Attempt,
    Category,
    Execution,
    ExecutionResult,
    Failure,
    Frame,
    Isolation,
    Outcome,
    Protection,
    Raised,
    Role,
    Stream,
    Usage,
)
from mge_toolkit.core.runs import RunResult, Schedule, WaveSummary, count

WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ISOLATION = Isolation(sandbox="local", mechanisms={Protection.NETWORK: "network namespace"})

CODE = "def gross(net):\n    rate = 0.21\n    return net * rate\n"
CHECK = "assert gross(100) == 121\n"


def make_gross(**fields: Any) -> Atom:
    """Return an atom whose code starts in line 10 of ``plan.yaml``, indented by 14, its check in line 14."""
    values: dict[str, Any] = {
        "id": "gross",
        "code": Source(text=CODE, file="plan.yaml", line=10, indent=14),
        "check": Source(text=CHECK, file="plan.yaml", line=14, indent=14),
        "line": 8,
    }
    return Atom(**(values | fields))


def make_failure(**fields: Any) -> Failure:
    values: dict[str, Any] = {
        "category": Category.RUNTIME,
        "kind": "assertion",
        "message": "gross(100) == 121",
        "culprit": "gross",
        "role": Role.CHECK,
        "position": Position(file="plan.yaml", line=14, column=15),
        "line": 1,
    }
    return Failure(**(values | fields))


def make_attempt(failure: Failure | None = None, *, code: str = CODE, **fields: Any) -> Attempt:
    """Return an attempt; ``fields`` are the execution's, but for ``number`` and ``source``."""
    own = {name: fields.pop(name) for name in ("number", "source") if name in fields}
    values: dict[str, Any] = {
        "completed": failure is None,
        "usage": Usage(wall=0.25, cpu=0.125, peak_memory=8 * 1024**2),
        "isolation": ISOLATION,
    }
    execution = Execution(**(values | fields))
    return Attempt(
        code=code, execution=execution, started_at=WHEN, slot=0, failure=failure, **({"number": 1} | own)
    )


def make_raised(*frames: Frame, message: str = "gross(100) == 121") -> Raised:
    return Raised(type="AssertionError", message=message, frames=frames)


def make_result(atom_id: str, outcome: Outcome, *attempts: Attempt, **fields: Any) -> ExecutionResult:
    return ExecutionResult(atom_id=atom_id, outcome=outcome, attempts=attempts, **({"wave": 0} | fields))


def make_run(*results: ExecutionResult, **fields: Any) -> RunResult:
    counts = count(results)
    wave = WaveSummary(
        number=0,
        planned=len(results),
        counts=counts,
        wall=0.5,
        attempt_time=0.75,
        parallelism=1.5,
        theoretical_parallelism=2,
    )
    values: dict[str, Any] = {
        "run_id": "abc",
        "masterplan": "shop",
        "results": {result.atom_id: result for result in results},
        "waves": (wave,),
        "counts": counts,
        "started_at": WHEN,
        "wall": 0.5,
        "slots": 2,
        "schedule": Schedule.READY,
        "isolation": ISOLATION,
        "parallelism": 1.5,
    }
    return RunResult(**(values | fields))


def make_plan(*atoms: Atom) -> Masterplan:
    return Masterplan(name="shop", atoms={atom.id: atom for atom in atoms}, path="plan.yaml")


def stream(text: str, total: int | None = None) -> Stream:
    data = text.encode()
    return Stream(data=data, total=len(data) if total is None else total)
