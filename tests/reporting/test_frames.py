"""Frames: their documented columns and dtypes, the example's figures, and rows as good as results."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from mge_toolkit.core.results import Outcome, Spending
from mge_toolkit.core.runs import RunResult
from mge_toolkit.reporting import frames
from mge_toolkit.reporting.frames import Row
from mge_toolkit.reporting.frames.rows import atom_rows, attempt_rows, wave_rows
from tests.reporting import example_run as example
from tests.reporting.monitoring.records import attempt, finished, result

FRAMES: dict[str, Callable[[RunResult], pd.DataFrame]] = {
    "atoms": frames.atoms_frame,
    "attempts": frames.attempts_frame,
    "waves": frames.waves_frame,
    "errors": frames.errors_frame,
}


@pytest.fixture(scope="module")
def run() -> RunResult:
    return example.run_example()


@pytest.fixture(scope="module")
def empty(run: RunResult) -> RunResult:
    return replace(run, results={}, waves=())


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("which", ["run", "empty"])
def test_a_frame_is_what_its_table_says(name: str, which: str, request: pytest.FixtureRequest) -> None:
    found = FRAMES[name](request.getfixturevalue(which))
    table = frames.COLUMNS[name]
    assert list(found.columns) == [column.name for column in table]
    assert {column: str(dtype) for column, dtype in found.dtypes.items()} == {
        column.name: column.dtype for column in table
    }
    for column in table:
        if column.values:
            assert tuple(found[column.name].cat.categories) == column.values
    assert all(column.meaning for column in table)
    assert (len(found) == 0) is (which == "empty")


def test_the_examples_atoms(run: RunResult) -> None:
    found = frames.atoms_frame(run, languages={"tax_rate": "python"}).set_index("atom_id")
    assert dict(found["outcome"]) == example.OUTCOMES
    assert dict(found["attempts"][found["attempts"] > 0]) == example.ATTEMPTS
    assert tuple(found.index[found["healed"]]) == example.HEALED
    assert tuple(found.index[found["flaky"]]) == example.FLAKY
    assert found["wall"].sum() == pd.Timedelta(seconds=example.WALL_TOTAL)
    assert found["usd"].sum() == example.SPENDING.usd
    assert found["peak_memory"].max() == example.PEAK_MEMORY
    assert found["language"]["tax_rate"] == "python"
    assert found["language"].isna().sum() == example.ATOMS - 1
    assert found["started_at"].isna().sum() == example.ATOMS - example.EXECUTED_ATOMS
    counts = found.groupby(["component", "module"], observed=True)["outcome"].value_counts()
    for (component, module), expected in example.MODULES.items():
        for outcome in Outcome:
            assert counts.get((component, module, outcome.value), 0) == getattr(expected, outcome.value)


def test_the_examples_attempts(run: RunResult) -> None:
    found = frames.attempts_frame(run)
    assert len(found) == example.EXECUTIONS
    assert int(found["passed"].sum()) == example.SUCCESSES
    assert int((found["number"] > 1).sum()) == example.RETRIES
    assert found["wall"].sum() == pd.Timedelta(seconds=example.WALL_TOTAL)
    assert found["cpu"].sum() == pd.Timedelta(seconds=example.CPU_TOTAL)
    failed = found[~found["passed"]]
    assert failed.groupby(["category", "kind"], observed=True).size().to_dict() == example.ERRORS
    total = found[found["atom_id"] == "total"]
    assert list(total["code"]) == ["total = 1", "total = 2", "total = 3"]
    assert list(total["strategy"]) == ["fix", "fix", "manual"]
    assert list(total["tokens"]) == [0, 120, 240]
    shipping = found[found["atom_id"] == "shipping"].iloc[0]
    assert (shipping["limit"], shipping["signal"]) == ("wall", 9)
    assert pd.isna(shipping["exit_code"])
    assert pd.isna(shipping["peak_memory"])


def test_the_examples_waves(run: RunResult) -> None:
    found = frames.waves_frame(run).set_index("wave")
    for number, counts in example.WAVES.items():
        row = found.loc[number]
        assert row["planned"] == counts.total
        for name in (*(outcome.value for outcome in Outcome), "healed", "flaky"):
            assert row[name] == getattr(counts, name), name
    assert list(found["attempt_time"]) == [
        pd.Timedelta(seconds=seconds) for seconds in example.WAVE_ATTEMPT_TIME.values()
    ]
    assert found["success_rate"].to_list()[:2] == [example.WAVE_RATES[0], example.WAVE_RATES[1]]
    assert pd.isna(found["success_rate"][2])


def test_the_examples_errors(run: RunResult) -> None:
    found = frames.errors_frame(run)
    expected = {
        (
            one.category,
            one.kind,
            one.message,
            one.place,
            one.failures,
            len(one.atoms),
            one.first_wave,
            one.healed,
        )
        for one in example.PATTERNS
    }
    assert set(found.itertuples(index=False, name=None)) == expected
    assert list(found["count"]) == sorted(found["count"], reverse=True)


def as_mappings(name: str, rows: Iterable[Row]) -> list[Row]:
    names = [column.name for column in frames.COLUMNS[name]]
    return [{key: value for key, value in zip(names, row, strict=True) if value is not None} for row in rows]


LANGUAGES = {name: atom.language for name, atom in example.example_plan().atoms.items()}


def test_rows_make_the_same_frames(run: RunResult) -> None:
    atoms, attempts = list(atom_rows(run, LANGUAGES)), list(attempt_rows(run, LANGUAGES))
    waves = list(wave_rows(run))
    for found, expected in (
        (frames.atoms_frame_of_rows(atoms), frames.atoms_frame(run)),
        (frames.atoms_frame_of_rows(as_mappings("atoms", atoms)), frames.atoms_frame(run)),
        (frames.attempts_frame_of_rows(attempts), frames.attempts_frame(run)),
        (frames.attempts_frame_of_rows(as_mappings("attempts", attempts)), frames.attempts_frame(run)),
        (frames.waves_frame_of_rows(waves), frames.waves_frame(run)),
        (frames.waves_frame_of_rows(as_mappings("waves", waves)), frames.waves_frame(run)),
        (frames.errors_frame_of_rows(attempts), frames.errors_frame(run)),
        (frames.errors_frame_of_rows(as_mappings("attempts", attempts)), frames.errors_frame(run)),
    ):
        assert_frame_equal(found, expected)


def test_code_that_a_store_left_out_is_the_plans(run: RunResult) -> None:
    rows = [(*row[:-1], row[-1] if row[5] > 1 else None) for row in attempt_rows(run, LANGUAGES)]
    codes = {name: atom.code.text for name, atom in example.example_plan().atoms.items()}
    assert_frame_equal(frames.attempts_frame_of_rows(rows, codes=codes), frames.attempts_frame(run))
    assert frames.attempts_frame_of_rows(rows)["code"].isna().sum() == example.EXECUTED_ATOMS


def test_a_row_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="a row has 2 values: there are 15 columns, wave, planned"):
        frames.waves_frame_of_rows([(0, 1)])


def test_what_programs_write_cannot_break_a_frame() -> None:
    made = finished(
        "r",
        "plan",
        result("a", attempt(1, "half \ud800 a pair\0", spending=Spending(input_tokens=1, usd=None))),
    ).result
    found = frames.attempts_frame(made)
    assert found["message"][0] == "half \ud800 a pair\0"
    assert pd.isna(found["usd"][0])
    assert frames.errors_frame(made)["count"].to_list() == [1]


def test_pandas_is_loaded_only_when_a_frame_is_made() -> None:
    code = "import sys, mge_toolkit.reporting.frames as f; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
