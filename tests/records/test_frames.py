"""A recorded run gives the frames that the run itself gave."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from mge_toolkit.core.runs import RunResult
from mge_toolkit.core.settings import Settings
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.recorded_frames import RecordedFrames
from mge_toolkit.records import open_store
from mge_toolkit.service import ExecutionService
from tests.reporting import example_run as example

FRAMES = ("atoms_frame", "attempts_frame", "waves_frame", "errors_frame")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunResult, Path]:
    path = tmp_path_factory.mktemp("frames") / "history.db"

    async def main() -> RunResult:
        store = open_store(path)
        plugins = Plugins(example.plugins(), entry_points=False)
        settings = Settings(**example.SETTINGS)
        async with ExecutionService(settings, plugins=plugins, records=store) as service:
            result = await service.execute_masterplan(example.example_plan())
        store.close()
        return result

    return asyncio.run(main()), path


@pytest.mark.parametrize("name", FRAMES)
def test_frames_from_the_records_are_those_of_the_run(recorded: tuple[RunResult, Path], name: str) -> None:
    result, path = recorded
    store = open_store(path)
    expected: pd.DataFrame = getattr(result, name)()
    from_rows: pd.DataFrame = getattr(RecordedFrames(store, "last"), name)()
    from_result: pd.DataFrame = getattr(store.load(result.run_id).result, name)()
    store.close()
    assert len(expected)
    assert_frame_equal(from_rows, expected)
    assert_frame_equal(from_result, expected)
