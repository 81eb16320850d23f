"""One small plan with every outcome, and what every report of its run has to say, counted by hand.

``PLAN`` is its file's text, ``plugins()`` what makes it come out so: a fake sandbox that answers by atom and code,
and a scripted fixer. ``run_example()`` carries it out. Anything that shows figures of this run is to be held to
the constants below, which are written down, not computed.

| wave | atom | group | what becomes of it |
| --- | --- | --- | --- |
| 0 | tax_rate | catalog.pricing | passed |
| 0 | currency | catalog.pricing | failed syntax/syntax, healed by attempt 2 |
| 0 | levels | catalog.stock | passed, printed ``ready`` |
| 0 | supplier | catalog.stock | failed import/module |
| 0 | basket | checkout.cart | failed runtime/index, then passed unchanged: flaky |
| 0 | coupon | checkout.cart | not critical, failed type/type: skipped |
| 0 | clock | checkout.cart | passed |
| 1 | gross | catalog.pricing | passed, printed ``ready`` |
| 1 | order | catalog.stock | blocked by supplier |
| 1 | total | checkout.cart | failed runtime/assertion three times |
| 1 | shipping | checkout.cart | failed timeout/wall |
| 1 | payment | checkout.cart | error: the sandbox broke under it three times |
| 2 | invoice | checkout.cart | stopped |
| 2 | report | catalog.stock | stopped |
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from mge_toolkit.core.errors import SandboxError
from mge_toolkit.core.events import Subscriber
from mge_toolkit.core.jobs import Job
from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.ports import Candidate, RepairCase, RepairLevel, SandboxOptions
from mge_toolkit.core.results import Execution, Limit, Spending, Stream, Usage, Value
from mge_toolkit.core.runs import Counts, RunResult, Schedule
from mge_toolkit.core.settings import Settings
from mge_toolkit.plan.load import load_text
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.service import ExecutionService
from mge_toolkit.testing import FakeSandbox, FakeSandboxPlugin, FixerPlugin, failing

PLAN: Final = """\
masterplan: shop
components:
  catalog:
    modules:
      pricing:
        atoms:
          tax_rate: {code: "tax_rate = 0.21"}
          currency: {code: "currency = 1"}
          gross: {code: "gross = 121", depends_on: [tax_rate]}
      stock:
        atoms:
          levels: {code: "levels = 1"}
          supplier: {code: "supplier = 1"}
          order: {code: "order = 1", depends_on: [supplier]}
          report: {code: "report = 1", depends_on: [levels, gross]}
  checkout:
    modules:
      cart:
        atoms:
          basket: {code: "basket = [1]"}
          coupon: {code: "coupon = 1", critical: false}
          clock: {code: "clock = 1"}
          total: {code: "total = 1", depends_on: [basket]}
          shipping: {code: "shipping = 1", depends_on: [clock]}
          payment: {code: "payment = 1", depends_on: [levels]}
          invoice: {code: "invoice = 1", depends_on: [gross, clock]}
