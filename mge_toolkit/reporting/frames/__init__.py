"""Runs as pandas data frames. pandas is imported when a frame is made.

Each frame comes from a run's result, or from plain rows as a store of records returns them: mappings by column, or
tuples in the order of the frame's table (:data:`ATOM_COLUMNS`, :data:`ATTEMPT_COLUMNS`, :data:`WAVE_COLUMNS`,
:data:`ERROR_COLUMNS`). In rows durations are seconds, times aware datetimes, enumerations their values, and what
is not known is ``None``; a mapping may leave that out. Both ways give the same frame, with the same dtypes where
it is empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from mge_toolkit.core.runs import RunResult
from mge_toolkit.reporting.frames.arrays import frame_of
from mge_toolkit.reporting.frames.columns import (
    ATOM_COLUMNS,
    ATTEMPT_COLUMNS,
    COLUMNS,
    ERROR_COLUMNS,
    WAVE_COLUMNS,
    Column,
)
from mge_toolkit.reporting.frames.rows import (
    Row,
    atom_rows,
    attempt_rows,
    error_rows,
    tuples,
    wave_rows,
    with_code,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ATOM_COLUMNS",
    "ATTEMPT_COLUMNS",
    "COLUMNS",
    "ERROR_COLUMNS",
    "WAVE_COLUMNS",
    "Column",
    "Row",
    "atoms_frame",
    "atoms_frame_of_rows",
    "attempts_frame",
    "attempts_frame_of_rows",
    "errors_frame",
    "errors_frame_of_rows",
    "waves_frame",
    "waves_frame_of_rows",
]


def atoms_frame(run: RunResult, *, languages: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return a row for every atom; see :data:`ATOM_COLUMNS`. ``languages`` replaces those of the plan."""
    return atoms_frame_of_rows(atom_rows(run, languages or _languages(run)))


def attempts_frame(run: RunResult, *, languages: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return a row for every attempt; see :data:`ATTEMPT_COLUMNS`. ``languages`` replaces those of the plan."""
    return attempts_frame_of_rows(attempt_rows(run, languages or _languages(run)))


def _languages(run: RunResult) -> Mapping[str, str]:
    return {} if run.plan is None else {atom.id: atom.language for atom in run.plan.atoms.values()}


def waves_frame(run: RunResult) -> pd.DataFrame:
    """Return a row for every wave; see :data:`WAVE_COLUMNS`."""
    return waves_frame_of_rows(wave_rows(run))


def errors_frame(run: RunResult) -> pd.DataFrame:
    """Return a row for every cluster of failures; see :data:`ERROR_COLUMNS`."""
    return errors_frame_of_rows(attempt_rows(run, {}))


def atoms_frame_of_rows(rows: Iterable[Row]) -> pd.DataFrame:
    """Return the frame of a store's rows of atoms; see :data:`ATOM_COLUMNS`."""
    return frame_of(ATOM_COLUMNS, rows)


def attempts_frame_of_rows(rows: Iterable[Row], *, codes: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return the frame of a store's rows of attempts; see :data:`ATTEMPT_COLUMNS`.

    ``codes`` maps atoms to their code in the plan, for rows that leave out what is the plan's own.
    """
    if codes is not None:
        rows = (with_code(row, codes) for row in tuples(ATTEMPT_COLUMNS, rows))
    return frame_of(ATTEMPT_COLUMNS, rows)


def waves_frame_of_rows(rows: Iterable[Row]) -> pd.DataFrame:
    """Return the frame of a store's rows of waves; see :data:`WAVE_COLUMNS`."""
    return frame_of(WAVE_COLUMNS, rows)


def errors_frame_of_rows(rows: Iterable[Row]) -> pd.DataFrame:
    """Return the clusters of failures in a store's rows of attempts; see :data:`ERROR_COLUMNS`.

    Of the columns of :data:`ATTEMPT_COLUMNS` it reads ``atom_id``, ``wave``, ``number``, ``passed``, ``source``
    and those of the failure; the attempts of one atom come together, in order.
    """
    return frame_of(ERROR_COLUMNS, error_rows(tuples(ATTEMPT_COLUMNS, rows)))
