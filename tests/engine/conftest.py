from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from mge_toolkit.core.events import Event
from mge_toolkit.core.plans import Atom
from mge_toolkit.core.runs import RunResult
from mge_toolkit.core.settings import Settings
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.service import ExecutionService
from mge_toolkit.testing import FakeSandboxPlugin, make_plan


@dataclass
class Observed:
    """A finished run on a fake sandbox, with everything there is to look at."""

    result: RunResult
    events: list[Event]
    plugin: FakeSandboxPlugin
    outcomes: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.outcomes = {name: str(r.outcome) for name, r in self.result.results.items()}

    @property
    def executed(self) -> list[str]:
        return [job.atom_id for job in self.plugin.made[0].executed]


RunFake = Callable[..., Observed]


@pytest.fixture
def run_fake() -> RunFake:
    """Run atoms on a fake sandbox: ``script`` and ``answer`` as FakeSandbox takes them."""

    def run(
        atoms: Sequence[Atom],
        *,
        selected: Sequence[str] | None = None,
        extra: Sequence[object] = (),
        script: Any = None,
        answer: Any = None,
        **settings: Any,
    ) -> Observed:
        plugin = FakeSandboxPlugin(script, answer)
        events: list[Event] = []

        async def main() -> RunResult:
            plugins = Plugins([plugin, *extra], entry_points=False)
            options = Settings(sandbox="fake", **{"slots": 2, **settings})
            async with ExecutionService(options, plugins=plugins, subscribers=[events.append]) as service:
                run = await service.prepare(make_plan(atoms), atoms=selected)
                return await run.execute()

        return Observed(result=asyncio.run(main()), events=events, plugin=plugin)

    return run
