"""The pictures that ``--plots DIR`` asks for, drawn when a run has ended."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mge_toolkit.core.errors import MgeError, RecordsError, SettingsError
from mge_toolkit.history import OFF, open_records

if TYPE_CHECKING:
    from mge_toolkit.core.plans import Masterplan
    from mge_toolkit.core.records import RunRecord
    from mge_toolkit.core.runs import RunResult

LOOKED_BACK: Final = 60
"""How many recorded runs a trend shows."""
_UNSAFE: Final = re.compile(r"[^\w.-]+")


class RunPictures:
    """Draws a session's runs.

    ``options`` are the parsed options about records, ``plots`` among them; paths in them are relative to ``base``,
    the directory of pictures to ``start``.
    """

    def __init__(self, options: Mapping[str, Any], start: Path, base: Path) -> None:
        """Take what is known before the first run."""
        self._named: str | None = options.get("plots")
        self._directory = start / (self._named or "")
        self._location: str | None = options.get("records")
        self._base = base

    @property
    def wanted(self) -> bool:
        """Return whether pictures are asked for."""
        return self._named is not None

    def prepare(self) -> None:
        """Make the directory, or refuse what could not be drawn later. Raises ``MgeError``."""
        if not self.wanted:
            return
        if find_spec("matplotlib") is None:
            raise MgeError("plots: 'matplotlib' is not installed: pip install 'mge-toolkit[notebook]'")
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(
                f"plots: '{self._named}' cannot be made ({error.strerror}): name another directory"
            ) from None

    def draw(self, plan: Masterplan, result: RunResult, *, apart: bool = False) -> str | None:
        """Draw a run and return what to say of that; ``None`` where no pictures are asked for.

        With ``apart`` they go into a directory of their own, named after the masterplan. What fails is said, for
        the run has ended and its result stands.
        """
        if not self.wanted:
            return None
        from mge_toolkit.plots.saving import save_all

        folder = self._directory / directory_name(plan.name) if apart else self._directory
        try:
            files = save_all(result, folder, plan=plan, runs=self._runs(plan.name))
        except OSError as error:
            return f"no pictures: '{folder}' cannot be written ({error.strerror})"
        return f"wrote {len(files)} pictures into {self._named}"

    def _runs(self, masterplan: str) -> Sequence[RunRecord]:
        """Return the masterplan's recorded runs, this one among them; none where they cannot be read."""
        if self._location == OFF:
            return ()
        try:
            store = open_records(self._location, self._base)
        except RecordsError:
            return ()
        try:
            return store.runs(masterplan, limit=LOOKED_BACK)
        except RecordsError:
            return ()
        finally:
            store.close()


def directory_name(name: str) -> str:
    """Return a name that any file system takes."""
    return _UNSAFE.sub("_", name)[:80].strip(".") or "plan"
