"""``mge run``: runs a plan under a live line, then reports."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from mge_toolkit.cli.console import Console
from mge_toolkit.cli.parser import names, record_options, repair_options, settings_from
from mge_toolkit.cli.progress import Progress
from mge_toolkit.cli.report import RunReport, own_options
from mge_toolkit.core.errors import MgeError, SettingsError
from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.ports import ModelFixer
from mge_toolkit.core.runs import RunResult
from mge_toolkit.core.settings import Settings
from mge_toolkit.engine.run import Run
from mge_toolkit.healing import Healing, write_patch
from mge_toolkit.history import History, open_history
from mge_toolkit.options import check_patch, model_fixer
from mge_toolkit.plan import load_masterplan
from mge_toolkit.plots.pictures import RunPictures
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.reporting.document import atom_documents, run_figures
from mge_toolkit.run_report import Reports
from mge_toolkit.service import ExecutionService

INTERRUPTED: Final = 130
TERMINATED: Final = 143
_TICK_SECONDS: Final = 0.25


def command(options: argparse.Namespace, console: Console, plugins: Plugins) -> int:
    """Run the plan, report, and return the exit status."""
    settings = settings_from(options)
    repair = repair_options(options)
    check_patch(repair, Path.cwd())
    model = model_fixer(repair)
    plugins.sandbox_factory(settings.sandbox)
    shown = _shown_failures(options.show_failures)
    target = None if options.json in (None, "-") else _writable(Path(options.json), options.plan)
    plan = load_masterplan(options.plan, languages=plugins.languages)
    selected = names(options.atoms) if options.atoms else None
    if selected == []:
        raise MgeError("--atoms names no atom: give ids, separated by commas")
    here = Path.cwd()
    report_into = None if options.report is None else Path(options.report)
    reports = Reports(report_into, record_options(options), here, plugins.languages, own_options)
    reports.prepare()
    pictures = RunPictures(record_options(options), here, here)
    pictures.prepare()
    progress = Progress(console, verbose=options.verbose, quiet=options.quiet)
    with recorded(record_options(options), here, console) as history:
        session = Session(settings, plugins, progress, model, history)
        try:
            result = session.run(plan, selected)
        except asyncio.CancelledError:
            console.error("interrupted, nothing is left running")
            return session.interruption or INTERRUPTED
    unavailable = None if model is None else model.unavailable
    healed = Healing(repair, settings.repair, here, here, plugins.languages).of(plan, result, unavailable)
    status = session.interruption or result.exit_status
    report = RunReport(console, plan, plugins.languages)
    if not options.quiet:
        report.failures(result, shown)
    report.summary(result, healed, verbose=options.verbose)
    _tell_recorded(result, history, console, verbose=options.verbose)
    if options.patch is not None:
        console.line(write_patch(Path(options.patch), [healed.patch]))
    if not status and healed.number and options.fail_on_healed:
        console.line("failed because atoms were healed (--fail-on-healed)", "bad")
        status = 1
    reports.add(plan, result, status)
    for said in (reports.write(), pictures.draw(plan, result)):
        if said is not None:
            console.line(said)
    if options.json is not None:
        _write_json(_json_parts(result, plan, status), target, console)
    return status


def _tell_recorded(result: RunResult, history: History, console: Console, *, verbose: bool) -> None:
    if history.store is None or result.records_error is not None:
        return
    if verbose:
        console.line(f"run {result.run_id}, recorded in {history.store.location}")
    if result.counts.stopped:
        console.line(f"the rest can be executed with --resume {result.run_id}", "warn")


def _write_json(parts: Iterator[str], target: Path | None, console: Console) -> None:
    """Write the document into a file, or (without one) print it."""
    if target is None:
        for part in parts:
            console.document(part)
        return
    with target.open("w", encoding="utf-8") as file:
        file.writelines(parts)
    console.line(f"wrote {target}")


class Session:
    """One run on an event loop of its own, which Ctrl-C and a termination signal end in good order.

    ``interruption`` is the exit status of a run that was ended so, else 0.
    """

    def __init__(
        self,
        settings: Settings,
        plugins: Plugins,
        progress: Progress,
        model: ModelFixer | None = None,
        history: History | None = None,
    ) -> None:
        """Take what the run needs; nothing starts yet. Without a ``history`` nothing is recorded."""
        self.interruption = 0
        self._settings = settings
        self._plugins = plugins
        self._progress = progress
        self._model = model
        self._history = history or History()
        self._run: Run | None = None

    def run(self, plan: Masterplan, atoms: Collection[str] | None = None) -> RunResult:
        """Run ``atoms`` of the plan. Raises ``CancelledError`` where there is no result, not even of a part."""
        return asyncio.run(self._execute(plan, atoms))

    async def _execute(self, plan: Masterplan, atoms: Collection[str] | None) -> RunResult:
        with self._signals(asyncio.current_task()):
            ticker = asyncio.ensure_future(self._tick())
            try:
                async with ExecutionService(
                    self._settings,
                    plugins=self._plugins,
                    subscribers=[self._progress],
                    model=self._model,
                    records=self._history.store,
                    cache=self._history.cache,
                ) as service:
                    self._run = await service.prepare(plan, atoms=atoms, resume=self._history.resume)
                    return await self._run.execute()
            finally:
                ticker.cancel()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            self._progress.refresh()

    @contextmanager
    def _signals(self, task: asyncio.Task[RunResult] | None) -> Iterator[None]:
        """Cancel the run on the first signal, and whatever still goes on for it on the second."""

        def interrupt(status: int, reason: str) -> None:
            again = self.interruption != 0
            self.interruption = status
            if self._run is not None and not again:
                self._run.cancel(reason)
            elif task is not None:
                task.cancel()

        loop = asyncio.get_running_loop()
        handled = [
            (signal.SIGINT, INTERRUPTED, "interrupted by Ctrl-C"),
            (signal.SIGTERM, TERMINATED, "terminated by a signal"),
        ]
        # Not in the main thread, or not on Unix: signals are somebody else's business there.
        with suppress(NotImplementedError, RuntimeError, ValueError):
            for number, status, reason in handled:
                loop.add_signal_handler(number, interrupt, status, reason)
        try:
            yield
        finally:
            with suppress(NotImplementedError, RuntimeError, ValueError):
                for number, _, _ in handled:
                    loop.remove_signal_handler(number)


@contextmanager
def recorded(options: Mapping[str, Any], base: Path, console: Console) -> Iterator[History]:
    """Open the records that the options ask for, and close them in the end."""
    history = open_history(options, base)
    if history.warning is not None:
        console.remark(history.warning.replace("--mge-", "--"))
    try:
        yield history
    finally:
        if history.store is not None:
            history.store.close()


def _shown_failures(text: str) -> int | None:
    if text == "all":
        return None
    if not text.isascii() or not text.isdigit():
        raise SettingsError(f"show failures: '{text}' is neither 'all' nor a whole number")
    return int(text)


def _writable(target: Path, plan: str) -> Path:
    """Return ``target`` if a document may be written there: a long run must not end in a refusal."""
    if target.exists() and Path(plan).exists() and target.samefile(plan):
        raise MgeError(f"--json would write over the plan itself: '{target}'")
    if target.is_dir() or not target.parent.is_dir():
        raise MgeError(f"--json cannot write '{target}': name a file in a directory that exists")
    return target


def _json_parts(result: RunResult, plan: Masterplan, status: int) -> Iterator[str]:
    """Return the run's document in pieces, an atom each, so that no second copy of a large run is made."""
    head = run_figures(result, plan)
    head["exit_status"] = status
    yield json.dumps(head, indent=2)[:-2] + ',\n  "atoms": ['
    separator = "\n    "
    for document in atom_documents(result, plan):
        yield separator + json.dumps(document)
        separator = ",\n    "
    yield "\n  ]\n}\n"