"""
SETTINGS: Final[dict[str, Any]] = {
    "sandbox": "fake",
    "slots": 2,
    "schedule": Schedule.WAVES,
    "wave_threshold": 0.5,
}

# --- what every report has to say ---------------------------------------------------------------------------

COUNTS: Final = Counts(passed=6, failed=3, blocked=1, skipped=1, stopped=2, error=1, healed=1, flaky=1)
ATOMS: Final = 14
EXIT_STATUS: Final = 3
PYTEST_EXIT_STATUS: Final = 1
SUCCESS_RATE: Final = 6 / 9
INTERVAL: Final = (0.354, 0.879)
"""The 95 % Wilson interval of 6 of 9, to three places."""
OUTCOMES: Final = {
    "tax_rate": "passed",
    "currency": "passed",
    "gross": "passed",
    "levels": "passed",
    "supplier": "failed",
    "order": "blocked",
    "report": "stopped",
    "basket": "passed",
    "coupon": "skipped",
    "clock": "passed",
    "total": "failed",
    "shipping": "failed",
    "payment": "error",
    "invoice": "stopped",
}
HEALED: Final = ("currency",)
FLAKY: Final = ("basket",)
ATTEMPTS: Final = {
    "tax_rate": 1,
    "currency": 2,
    "gross": 1,
    "levels": 1,
    "supplier": 1,
    "basket": 2,
    "coupon": 1,
    "clock": 1,
    "total": 3,
    "shipping": 1,
}
"""Atoms that are not named have no attempt."""
EXECUTIONS: Final = 14
SUCCESSES: Final = 6
FAILURES: Final = 8
RETRIES: Final = 4
RESCHEDULED: Final = 3
EXECUTED_ATOMS: Final = 10

WAVES: Final = {
    0: Counts(passed=5, failed=1, skipped=1, healed=1, flaky=1),
    1: Counts(passed=1, failed=2, blocked=1, error=1),
    2: Counts(stopped=2),
}
WAVE_RATES: Final = {0: 5 / 6, 1: 1 / 3, 2: None}
WAVE_ATTEMPT_TIME: Final = {0: 2.75, 1: 32.5, 2: 0.0}
"""Seconds, with those of the candidate tried for basket and of currency's own code again."""
MODULES: Final = {
    ("catalog", "pricing"): Counts(passed=3, healed=1),
    ("catalog", "stock"): Counts(passed=1, failed=1, blocked=1, stopped=1),
    ("checkout", "cart"): Counts(passed=2, failed=2, skipped=1, stopped=1, error=1, flaky=1),
}
COMPONENTS: Final = {
    "catalog": Counts(passed=4, failed=1, blocked=1, stopped=1, healed=1),
    "checkout": Counts(passed=2, failed=2, skipped=1, stopped=1, error=1, flaky=1),
}

WALL_TOTAL: Final = 34.75
"""Seconds of all attempts: eleven of 0.25, one of 1.5 (total's second), one of 0.5 (gross), one of 30."""
WALL_P50: Final = 0.25
WALL_MAX: Final = 30.0
CPU_TOTAL: Final = 21.625
"""Seconds: thirteen attempts of 0.125, one of 20."""
PEAK_MEMORY: Final = 64 * 1024**2
SLOWEST: Final = (("shipping", 30.0), ("total", 2.0), ("currency", 0.5))
"""The three slowest that are told apart by their time: gross and basket take as long as currency."""
CRITICAL_PATH: Final = ("clock", "shipping", 30.25)

ERRORS: Final = {
    ("syntax", "syntax"): 1,
    ("import", "module"): 1,
    ("type", "type"): 1,
    ("runtime", "assertion"): 3,
    ("runtime", "index"): 1,
    ("timeout", "wall"): 1,
}
"""Failed attempts by category and kind."""
UNRESOLVED: Final = {
    ("import", "module"): 1,
    ("type", "type"): 1,
    ("runtime", "assertion"): 1,
    ("timeout", "wall"): 1,
}
"""Atoms by their last failure."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectedPattern:
    """A cluster of failures as every analysis of errors shows it."""

    category: str
    kind: str
    message: str
    place: str
    failures: int
    atoms: tuple[str, ...]
    first_wave: int
    healed: int = 0


PATTERNS: Final = (
    ExpectedPattern(
        category="runtime",
        kind="assertion",
        message="AssertionError: total is <number>, not <number>",
        place="code",
        failures=3,
        atoms=("total",),
        first_wave=1,
    ),
    ExpectedPattern(
        category="syntax",
        kind="syntax",
        message="SyntaxError: <value> was never closed",
        place="code",
        failures=1,
        atoms=("currency",),
        first_wave=0,
        healed=1,
    ),
    ExpectedPattern(
        category="import",
        kind="module",
        message="ModuleNotFoundError: No module named <value>",
        place="code",
        failures=1,
        atoms=("supplier",),
        first_wave=0,
    ),
    ExpectedPattern(
        category="runtime",
        kind="index",
        message="IndexError: list index out of range",
        place="code",
        failures=1,
        atoms=("basket",),
        first_wave=0,
    ),
    ExpectedPattern(
        category="type",
        kind="type",
        message="TypeError: can only concatenate str (not <value>) to str",
        place="code",
        failures=1,
        atoms=("coupon",),
        first_wave=0,
    ),
    ExpectedPattern(
        category="timeout",
        kind="wall",
        message="did not end within its time limit of <number> s",
        place="code",
        failures=1,
        atoms=("shipping",),
        first_wave=1,
    ),
)

FIX_ROUNDS: Final = 4
"""Rounds of repair: one for currency and for basket, two for total; the first alone is a fix."""
FIXES: Final = 1
CANDIDATES: Final = 4
SPENDING: Final = Spending(input_tokens=300, output_tokens=60, usd=0.75)
"""What the two candidates for total cost."""
OUTPUTS: Final = (("stdout", "ready\n", ("gross", "levels")),)
"""What atoms wrote, folded, with the atoms in the plan's order."""


