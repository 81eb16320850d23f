"""Everything a notebook has of the toolkit: its engine, its records, its own masterplan and its runs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeAlias

from mge_toolkit.core.errors import MgeError, RecordsError, UnknownRunError
from mge_toolkit.core.plans import Masterplan, empty_mapping
from mge_toolkit.core.ports import RepairLevel
from mge_toolkit.core.records import RecordedRun, RecordStore, RunRecord
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

Named: TypeAlias = str | RunHandle | RunResult | RecordedRun | RunRecord
"""What a run can be named by: its id, the beginning of that, or anything that is it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunOptions:
    """How a run is carried out: settings, and the parsed options about repair and records by their names.

    Records and reviews are below ``directory`` (``None``: the current one).
    """

    settings: Settings = field(default_factory=Settings)
    repair: Mapping[str, Any] = field(default_factory=empty_mapping)
    records: Mapping[str, Any] = field(default_factory=empty_mapping)
    directory: Path | None = None


class Session:
    """Starts runs, finds them again, and closes everything in the end. For one thread, that of the cells."""

    def __init__(self, *, plugins: Plugins | None = None, name: str = "notebook") -> None:
        """Begin without runs; nothing is started or opened yet."""
        self.plugins = plugins or Plugins()
        self.cells = CellPlan(name, tuple(self.plugins.languages))
        self._engine = BackgroundEngine(self.plugins)
        self._stores: dict[str, RecordStore] = {}
        self._runs: OrderedDict[str, RunHandle] = OrderedDict()
        self._own_paths: set[str] = set()

    @property
    def last(self) -> RunHandle | None:
        """Return the run that was started last."""
        return next(reversed(self._runs.values())) if self._runs else None

    @property
    def handles(self) -> list[RunHandle]:
        """Return the runs at hand, the last started first."""
        return list(reversed(self._runs.values()))

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
        directory = options.directory or Path.cwd()
        options = replace(options, directory=directory)
        self.plugins.sandbox_factory(options.settings.sandbox)
        history = self._history(options.records, directory)
        own = self._is_own(plan)
        if own:
            self._own_paths.add(plan.path)
        models: list[LiveRun] = []
        handles: list[RunHandle] = []

        def follow(run_id: str) -> LiveRun:
            models.append(LiveRun(plan, run_id))
            return models[0]

        def after(result: RunResult) -> None:
            if options.settings.repair.level is not RepairLevel.OFF and not own:
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
        handle = RunHandle(models[0], future, _Runner(self, run), options)
        handles.append(handle)
        if history.warning is not None:
            handle.warnings.append(history.warning.replace("--mge-", "--"))
        if remembered:
            self._runs[handle.run_id] = handle
        while len(self._runs) > RUNS_KEPT:
            self._runs.popitem(last=False)
        return handle

    def again(self, handle: RunHandle, atoms: Collection[str]) -> RunHandle:
        """Run some atoms of a handle's plan again as they were run before."""
        if not atoms:
            raise MgeError(f"run {handle.run_id} {_nothing_again(handle)}")
        records = {name: value for name, value in handle.options.records.items() if name != "resume"}
        return self.start(handle.plan, replace(handle.options, records=records), atoms=atoms)

    def explore(self, run: Named | None = None, location: str | None = None) -> Explorer:
        """Return an ended run for exploring; ``None`` is the last one."""
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
        directory = options.directory or Path.cwd()
        return Explorer(result, plan, desk=Desk(plan, result, directory, begin, adopt))

    def history(
        self, masterplan: str | None = None, limit: int = 20, location: str | None = None
    ) -> tuple[str, Sequence[RunRecord]]:
        """Return where runs are recorded, and the last ones."""
        store = self._store(location)
        return store.location, store.runs(masterplan, limit=limit)

    def compare(
        self,
        before: Named | None = None,
        after: Named = LAST,
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
        """Return whether a plan is the notebook's own, by its name of now or one by which it has run."""
        return plan.path == f"<{self.cells.name}>" or plan.path in self._own_paths

    def _found(self, run: Named | None, location: str | None) -> tuple[Masterplan, RunResult, RunOptions]:
        match run:
            case RecordedRun():
                return run.plan, run.result, self._options_of(run.result)
            case RunResult(plan=Masterplan() as plan):
                return plan, run, self._options_of(run)
            case RunHandle():
                return run.plan, _whole(run), run.options
            case RunResult() | RunRecord():
                run = run.run_id
        handle = self._at_hand(run) if location is None else None
        if handle is not None:
            return self._found(handle, location)
        store = self._store(location)
        recorded = store.load(store.find(run or LAST).run_id)
        return recorded.plan, recorded.result, RunOptions()

    def _options_of(self, run: RunResult) -> RunOptions:
        return self._runs[run.run_id].options if run.run_id in self._runs else RunOptions()

    def _earlier(self, run: RunResult, location: str | None) -> RunResult:
        """Return the last run of a masterplan that started before one of its runs, best one of as many atoms.

        A cell that runs its atom runs a part of the plan: compared with the whole, all else would be new.
        """
        ended = [] if location is not None else [handle.ended for handle in self.handles]
        found: list[tuple[bool, datetime, RunResult | RunRecord]] = [
            (len(one.results) == len(run.results), one.started_at, one)
            for one in ended
            if one is not None and one.masterplan == run.masterplan and one.started_at < run.started_at
        ]
        found += [
            (record.planned == len(run.results), record.started_at, record)
            for record in self._recorded(run.masterplan, location)
            if record.finished and record.started_at < run.started_at
        ]
        if not found:
            raise UnknownRunError(
                f"there is no run of '{run.masterplan}' before {run.run_id} to compare it with: name one"
            )
        _, _, last = max(found, key=lambda one: one[:2])
        return last if isinstance(last, RunResult) else self._store(location).load(last.run_id).result

    def _recorded(self, masterplan: str, location: str | None) -> Sequence[RunRecord]:
        try:
            return self._store(location).runs(masterplan, limit=_LOOKED_BACK)
        except UnknownRunError:  # nothing has been recorded here yet
            return ()

    def _at_hand(self, run: str | None) -> RunHandle | None:
        if run in (None, LAST):
            return self.last
        found = [handle for run_id, handle in self._runs.items() if run_id.startswith(str(run))]
        return found[0] if len(found) == 1 else None

    def _history(self, values: Mapping[str, Any], directory: Path) -> History:
        self._engine.check_open()
        location = values.get("records")
        place = _place(location, directory)
        if place in self._stores and location != OFF:
            store = self._stores[place]
            return History(store=store, resume=values.get("resume"), cache=bool(values.get("cache")))
        history = open_history(values, directory)
        if history.store is not None:
            self._stores[place] = history.store
        return history

    def _store(self, location: str | None) -> RecordStore:
        """Return records to read; what is not there is not made."""
        self._engine.check_open()
        if location == OFF:
            raise MgeError("records: there is nothing to read where they are off: name a file or a URL")
        place = _place(location, Path.cwd())
        if place not in self._stores:
            path = Path(location or DEFAULT)
            if (location is None or "://" not in location) and not path.exists():
                kind = UnknownRunError if location is None else RecordsError
                raise kind(
                    f"there are no records in '{path}': run a plan first, or name the place (--records)"
                )
            self._stores[place] = open_records(location, Path.cwd())
        return self._stores[place]


def _place(location: str | None, directory: Path) -> str:
    return location if location is not None and "://" in location else str(directory / (location or DEFAULT))


def _whole(handle: RunHandle) -> RunResult:
    handle.wait()
    if handle.ended is None:
        raise MgeError(f"run {handle.run_id} was broken off and left no results: start it anew")
    return handle.ended


def _nothing_again(handle: RunHandle) -> str:
    if handle.ended is None:
        return "was broken off and left no results: start it anew"
    if handle.ended.counts.skipped:
        return "left nothing to run again: what did not pass was given up on by strategy"
    return "left nothing to run again: every atom passed"


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
