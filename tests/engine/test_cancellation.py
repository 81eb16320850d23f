"""Cancelling a run: everything gets an outcome, and the slots are free again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from mge_toolkit.core.events import (
    AtomFinished,
    AttemptFinished,
    AttemptStarted,
    Event,
    RunFinished,
    RunStarted,
    WaveFinished,
    WaveStarted,
)
from mge_toolkit.core.records import RecordStore
from mge_toolkit.core.runs import RunResult
from mge_toolkit.core.settings import Settings
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.records import open_store
from mge_toolkit.service import ExecutionService
from mge_toolkit.testing import PASSED, FakeSandboxPlugin, failing, make_atom, make_plan

PLAN = make_plan(
    [make_atom("quick"), make_atom("slow"), make_atom("later", depends_on=("slow",)), make_atom("x")]
)


def service(records: RecordStore | None = None) -> ExecutionService:
    plugins = Plugins([FakeSandboxPlugin(script={"slow": [3600.0]})], entry_points=False)
    return ExecutionService(Settings(sandbox="fake", slots=1), plugins=plugins, records=records)


async def until_slow_runs(events: asyncio.Queue[Event]) -> None:
    while True:
        event = await events.get()
        if isinstance(event, AttemptStarted) and event.atom_id == "slow":
            return


def test_cancel_stops_what_runs_and_what_waits() -> None:
    async def main() -> RunResult:
        async with service() as engine:
            run = await engine.start(PLAN)
            async for event in run.events():
                if isinstance(event, AttemptStarted) and event.atom_id == "slow":
                    run.cancel("enough seen")
            result = await run.result()
            again = await engine.execute_atom(PLAN, "quick")
            assert again.outcome == "passed"
            return result

    result = asyncio.run(main())
    assert {name: str(r.outcome) for name, r in result.results.items()}["slow"] == "stopped"
    assert result.results["slow"].reason == "enough seen while this atom was running"
    assert result.results["later"].reason == "enough seen"
    assert result.stop_reason == "enough seen"
    assert result.counts.total == 4
    assert result.exit_status == 1


@pytest.mark.parametrize("recorded", [True, False])
def test_a_run_that_is_cancelled_before_it_begins_is_told_from_its_beginning(
    recorded: bool, tmp_path: Path
) -> None:
    seen: list[Event] = []

    async def main() -> RunResult:
        async with service(records=store) as engine:
            run = await engine.prepare(PLAN)
            run.subscribe(seen.append)
            run.cancel("never mind")
            assert seen == []
            return await run.result()

    store = open_store(tmp_path / "history.db") if recorded else None
    result = asyncio.run(main())
    assert result.counts.stopped == result.counts.total == 4
    assert result.stop_reason == "never mind"
    assert [type(event) for event in seen].index(RunStarted) == 0
    assert isinstance(seen[-1], RunFinished)
    assert result.records_error is None
    if store is not None:
        assert store.load(result.run_id).result == result
        store.close()


def test_cancelling_the_task_ends_the_run_in_order_and_passes_the_cancellation_on() -> None:
    seen: list[Event] = []

    async def main() -> None:
        async with service() as engine:
            run = await engine.prepare(PLAN)
            events: asyncio.Queue[Event] = asyncio.Queue()
            stream = run.events()

            async def forward() -> None:
                async for event in stream:
                    seen.append(event)
                    events.put_nowait(event)

            forwarding = asyncio.ensure_future(forward())
            task = asyncio.ensure_future(run.execute())
            await until_slow_runs(events)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await forwarding

    asyncio.run(main())
    assert isinstance(seen[-1], RunFinished)
    assert seen[-1].result.counts.total == 4


def test_two_runs_share_the_slots_of_one_service() -> None:
    async def main() -> list[RunResult]:
        plugin = FakeSandboxPlugin(answer=lambda job: 0.001)
        plugins = Plugins([plugin], entry_points=False)
        async with ExecutionService(Settings(sandbox="fake", slots=2), plugins=plugins) as engine:
            plan = make_plan(make_atom(f"a{n}") for n in range(20))
            runs = [await engine.start(plan) for _ in range(3)]
            return [await run.result() for run in runs]

    results = asyncio.run(main())
    assert [result.counts.passed for result in results] == [20, 20, 20]


@pytest.mark.parametrize("moment", [AttemptStarted, AttemptFinished, AtomFinished, WaveStarted, WaveFinished])
@pytest.mark.parametrize("sleeps", [0.0, 0.001])
def test_a_subscriber_may_cancel_at_any_moment(moment: type[Event], sleeps: float) -> None:
    async def main() -> RunResult:
        plugins = Plugins([FakeSandboxPlugin(answer=lambda job: sleeps or PASSED)], entry_points=False)
        async with ExecutionService(Settings(sandbox="fake", slots=3), plugins=plugins) as engine:
            atoms = [make_atom(f"a{n}") for n in range(9)]
            atoms += [make_atom(f"b{n}", depends_on=(f"a{n}",)) for n in range(9)]
            run = await engine.prepare(make_plan(atoms))
            seen: list[Event] = []

            def cancel(event: Event) -> None:
                seen.append(event)
                if isinstance(event, moment) and sum(isinstance(e, moment) for e in seen) == 2:
                    run.cancel("enough")

            run.subscribe(cancel)
            result = await run.execute()
            assert sum(isinstance(e, AtomFinished) for e in seen) == 18
            return result

    result = asyncio.run(main())
    assert result.stop_reason == "enough" or (moment is WaveFinished and result.counts.stopped == 0)
    assert result.counts.passed + result.counts.stopped == 18


def test_a_cancelled_run_names_the_cancellation_where_a_threshold_had_stopped_nothing() -> None:
    async def main() -> RunResult:
        offered = FakeSandboxPlugin(script={"bad": [failing()], "slow": [3600.0]})
        plugins = Plugins([offered], entry_points=False)
        settings = Settings(sandbox="fake", slots=2, wave_threshold=0.9)
        async with ExecutionService(settings, plugins=plugins) as engine:
            atoms = [make_atom("ok"), make_atom("slow", depends_on=("ok",)), make_atom("bad")]
            run = await engine.start(make_plan(atoms))
            seen: set[str] = set()
            async for event in run.events():
                if isinstance(event, AttemptStarted):
                    seen.add(event.atom_id)
                seen.update({"wave 0"} if isinstance(event, WaveFinished) else ())
                if {"slow", "wave 0"} <= seen:
                    run.cancel("enough")
            return await run.result()

    result = asyncio.run(main())
    assert result.stop_reason == "enough"
    assert result.results["slow"].reason == "enough while this atom was running"


def test_the_time_of_what_was_cut_short_counts_as_busy() -> None:
    async def main() -> RunResult:
        async with service() as engine:
            run = await engine.start(PLAN)
            async for event in run.events():
                if isinstance(event, AttemptStarted) and event.atom_id == "slow":
                    await asyncio.sleep(0.05)
                    run.cancel("enough seen")
            return await run.result()

    result = asyncio.run(main())
    assert 0.0 < result.parallelism <= 1.0
    assert result.parallelism * result.wall >= 0.05
    assert result.waves[0].attempt_time >= 0.05
