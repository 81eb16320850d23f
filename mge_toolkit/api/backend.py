"""Everything that the routes work with."""

from __future__ import annotations

from dataclasses import dataclass

from mge_toolkit.api.access import Access
from mge_toolkit.api.live.plans import PlanShelf
from mge_toolkit.api.live.recorded import Recorded
from mge_toolkit.api.live.registry import RunRegistry
from mge_toolkit.api.live.sight import Runs
from mge_toolkit.api.settings import ApiSettings
from mge_toolkit.reporting.monitoring.collector import MonitoringCollector
from mge_toolkit.service import ExecutionService


@dataclass(frozen=True, kw_only=True, slots=True)
class Backend:
    """The parts of one service."""

    service: ExecutionService
    settings: ApiSettings
    access: Access
    plans: PlanShelf
    registry: RunRegistry
    recorded: Recorded
    runs: Runs
    collector: MonitoringCollector

    async def close(self) -> None:
        """End every run in good order, so that its record is whole, and then the sandboxes."""
        await self.registry.close()
        await self.service.close()