# --- how it comes out so ------------------------------------------------------------------------------------

_USUAL: Final = Usage(wall=0.25, cpu=0.125, peak_memory=8 * 1024**2)
_PASSED: Final = Execution(completed=True, exit_code=0, result=Value(json=None), usage=_USUAL)
_READY: Final = Stream(data=b"ready\n", total=6)
_CODES: Final = {
    "currency": ("currency = 2",),
    "basket": ("basket = [1, 2]",),
    "total": ("total = 2", "total = 3"),
}
_COST: Final = {
    "total = 2": Spending(input_tokens=100, output_tokens=20, usd=0.25),
    "total = 3": Spending(input_tokens=200, output_tokens=40, usd=0.5),
}


def _failed(kind: str, message: str, wall: float = 0.25) -> Execution:
    return replace(failing(message, kind), usage=replace(_USUAL, wall=wall))


_ANSWERS: Final = {
    "currency = 1": _failed("SyntaxError", "'(' was never closed"),
    "supplier = 1": _failed("ModuleNotFoundError", "No module named 'suppliers'"),
    "coupon = 1": _failed("TypeError", 'can only concatenate str (not "int") to str'),
    "total = 1": _failed("AssertionError", "total is 1, not 60"),
    "total = 2": _failed("AssertionError", "total is 2, not 60", wall=1.5),
    "total = 3": _failed("AssertionError", "total is 3, not 60"),
    "gross = 121": replace(_PASSED, stdout=_READY, usage=replace(_USUAL, wall=0.5)),
    "levels = 1": replace(_PASSED, stdout=_READY, usage=replace(_USUAL, peak_memory=64 * 1024**2)),
    "shipping = 1": Execution(
        completed=False, signal=9, limit=Limit.WALL, usage=Usage(wall=30.0, cpu=20.0, peak_memory=None)
    ),
}


class _ExampleSandbox(FakeSandbox):
    """A fake sandbox that says what isolation each attempt had."""

    async def execute(self, job: Job, slot: int) -> Execution:
        return replace(await super().execute(job, slot), isolation=self.isolation)


class _ExampleSandboxes(FakeSandboxPlugin):
    def _make(self, options: SandboxOptions) -> _ExampleSandbox:
        sandbox = _ExampleSandbox(options, self._script, self._answer)
        self.made.append(sandbox)
        return sandbox


class _ExampleFixer:
    """Proposes one code a round; those for ``total`` cost something."""

    name = "scripted"
    level = RepairLevel.FIX

    async def candidates(self, case: RepairCase) -> Sequence[Candidate]:
        number = len(case.attempts)
        return [
            Candidate(code=code, source=self.name, explanation="scripted", spending=_COST.get(code))
            for code in _CODES.get(case.atom.id, ())[number - 1 : number]
        ]


def plugins() -> tuple[object, object]:
    """Return the toolkit's plug-ins that the example needs: its sandbox, named ``fake``, and its fixer."""
    script: dict[str, list[Execution | BaseException | float]] = {
        "basket": [_failed("IndexError", "list index out of range"), _PASSED],
        "payment": [SandboxError("the sandbox broke")],
    }

    def answer(job: Job) -> Execution:
        return _ANSWERS.get(job.segments[-1].source.text.strip(), _PASSED)

    return _ExampleSandboxes(script, answer), FixerPlugin(_ExampleFixer())


def example_plan() -> Masterplan:
    """Return the plan as it is loaded from a file ``shop.yaml``."""
    return load_text(PLAN, file="shop.yaml")


def run_example(*subscribers: Subscriber, **settings: Any) -> RunResult:
    """Return what comes of the plan; ``subscribers`` get every event."""
    plan = example_plan()

    async def main() -> RunResult:
        listed = Plugins(plugins(), entry_points=False)
        options = Settings(**{**SETTINGS, **settings})
        async with ExecutionService(options, plugins=listed, subscribers=subscribers) as service:
            return await service.execute_masterplan(plan)

    return asyncio.run(main())
