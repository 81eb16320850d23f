"""Everything a notebook has of the toolkit: its engine, its records, its own masterplan and its runs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from mge_toolkit.core.errors import MgeError, RecordsError, UnknownRunError
from mge_toolkit.core.plans import Masterplan, empty_mapping
from mge_toolkit.core.ports import RepairLevel
from mge_toolkit.core.records import RecordStore, RunRecord
from mge_toolkit.core.runs import RunResult
from mge_toolkit.core.settings import RepairSettings, Settings
from mge_toolkit.history import DEFAULT, OFF, History, open_history, open_records
from mge_toolkit.notebook.cells import CellPlan
from mge_toolkit.notebook.desk import Desk, keep_review
from mge_toolkit.notebook.engine import BackgroundEngine, Order
from mge_toolkit.notebook.explore.comparing import RunComparison
from mge_toolkit.notebook.explore.explorer import Explorer
from mge_toolkit.notebook.handle import RunHandle
from mge_toolkit.notebook.live.model import LiveRun
from mge_toolkit.options import model_fixer
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.reporting.comparison import compare

RUNS_KEPT: Final = 30
"""How many of the notebook's runs are at hand with all their results; earlier ones are in the records."""
LAST: Final = "last"
_LOOKED_BACK: Final = 100  # runs among which the one before another is looked for


@dataclass(frozen=True, kw_only=True, slots=True)
class RunOptions:
    """How a run is carried out: settings, and the parsed options about repair and records by their names."""

    settings: Settings = field(default_factory=Settings)
    repair: Mapping[str, Any] = field(default_factory=empty_mapping)
    records: Mapping[str, Any] = field(default_factory=empty_mapping)


