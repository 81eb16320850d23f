"""What is recorded is on disk before anyone hears of it; what was recorded need not be executed again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import pytest

from mge_toolkit.core.errors import RecordsError, UnknownRunError
from mge_toolkit.core.events import (
    AtomFinished,
    AttemptStarted,
    Event,
    RunFinished,
    RunStarted,
    WaveFinished,
)
from mge_toolkit.core.plans import Atom, Expectation, FromAtom, Limits, Source
from mge_toolkit.core.results import Execution, ExecutionResult, Origin, Outcome, Value
from mge_toolkit.core.runs import RunResult
from mge_toolkit.core.settings import Settings
from mge_toolkit.engine.composition import Composer
from mge_toolkit.engine.recall import ResumedRun, program_digest
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.service import ExecutionService
from mge_toolkit.testing import PASSED, FakeSandboxPlugin, failing, make_atom, make_plan

KEPT = (RunStarted, AtomFinished, WaveFinished, RunFinished)


class HeldJournal:
    """A journal that writes when it is told to, or at once; it fails from the ``broken``-th kept event on."""

    def __init__(self, *, at_once: bool = True, broken: int | None = None) -> None:
        self.kept: list[Event] = []
        self.waiting: list[Future[None]] = []
        self.closed = 0
        self._at_once = at_once
        self._broken = broken

    def append(self, event: Event) -> Future[None] | None:
        if not isinstance(event, KEPT):
            return None
        self.kept.append(event)
        future: Future[None] = Future()
        self.waiting.append(future)
        if self._at_once:
            self.write()
        return future

    def write(self) -> None:
        waiting, self.waiting = self.waiting, []
        for future in waiting:
            if self._broken is not None and len(self.kept) >= self._broken:
                future.set_exception(RecordsError("the disk is full"))
            else:
                future.set_result(None)

    def flush(self) -> None:
        self.write()

    def close(self) -> None:
        self.closed += 1


class OneJournal:
    """As much of a store as a run needs."""

    def __init__(self, journal: HeldJournal) -> None:
        self._journal = journal

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a run has no use for {name}")

    def journal(self) -> HeldJournal:
        return self._journal


def run_recorded(
    atoms: Sequence[Atom], journal: HeldJournal, told: Callable[[Event], None], **script: Any
) -> RunResult:
    async def main() -> RunResult:
        plugins = Plugins([FakeSandboxPlugin(script)], entry_points=False)
        records: Any = OneJournal(journal)
        settings = Settings(sandbox="fake", slots=2, wave_threshold=0)
        async with ExecutionService(
            settings, plugins=plugins, subscribers=[told], records=records
        ) as service:
            return await service.execute_masterplan(make_plan(atoms))

    return asyncio.run(main())


def test_nobody_hears_of_what_is_not_on_disk_yet() -> None:
    journal = HeldJournal(at_once=False)
    unwritten: list[int] = []

    def told(event: Event) -> None:
        if isinstance(event, KEPT) and event not in journal.kept:
            raise AssertionError(f"{event} was never kept")
        unwritten.append(len(journal.waiting))

    result = run_recorded([make_atom("a"), make_atom("b", depends_on=("a",))], journal, told)
    assert result.counts.passed == 2
    assert result.records_error is None
    assert unwritten
    assert set(unwritten) == {0}
    assert journal.closed == 1


def test_events_keep_their_order_while_some_wait_for_the_disk() -> None:
    journal = HeldJournal(at_once=False)
    told: list[Event] = []
    run_recorded([make_atom("a"), make_atom("b", depends_on=("a",))], journal, told.append)
    kinds = [type(event).__name__ for event in told]
    assert kinds[0] == "RunStarted"
    assert kinds[-1] == "RunFinished"
    assert [event for event in told if isinstance(event, KEPT)] == journal.kept
    started = [e.atom_id for e in told if isinstance(e, AttemptStarted)]
    assert started == ["a", "b"]


def test_a_run_that_cannot_be_recorded_stops_and_says_so() -> None:
    journal = HeldJournal(broken=3)  # the start and the first atom are written
    told: list[Event] = []
    atoms = [make_atom(f"a{n}", depends_on=(f"a{n - 1}",) if n else ()) for n in range(6)]
    slowly: dict[str, list[float]] = {atom.id: [0.02] for atom in atoms}
    result = run_recorded(atoms, journal, told.append, **slowly)
    assert result.records_error == "the disk is full"
    assert result.exit_status == 3
    assert result.pytest_exit_status == 1
    assert result.counts.stopped > 0
    assert "cannot be recorded: the disk is full" in (result.stop_reason or "")
    assert isinstance(told[-1], RunFinished)
    assert told[-1].result.records_error == "the disk is full"
    assert len([e for e in told if isinstance(e, AtomFinished)]) == 6


def test_a_run_whose_end_cannot_be_recorded_says_so_too() -> None:
    atoms = [make_atom("a")]
    journal = HeldJournal(broken=4)  # start, atom, wave; not the end
    told: list[Event] = []
    result = run_recorded(atoms, journal, told.append)
    assert result.counts.passed == 1
    assert result.records_error == "the disk is full"
    assert isinstance(told[-1], RunFinished)
    assert told[-1].result.records_error == "the disk is full"


def resumed(
    atoms: Sequence[Atom], results: Mapping[str, ExecutionResult], **script: Any
) -> tuple[RunResult, list[str]]:
    plugin = FakeSandboxPlugin(script)

    async def main() -> RunResult:
        plugins = Plugins([plugin], entry_points=False)
        async with ExecutionService(
            Settings(sandbox="fake", slots=1, wave_threshold=0), plugins=plugins
        ) as service:
            run = await service.prepare(make_plan(atoms))
            run._runner._recalls = [ResumedRun("earlier", results)]  # what prepare does with records
            return await run.execute()

    result = asyncio.run(main())
    return result, [job.atom_id for job in plugin.made[0].executed]


def test_final_outcomes_are_taken_over_and_the_rest_is_executed() -> None:
    atoms = [
        make_atom("passes"),
        make_atom("fails"),
        make_atom("needs_pass", depends_on=("passes",)),
        make_atom("needs_fail", depends_on=("fails",)),
    ]
    first, executed = resumed(atoms, {}, fails=[failing()])
    assert sorted(executed) == ["fails", "needs_pass", "passes"]
    unfinished = {name: one for name, one in first.results.items() if name != "needs_pass"}
    second, executed = resumed(atoms, unfinished, fails=[failing()])
    assert executed == ["needs_pass"]
    assert {n: one.outcome for n, one in second.results.items()} == {
        "passes": Outcome.PASSED,
        "fails": Outcome.FAILED,
        "needs_pass": Outcome.PASSED,
        "needs_fail": Outcome.BLOCKED,
    }
    assert second.results["fails"].origin is Origin.RESUMED
    assert second.results["fails"].origin_run == "earlier"
    assert second.results["needs_pass"].origin is Origin.EXECUTED
    assert second.counts.resumed == 2


def test_what_got_no_verdict_or_was_stopped_is_executed_again() -> None:
    atom = make_atom("a")
    first, _ = resumed([atom], {})
    for outcome in (Outcome.STOPPED, Outcome.ERROR, Outcome.BLOCKED):
        left = {"a": replace(first.results["a"], outcome=outcome)}
        assert resumed([atom], left)[1] == ["a"]
    assert resumed([atom], first.results)[1] == []


def test_a_changed_atom_is_executed_again_with_what_is_composed_with_it() -> None:
    def atoms(code: str) -> list[Atom]:
        return [
            make_atom("base", code=code),
            make_atom("user", depends_on=("base",)),
            make_atom("other"),
        ]

    first, _ = resumed(atoms("x = 1"), {})
    _, executed = resumed(atoms("x = 2"), first.results)
    assert executed == ["base", "user"]


def test_results_that_were_taken_over_are_passed_on() -> None:
    atoms = [make_atom("source"), make_atom("sink", inputs={"value": FromAtom(atom="source")})]
    answer = Execution(completed=True, exit_code=0, result=Value(json=[1, 2]))
    first, _ = resumed(atoms, {}, source=[answer])
    only = {"source": first.results["source"]}
    second, executed = resumed(atoms, only, source=[failing()])
    assert executed == ["sink"]
    assert second.counts.passed == 2


def test_time_that_another_run_spent_is_not_this_runs_parallelism() -> None:
    slow = replace(PASSED, usage=replace(PASSED.usage, wall=100.0))
    first, _ = resumed([make_atom("a")], {}, a=[slow])
    second, _ = resumed([make_atom("a"), make_atom("b")], first.results)
    assert second.results["a"].duration == 100.0
    assert second.parallelism < 2
    assert second.critical_path_time < 1


def digest_of(atom: Atom) -> str:
    plan = make_plan([atom])
    plugins = Plugins([FakeSandboxPlugin()], entry_points=False)
    composer = Composer(plan, plugins.languages)
    return program_digest(atom, composer.job(atom, atom.code, dependencies=()))


def test_the_digest_names_everything_that_decides_how_a_program_ends() -> None:
    atom = make_atom("a", code="result = n", inputs={"n": 1})
    changed = [
        replace(atom, code=Source(text="result = n + 0")),
        replace(atom, inputs={"n": 2}),
        replace(atom, inputs={"n": "1"}),
        replace(atom, check=Source(text="assert result")),
        replace(atom, expect=Expectation(result=1)),
        replace(atom, expect=Expectation(result=None)),
        replace(atom, expect=Expectation(stdout="")),
        replace(atom, limits=Limits(timeout=1.0)),
        replace(atom, limits=Limits(memory=1024**3)),
        replace(atom, id="b"),
    ]
    digests = {digest_of(one) for one in [atom, *changed]}
    assert len(digests) == len(changed) + 1
    moved = replace(atom, line=7, code=replace(atom.code, line=9), description="words", critical=False)
    assert digest_of(moved) == digest_of(atom)


def test_the_summary_is_of_the_run_that_started_last() -> None:
    async def main() -> list[dict[str, Any]]:
        plugins = Plugins([FakeSandboxPlugin({"b": [failing()]})], entry_points=False)
        settings = Settings(sandbox="fake", wave_threshold=0)
        async with ExecutionService(settings, plugins=plugins) as service:
            with pytest.raises(UnknownRunError, match="no run of masterplan 'plan' is known"):
                service.get_execution_summary("plan")
            plan = make_plan([make_atom("a"), make_atom("b")])
            first = await service.execute_batch(plan, ["a"])
            found = [service.get_execution_summary("plan")]
            second = await service.execute_masterplan(plan)
            found.append(service.get_execution_summary("plan"))
            assert [one["run_id"] for one in found] == [first.run_id, second.run_id]
            return found

    first, second = asyncio.run(main())
    assert (first["counts"]["passed"], first["success_rate"], first["status"]) == (1, 1.0, "finished")
    assert (second["counts"]["failed"], second["success_rate"], second["planned"]) == (1, 0.5, 2)
