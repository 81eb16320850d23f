"""The plug-in's part in a session that has masterplans: loads, collects, runs, reports."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from mge_toolkit.core.errors import MgeError, PlanError, Problem
from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.runs import RunResult
from mge_toolkit.healing import Healing, write_patch
from mge_toolkit.history import open_history
from mge_toolkit.options import check_patch, model_fixer
from pytest_mge import junit, reports, terminal
from pytest_mge.adapter import toolkit_plugins
from pytest_mge.collector import AtomItem, PlanFile
from pytest_mge.distribution import ReportedAtoms, is_controller, is_worker, make_scheduler
from pytest_mge.listeners import EventListeners
from pytest_mge.options import (
    PlanChoice,
    annotations_wanted,
    changed_settings,
    choose_plans,
    read_record_options,
    read_repair_options,
    read_settings,
)
from pytest_mge.pictures import SessionPictures
from pytest_mge.protocol import AtomProtocol
from pytest_mge.run_reports import SessionReports
from pytest_mge.runs import SessionRuns
from pytest_mge.shortcuts import AROUND_ITEMS, only_pytests_own
from pytest_mge.verdict import Verdict

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.workermanage import WorkerController

    from mge_toolkit.core.ports import ModelFixer
    from mge_toolkit.core.settings import Settings
    from mge_toolkit.plugins.manager import Plugins
    from pytest_mge.engine import EngineThread


def register(config: pytest.Config) -> None:
    """Take part in the session of ``config``."""
    config.pluginmanager.register(MgeEntrance(config), "mge-entrance")


class MgeEntrance:
    """Makes the session's part when the session starts, or ends the session with a usage error."""

    def __init__(self, config: pytest.Config) -> None:
        """Wait for the session of ``config``."""
        self._config = config

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Read settings and plans; before xdist starts its workers, so that a mistake is reported once."""
        config = self._config
        try:
            choice = choose_plans(config)
            files = [*choice.named, *choice.added]
            if not files:
                return
            settings = read_settings(config)
            settings = changed_settings(config, settings)
            repair = read_repair_options(config)
            records = read_record_options(config)
            check_patch(repair, config.invocation_params.dir)
            model = model_fixer(repair)
            plugins = toolkit_plugins(config)
            plugins.sandbox_factory(settings.sandbox)
            annotate = annotations_wanted(config)
            plans = _load(config, files, plugins)
            files_about_runs = SessionReports(config, records, plugins)
            pictures = None if records["plots"] is None else SessionPictures(config, records)
        except MgeError as error:
            raise pytest.UsageError(str(error)) from None
        protocol = AtomProtocol(config)
        part = MgeSession(
            session,
            settings,
            plugins,
            plans,
            choice,
            protocol,
            repair,
            records,
            model,
            files_about_runs,
            pictures,
        )
        config.pluginmanager.register(protocol, "mge-protocol")
        config.pluginmanager.register(part, "mge-session")
        config.pluginmanager.register(files_about_runs, "mge-reports")
        if pictures is not None:
            config.pluginmanager.register(pictures, "mge-pictures")
        log = junit.junit_log(config)
        if log is not None:
            config.pluginmanager.register(junit.JunitAtoms(log), "mge-junit")
        if annotate:
            config.pluginmanager.register(terminal.Annotations(config), "mge-annotations")


def _load(config: pytest.Config, files: list[Path], plugins: Plugins) -> dict[Path, Masterplan]:
    """Return the plans in ``files``. Raises one ``PlanError`` with the mistakes of all."""
    from mge_toolkit.plan import load_masterplan

    start = config.invocation_params.dir
    plans: dict[Path, Masterplan] = {}
    problems: list[Problem] = []
    for file in files:
        shown = file.relative_to(start) if file.is_relative_to(start) else file
        try:
            plans[file] = load_masterplan(shown, languages=plugins.languages)
        except PlanError as error:
            problems += error.problems
    if problems:
        raise PlanError(problems)
    return plans


class MgeSession:
    """The hooks of a session that has masterplans."""

    def __init__(
        self,
        session: pytest.Session,
        settings: Settings,
        plugins: Plugins,
        plans: Mapping[Path, Masterplan],
        choice: PlanChoice,
        protocol: AtomProtocol,
        repair: Mapping[str, Any],
        records: Mapping[str, Any],
        model: ModelFixer | None,
        files_about_runs: SessionReports,
        pictures: SessionPictures | None = None,
    ) -> None:
        """Take what is known before collection; nothing starts yet."""
        self._session = session
        self._config = session.config
        self._settings = settings
        self._plugins = plugins
        self._plans = plans
        self._choice = choice
        self._protocol = protocol
        self._model = model
        config = session.config
        self._repair = repair
        self._records = records
        self._files_about_runs = files_about_runs
        self._pictures = pictures
        self._warnings: list[str] = []
        self._recorded_in: str | None = None
        self._healing = Healing(
            repair, settings.repair, config.invocation_params.dir, config.rootpath, plugins.languages
        )
        self._alone = False
        self._families = {name: language.family for name, language in plugins.languages.items()}
        self._runs: SessionRuns | None = None
        self._listeners: EventListeners | None = None
        self._summaries: list[terminal.RunSummary] = []
        self._unreported = 0
        self._distributed = ReportedAtoms(session.config, plans) if is_controller(session.config) else None
        if self._distributed is not None:
            session.config.pluginmanager.register(self._distributed, "mge-distributed")

    def pytest_report_header(self) -> str:
        """Say how atoms are going to be run."""
        settings = self._settings
        slots = settings.slot_count
        return (
            f"mge: sandbox {settings.sandbox}, {slots} slot{'s' * (slots != 1)}, schedule {settings.schedule}"
        )

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> PlanFile | None:
        """Collect the masterplans that are path arguments, and no other file of that kind."""
        return self._collector(file_path, parent) if file_path in self._choice.named else None

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Add the other masterplans to what the session has collected.

        They are no path arguments: pytest drops those that lie in a directory that is one too.
        """
        report = yield
        if collector is self._session and report.result is not None:
            plans = [self._collector(path, collector) for path in self._choice.added]
            report.result = [*plans, *report.result]
        return report

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Know the items that are going to be reported."""
        items = [item for item in session.items if isinstance(item, AtomItem)]
        option = self._config.option
        if items and not (option.collectonly or option.setuponly or is_controller(self._config)):
            self._listeners = EventListeners(self._config)
            self._runs = SessionRuns(
                items,
                self._make_engine,
                on_event=self._listeners.tell if self._listeners else None,
                on_finish=self._sum_up,
            )

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Run the atoms and report them as they finish, then the tests.

        The atoms come first so that no thread of ours is alive while tests run, which may fork. The order of
        the items is kept where it means something: under ``--stepwise``, and in a worker of xdist.
        """
        config = self._config
        if self._runs is None or is_worker(config) or config.getoption("stepwise", False):
            return None
        if session.testsfailed and not config.option.continue_on_collection_errors:
            return None
        self._alone = only_pytests_own(config, "pytest_runtest_protocol", AROUND_ITEMS)
        others = [item for item in session.items if not isinstance(item, AtomItem)]
        self._report_atoms(self._runs, others[0] if others else None)
        for item, following in zip_longest(others, others[1:]):
            self._report(item, following)
        return True

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Wait for an atom's result before any other plug-in starts to measure its time."""
        if not isinstance(item, AtomItem) or self._runs is None:
            return (yield)
        try:
            self._runs.wait_for(item)
        except MgeError as error:
            self._give_up(str(error))
        handled = yield
        item.reported = True  # by pytest's own protocol, where a marker skips it
        return handled

    @pytest.hookimpl(wrapper=True)
    def pytest_report_to_serializable(
        self, report: pytest.TestReport
    ) -> Generator[None, dict[str, Any], dict[str, Any]]:
        """Send failures of atoms from xdist's workers as they are."""
        return (yield from reports.serialize(report))

    @pytest.hookimpl(wrapper=True)
    def pytest_report_from_serializable(
        self, data: dict[str, Any]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Receive failures of atoms from xdist's workers."""
        return (yield from reports.deserialize(data))

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Producer) -> Any:
        """Keep each masterplan on one worker."""
        return make_scheduler(config, log, self._plans)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: WorkerController) -> None:
        """Take over what a worker of xdist has to say about its runs."""
        output: dict[str, Any] = getattr(node, "workeroutput", None) or {}
        if "mge_unusable" in output:
            raise pytest.UsageError(output["mge_unusable"])
        self._summaries += [terminal.RunSummary(**data) for data in output.get("mge_runs", ())]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """End what still runs; a worker of xdist sends its figures."""
        if self._distributed is not None:
            self._unreported = self._distributed.unreported
        if self._runs is None:
            self._fail_on_healed(session)
            return
        self._close(self._runs)
        if is_worker(self._config):
            output: dict[str, Any] = self._config.workeroutput  # type: ignore[attr-defined]  # set by xdist
            output["mge_runs"] = [summary.to_data() for summary in self._summaries]
            return
        atoms = [item for item in session.items if isinstance(item, AtomItem)]
        self._unreported = sum(not item.reported for item in atoms)
        self._fail_on_healed(session)

    def _fail_on_healed(self, session: pytest.Session) -> None:
        """Let no session end green that has healed atoms, where that is asked for."""
        healed = any(summary.healed for summary in self._summaries)
        if healed and self._repair["fail_on_healed"] and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the figures of the runs."""
        terminal.write_summaries(terminalreporter, self._summaries, self._unreported)
        if self._repair["fail_on_healed"] and any(summary.healed for summary in self._summaries):
            terminalreporter.write_line("failed because atoms were healed (--mge-fail-on-healed)", red=True)
        if self._repair["patch"] is not None:
            path = self._config.invocation_params.dir / self._repair["patch"]
            said = write_patch(path, (summary.patch for summary in self._summaries))
            terminalreporter.write_line(said)
        terminal.write_reruns(terminalreporter)

    def _collector(self, path: Path, parent: pytest.Collector) -> PlanFile:
        collector: PlanFile = PlanFile.from_parent(
            parent, path=path, plan=self._plans[path], families=self._families
        )
        return collector

    def _report_atoms(self, runs: SessionRuns, following: pytest.Item | None) -> None:
        """Report atoms as they finish; each with the right next item, for which it is held back a moment."""
        held: AtomItem | None = None
        finished = runs.in_completion_order()
        try:
            while True:
                try:
                    item = next(finished, None)
                except KeyboardInterrupt:
                    last = [*([] if held is None else [held]), *runs.take_ready()]
                    for item, after in zip_longest(last, last[1:]):
                        self._config.hook.pytest_runtest_protocol(item=item, nextitem=after)
                    raise
                if held is not None:
                    self._report(held, item or following)
                if item is None:
                    return
                held = item
                if self._ends_session(item):
                    held = None
                    self._report(item, None)
        except MgeError as error:
            self._give_up(str(error))
        finally:
            self._close(runs)

    def _report(self, item: pytest.Item, following: pytest.Item | None) -> None:
        session = self._session
        if not self._alone or self._protocol.pytest_runtest_protocol(item, following) is None:
            self._config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)

    def _ends_session(self, item: AtomItem) -> bool:
        """Return whether reporting ``item`` reaches ``--maxfail``: it must not wait for another to finish."""
        maxfail: int = self._config.getvalue("maxfail")
        if not maxfail or self._session.testsfailed + 1 < maxfail or item.result is None:
            return False
        return Verdict.of(item, item.result).fails

    def _close(self, runs: SessionRuns) -> None:
        session = self._session
        runs.close(str(session.shouldfail or session.shouldstop or "the session was interrupted"))

    def _make_engine(self) -> EngineThread:
        from pytest_mge.engine import EngineThread

        history = open_history(self._records, self._config.rootpath)
        if history.warning is not None:
            self._warnings.append(history.warning)
        self._recorded_in = None if history.store is None else history.store.location
        return EngineThread(
            self._settings,
            self._plugins,
            every_event=bool(self._listeners),
            model=self._model,
            history=history,
        )

    def _sum_up(self, plan_file: PlanFile, result: RunResult) -> None:
        mistakes = [] if self._listeners is None else self._listeners.take_mistakes()
        mistakes += self._warnings
        self._warnings.clear()
        unavailable = None if self._model is None else self._model.unavailable
        healed = self._healing.of(plan_file.plan, result, unavailable)
        self._files_about_runs.add(
            plan_file.plan, result, fail_on_healed=bool(self._repair["fail_on_healed"])
        )
        if self._pictures is not None:
            self._pictures.add(plan_file.plan, result)
        self._summaries.append(
            terminal.RunSummary.of(result, plan_file.plan, healed, mistakes, self._recorded_in)
        )

    def _give_up(self, message: str) -> NoReturn:
        """End the session where no atom can be run here; a worker of xdist leaves that to its controller."""
        if is_worker(self._config):
            output: dict[str, Any] = self._config.workeroutput  # type: ignore[attr-defined]  # set by xdist
            output["mge_unusable"] = message
            raise self._session.Interrupted(message)
        raise pytest.UsageError(message)
