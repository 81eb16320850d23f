"""The engine's events: order, subscribers, streams."""

from __future__ import annotations

import asyncio

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
from mge_toolkit.core.settings import Settings
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.service import ExecutionService
from mge_toolkit.testing import FakeSandboxPlugin, failing, make_atom, make_plan
from tests.engine.conftest import RunFake


def test_events_come_in_the_promised_order(run_fake: RunFake) -> None:
    events = run_fake([make_atom("a"), make_atom("b", depends_on=("a",))], slots=1).events
    assert [type(event) for event in events] == [
        RunStarted,
        WaveStarted,
        AttemptStarted,
        AttemptFinished,
        AtomFinished,
        WaveFinished,
        WaveStarted,
        AttemptStarted,
        AttemptFinished,
        AtomFinished,
        WaveFinished,
        RunFinished,
    ]


def test_every_wave_is_opened_and_closed_once_also_when_the_run_stops(run_fake: RunFake) -> None:
    atoms = [
        make_atom("a"),
        make_atom("b", depends_on=("a",)),
        make_atom("c", depends_on=("b",)),
        make_atom("d"),
    ]
    events = run_fake(atoms, script={"a": [failing()], "d": [failing()]}).events
    assert sorted(e.number for e in events if isinstance(e, WaveStarted)) == [0, 1, 2]
    assert sorted(e.summary.number for e in events if isinstance(e, WaveFinished)) == [0, 1, 2]
    assert isinstance(events[-1], RunFinished)
    assert sorted(e.result.atom_id for e in events if isinstance(e, AtomFinished)) == ["a", "b", "c", "d"]


def test_a_subscriber_that_raises_never_reaches_the_engine(caplog: pytest.LogCaptureFixture) -> None:
    def broken(event: Event) -> None:
        raise ValueError("subscriber is broken")

    async def main() -> int:
        plugins = Plugins([FakeSandboxPlugin()], entry_points=False)
        async with ExecutionService(
            Settings(sandbox="fake"), plugins=plugins, subscribers=[broken]
        ) as service:
            return (await service.execute_masterplan(make_plan([make_atom("a")]))).exit_status

    assert asyncio.run(main()) == 0
    assert "gets no more events" in caplog.text


def test_events_can_be_iterated_while_the_run_goes_on() -> None:
    async def main() -> list[Event]:
        plugins = Plugins([FakeSandboxPlugin(script={"a": [0.01]})], entry_points=False)
        async with ExecutionService(Settings(sandbox="fake"), plugins=plugins) as service:
            run = await service.start(make_plan([make_atom("a"), make_atom("b")]))
            seen = [event async for event in run.events()]
            assert (await run.result()).counts.passed == 2
            return seen

    seen = asyncio.run(main())
    assert isinstance(seen[0], RunStarted)
    assert isinstance(seen[-1], RunFinished)
    assert len([event for event in seen if isinstance(event, AtomFinished)]) == 2
