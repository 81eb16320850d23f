"""Makes a pandas frame of rows, column by column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from mge_toolkit.reporting.frames.columns import CATEGORY, DURATION, TEXT, TIME, Column
from mge_toolkit.reporting.frames.rows import Row, tuples

if TYPE_CHECKING:
    import pandas as pd


OURS: Final = "mge"
"""What a frame's ``attrs`` have where its texts come from programs: whoever shows it takes care of them."""


def frame_of(columns: Sequence[Column], rows: Iterable[Row]) -> pd.DataFrame:
    """Return the frame of rows, each column with its dtype."""
    import pandas as pd

    values = list(zip(*tuples(columns, rows), strict=True)) or [()] * len(columns)
    frame = pd.DataFrame(
        {
            column.name: _ARRAYS.get(column.dtype, _plain)(column, found)
            for column, found in zip(columns, values, strict=True)
        }
    )
    frame.attrs[OURS] = True
    return frame


def _categorical(column: Column, values: Sequence[Any]) -> Any:
    import pandas as pd

    categories = column.values or sorted({value for value in values if value is not None})
    places = {value: place for place, value in enumerate(categories)}
    codes = [places.get(value, -1) for value in values]
    return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(list(categories)))


def _durations(column: Column, values: Sequence[Any]) -> Any:
    import numpy as np

    seconds = np.array(values, dtype="float64")
    known = ~np.isnan(seconds)
    found = np.full(len(seconds), np.timedelta64("NaT", "ns"), dtype=DURATION)
    found[known] = np.rint(seconds[known] * 1e9).astype("int64").astype(DURATION)
    return found


def _times(column: Column, values: Sequence[Any]) -> Any:
    import pandas as pd

    return pd.to_datetime(pd.Series(values, dtype=object), utc=True).astype(TIME).array


def _plain(column: Column, values: Sequence[Any]) -> Any:
    import pandas as pd

    return pd.Series(list(values), dtype=cast("Any", column.dtype)).array


def _texts(column: Column, values: Sequence[Any]) -> Any:
    """Return texts as Python holds them: a program may have made half of a surrogate pair, which Arrow refuses."""
    import pandas as pd

    return pd.Series(list(values), dtype=pd.StringDtype("python")).array


_ARRAYS: Final[Mapping[str, Callable[[Column, Sequence[Any]], Any]]] = {
    CATEGORY: _categorical,
    TEXT: _texts,
    DURATION: _durations,
    TIME: _times,
}