class Session:
    """Starts runs, finds them again, and closes everything in the end. For one thread, that of the cells."""

    def __init__(self, *, plugins: Plugins | None = None, name: str = "notebook") -> None:
        """Begin without runs; nothing is started or opened yet."""
        self.plugins = plugins or Plugins()
        self.cells = CellPlan(name, tuple(self.plugins.languages))
        self._engine = BackgroundEngine(self.plugins)
        self._stores: dict[str | None, RecordStore] = {}
        self._runs: OrderedDict[str, tuple[RunHandle, RunOptions]] = OrderedDict()

    @property
    def last(self) -> RunHandle | None:
        """Return the run that was started last."""
        return next(reversed(self._runs.values()))[0] if self._runs else None

    @property
    def handles(self) -> list[RunHandle]:
        """Return the runs at hand, the last started first."""
        return [handle for handle, _ in reversed(self._runs.values())]

    def start(
        self,
        plan: Masterplan,
        options: RunOptions | None = None,
        *,
        atoms: Collection[str] | None = None,
        remembered: bool = True,
    ) -> RunHandle:
        """Start to run ``atoms`` of a plan (``None``: all) and return at once. Raises what ``prepare`` raises.

        A run that is not ``remembered`` is not found again by its id, nor as the last one.
        """
        options = options or RunOptions()
        self.plugins.sandbox_factory(options.settings.sandbox)
        history = self._history(options.records)
        directory = Path.cwd()
        models: list[LiveRun] = []
        handles: list[RunHandle] = []

        def follow(run_id: str) -> LiveRun:
            models.append(LiveRun(plan, run_id))
            return models[0]

        def after(result: RunResult) -> None:
            if options.settings.repair.level is not RepairLevel.OFF and not self._is_own(plan):
                _keep_review(plan, result, directory, handles)

        order = Order(
            plan=plan,
            settings=options.settings,
            atoms=atoms,
            resume=history.resume,
            records=history.store,
            cache=history.cache,
            model=(lambda: model_fixer(options.repair)) if options.repair.get("repair") == "llm" else None,
        )
        run, future = self._engine.start(order, follow, after)
        handle = RunHandle(models[0], future, _Runner(self, run))
        handles.append(handle)
        if history.warning is not None:
            handle.warnings.append(history.warning.replace("--mge-", "--"))
        if remembered:
            self._runs[handle.run_id] = (handle, options)
        while len(self._runs) > RUNS_KEPT:
            self._runs.popitem(last=False)
        return handle

    def again(self, handle: RunHandle, atoms: Collection[str]) -> RunHandle:
        """Run some atoms of a handle's plan again as they were run before."""
        if not atoms:
            raise MgeError(f"run {handle.run_id} left nothing to run again: every atom passed")
        _, options = self._runs.get(handle.run_id, (handle, RunOptions()))
        records = {name: value for name, value in options.records.items() if name != "resume"}
        return self.start(handle.plan, replace(options, records=records), atoms=atoms)

    def explore(self, run: str | RunHandle | None = None, location: str | None = None) -> Explorer:
        """Return an ended run for exploring: a handle, an id or its beginning, or (``None``) the last one."""
        plan, result, options = self._found(run, location)

        def begin(plan: Masterplan, atoms: list[str], *, own_code: bool) -> RunHandle:
            settings = options.settings
            if own_code:
                off = RepairSettings(level=RepairLevel.OFF)
                settings = replace(settings, repair=off, wave_threshold=0.0)
            # A trial of one atom is no run to remember.
            chosen = replace(options, settings=settings, records={"records": OFF})
            return self.start(plan, chosen, atoms=atoms, remembered=False)

        adopt = self.cells.put_code if self._is_own(plan) else None
        return Explorer(result, plan, desk=Desk(plan, result, Path.cwd(), begin, adopt))

    def history(
        self, masterplan: str | None = None, limit: int = 20, location: str | None = None
    ) -> tuple[str, Sequence[RunRecord]]:
        """Return where runs are recorded, and the last ones."""
        store = self._store(location)
        return store.location, store.runs(masterplan, limit=limit)

    def compare(
        self,
        before: str | RunHandle | None = None,
        after: str | RunHandle = LAST,
        location: str | None = None,
    ) -> RunComparison:
        """Return what changed from one run (``None``: the one before the other) to another.

        Raises ``MgeError`` for runs of two masterplans, and for a run and itself.
        """
        plan, second, _ = self._found(after, location)
        first = self._earlier(second, location) if before is None else self._found(before, location)[1]
        if first.run_id == second.run_id:
            raise MgeError(f"run {first.run_id} is compared with itself: name two runs (see '%mge history')")
        if first.masterplan != second.masterplan:
            raise MgeError(
                f"run {first.run_id} is one of masterplan '{first.masterplan}' and {second.run_id} one of "
                f"'{second.masterplan}': compare two runs of one masterplan"
            )
        return RunComparison(compare(first, second), first, second, plan)

    def doctor(self) -> Any:
        """Return what isolation this machine gives, proved by trying."""
        from mge_toolkit.sandbox.doctor import examine

        return self._engine.call(examine())

    def cancel(self, handle: RunHandle, run: Any, reason: str) -> None:
        """Stop a run."""
        self._engine.cancel(run, reason)

    def close(self) -> None:
        """Stop what runs, and let go of sandboxes and records. Can be called twice."""
        self._engine.close()
        while self._stores:
            _, store = self._stores.popitem()
            store.close()

    def _is_own(self, plan: Masterplan) -> bool:
        return plan.path == f"<{self.cells.name}>"

    def _found(
        self, run: str | RunHandle | None, location: str | None
    ) -> tuple[Masterplan, RunResult, RunOptions]:
        if isinstance(run, RunHandle):
            return run.plan, run.result(), self._runs.get(run.run_id, (run, RunOptions()))[1]
        if location is None:
            found = self._at_hand(run)
            if found is not None:
                return found[0].plan, found[0].result(), found[1]
        store = self._store(location)
        recorded = store.load(store.find(run or LAST).run_id)
        return recorded.plan, recorded.result, RunOptions()

    def _earlier(self, run: RunResult, location: str | None) -> RunResult:
        """Return the last run of a masterplan that started before one of its runs."""
        if location is None:
            for handle in self.handles:
                ended = handle.ended
                if (
                    ended is not None
                    and ended.masterplan == run.masterplan
                    and ended.started_at < run.started_at
                ):
                    return ended
        store = self._store(location)
        for record in store.runs(run.masterplan, limit=_LOOKED_BACK):
            if record.finished and record.started_at < run.started_at:
                return store.load(record.run_id).result
        raise UnknownRunError(
            f"there is no run of '{run.masterplan}' before {run.run_id} to compare it with: name one"
        )

    def _at_hand(self, run: str | None) -> tuple[RunHandle, RunOptions] | None:
        if run in (None, LAST):
            return next(reversed(self._runs.values())) if self._runs else None
        found = [pair for run_id, pair in self._runs.items() if run_id.startswith(str(run))]
        return found[0] if len(found) == 1 else None

    def _history(self, values: Mapping[str, Any]) -> History:
        location = values.get("records")
        if location in self._stores and location != OFF:
            store = self._stores[location]
            return History(store=store, resume=values.get("resume"), cache=bool(values.get("cache")))
        history = open_history(values, Path.cwd())
        if history.store is not None:
            self._stores[location] = history.store
        return history

    def _store(self, location: str | None) -> RecordStore:
        """Return records to read; what is not there is not made."""
        if location == OFF:
            raise MgeError("records: there is nothing to read where they are off: name a file or a URL")
        if location not in self._stores:
            path = Path(location or DEFAULT)
            if (location is None or "://" not in location) and not path.exists():
                kind = UnknownRunError if location is None else RecordsError
                raise kind(
                    f"there are no records in '{path}': run a plan first, or name the place (--records)"
                )
            self._stores[location] = open_records(location, Path.cwd())
        return self._stores[location]


def _keep_review(plan: Masterplan, result: RunResult, directory: Path, handles: Sequence[RunHandle]) -> None:
    try:
        keep_review(plan, result, directory)
    except (MgeError, OSError) as error:
        for handle in handles:
            handle.warnings.append(f"what is to be judged was not kept: {error}")


class _Runner:
    """What a handle asks the session for."""

    def __init__(self, session: Session, run: Any) -> None:
        self._session = session
        self._run = run

    def again(self, handle: RunHandle, atoms: list[str]) -> RunHandle:
        return self._session.again(handle, atoms)

    def explore(self, handle: RunHandle) -> Explorer:
        return self._session.explore(handle)

    def cancel(self, handle: RunHandle, reason: str) -> None:
        self._session.cancel(handle, self._run, reason)
