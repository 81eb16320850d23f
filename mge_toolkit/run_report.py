"""The report that ``--report DIR`` asks for: gathers a session's runs, also of other processes; writes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mge_toolkit.core.errors import MgeError
from mge_toolkit.history import OFF, open_records

if TYPE_CHECKING:
    from mge_toolkit.core.plans import Atom, Masterplan
    from mge_toolkit.core.ports import Language
    from mge_toolkit.core.runs import RunResult
    from mge_toolkit.reporting.report import Earlier, RunReport

LOOKED_BACK: Final = 21
"""How many recorded runs are read for the trend, this one among them."""


class Reports:
    """The report of one session.

    ``options`` are the parsed options about records, and paths in them are relative to ``base``; ``directory`` is
    where the report goes, ``None`` where none is wanted.
    """

    def __init__(
        self,
        directory: Path | None,
        options: Mapping[str, Any],
        base: Path,
        languages: Mapping[str, Language],
        reword: Callable[[str], str] = str,
    ) -> None:
        """Take what is known before the first run. ``reword`` names options as the user's command has them."""
        self._directory = directory
        self._location: str | None = options.get("records")
        self._base = base
        self._languages = languages
        self._reword = reword
        self._runs: list[RunReport] = []

    def prepare(self) -> None:
        """Make the directory, or refuse what could not be written later. Raises ``SettingsError``."""
        if self._directory is not None:
            from mge_toolkit.reporting.report import prepare_directory

            prepare_directory(self._directory)

    def add(self, plan: Masterplan, result: RunResult, status: int) -> None:
        """Take a run that has ended, with the exit status that it gives the session."""
        if self._directory is None:
            return
        from mge_toolkit.engine.composition import Composer
        from mge_toolkit.reporting.failures import as_run
        from mge_toolkit.reporting.report import make_run_report

        composer = Composer(plan, self._languages)

        def dependencies(atom: Atom) -> Sequence[Atom]:
            return [as_run(found, result.results.get(found.id)) for found in composer.dependencies(atom)]

        self._runs.append(
            make_run_report(
                result,
                plan,
                status=status,
                dependencies=dependencies,
                earlier=self._earlier(result),
                reword=self._reword,
            )
        )

    def to_data(self) -> list[str]:
        """Return each run as JSON, for another process."""
        return [json.dumps(run.to_data()) for run in self._runs]

    def take(self, data: Iterable[str]) -> None:
        """Take the runs of another process."""
        if self._directory is not None:
            from mge_toolkit.reporting.report import RunReport

            self._runs += [RunReport.from_data(json.loads(found)) for found in data]

    def write(self) -> str | None:
        """Write the files and return what to say of that; ``None`` where no report is wanted."""
        if self._directory is None:
            return None
        from mge_toolkit.reporting.report import NAMES, write_report

        try:
            # Workers of xdist hand their runs over in any order.
            write_report(self._directory, sorted(self._runs, key=lambda run: str(run.figures["path"])))
        except OSError as error:
            return f"the report in '{self._directory}' was not written: {error.strerror}"
        return f"wrote {', '.join(NAMES)} into {self._directory}"

    def _earlier(self, result: RunResult) -> Earlier:
        """Return what records hold of earlier runs: a report is not worth failing for them."""
        from mge_toolkit.reporting.report import NOTHING_EARLIER, Earlier

        if self._location == OFF:
            return NOTHING_EARLIER
        try:
            # The run's own store may be closed by now, or in use by the engine's thread.
            store = open_records(self._location, self._base)
        except MgeError as error:
            return Earlier(unavailable=str(error))
        try:
            records = [
                record
                for record in store.runs(result.masterplan, limit=LOOKED_BACK)
                if record.finished
                and record.run_id != result.run_id
                and record.started_at <= result.started_at
            ]
            if not records:
                return NOTHING_EARLIER
            previous = store.load(records[0].run_id)
            return Earlier(record=records[0], previous=previous.result, records=tuple(records))
        except MgeError as error:
            return Earlier(unavailable=str(error))
        finally:
            store.close()
