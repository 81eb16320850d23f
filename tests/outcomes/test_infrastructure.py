"""The infrastructure's own failures in the middle of a run, on the real sandbox."""

from __future__ import annotations

import asyncio
import os
import signal

from mge_toolkit import ExecutionService, RunResult, Settings
from mge_toolkit.core.events import AttemptRescheduled, AttemptStarted, Event
from mge_toolkit.sandbox.local.inside.tree import children
from mge_toolkit.testing import make_atom, make_plan


def test_killing_the_spawner_is_no_verdict_and_what_it_held_is_run_again() -> None:
    events: list[Event] = []

    async def main() -> RunResult:
        async with ExecutionService(Settings(slots=2), subscribers=[events.append]) as service:
            killed = False
            atoms = [make_atom(f"a{n}", "import time\ntime.sleep(0.3)\nresult = 1") for n in range(6)]
            run = await service.start(make_plan(atoms))
            async for event in run.events():
                if isinstance(event, AttemptStarted) and event.atom_id == "a3" and not killed:
                    killed = True
                    (guardian,) = children(os.getpid())
                    (spawner,) = children(guardian)
                    os.kill(spawner, signal.SIGKILL)
            return await run.result()

    result = asyncio.run(main())
    assert result.counts.passed == 6
    lost = {event.atom_id for event in events if isinstance(event, AttemptRescheduled)}
    assert lost
    for name, outcome in result.results.items():
        assert bool(outcome.evidence) is (name in lost)
        assert [attempt.number for attempt in outcome.attempts] == [1]
    assert children(os.getpid()) == []
