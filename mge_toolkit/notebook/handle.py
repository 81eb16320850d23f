"""A run that goes on in the background, as a notebook holds it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import Future, wait
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from mge_toolkit.core.errors import MgeError
from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.results import Outcome
from mge_toolkit.core.runs import RunResult, Schedule, Views
from mge_toolkit.notebook.live.model import LiveRun
from mge_toolkit.notebook.pictures.bundle import picture_bundle, picture_html, selected
from mge_toolkit.notebook.pictures.lanes import lanes_scene
from mge_toolkit.notebook.pictures.pages import Markup, page, paragraph, table
from mge_toolkit.notebook.pictures.scene import svg
from mge_toolkit.reporting.failures import printable
from mge_toolkit.reporting.summary import verdict_line

if TYPE_CHECKING:
    import pandas as pd

    from mge_toolkit.engine.simulation import Simulation, WhatIf
    from mge_toolkit.notebook.explore.explorer import Explorer
    from mge_toolkit.notebook.live.panel import LivePanel
    from mge_toolkit.notebook.session import RunOptions

_PAINT_SECONDS = 5.0


class Runner(Protocol):
    """What a handle needs of the session that started it."""

    def again(self, handle: RunHandle, atoms: list[str]) -> RunHandle:
        """Run some atoms of a handle's plan again, as they were run before."""

    def explore(self, handle: RunHandle) -> Explorer:
        """Return the ended run for exploring."""

    def cancel(self, handle: RunHandle, reason: str) -> None:
        """Stop a run."""


class RunHandle(Views):
    """A run in progress, or one that has ended: show it, wait for it, stop it, run again what did not pass.

    ``run.result()`` waits in a cell, ``await run`` too and lets other tasks go on; the data frames
    (``run.atoms_frame()`` …) are of the ended run.
    """

    __slots__ = (
        "_display_lock",
        "_future",
        "_model",
        "_panel",
        "_runner",
        "options",
        "plan",
        "run_id",
        "warnings",
    )

    def __init__(
        self, model: LiveRun, future: Future[RunResult], runner: Runner, options: RunOptions
    ) -> None:
        """Follow a run that has been started with these options."""
        self.plan: Masterplan = model.plan
        self.run_id = model.run_id
        self.options = options
        self.warnings: list[str] = []
        self._model = model
        self._future = future
        self._runner = runner
        self._panel: LivePanel | None = None
        self._display_lock = Lock()

    @property
    def model(self) -> LiveRun:
        """Return what is known of the run so far."""
        return self._model

    @property
    def done(self) -> bool:
        """Return whether the run has ended."""
        return self._future.done()

    @property
    def ended(self) -> RunResult | None:
        """Return the whole run where it has ended, else ``None``, without waiting."""
        over = self._future.done() and self._future.exception() is None
        return self._future.result() if over else None

    @property
    def status(self) -> str:
        """Return ``running``, ``finished``, ``stopped`` (before its end) or ``broken``."""
        if not self._future.done():
            return "running"
        if self.ended is None:
            return "broken"
        return "finished" if self.ended.stop_reason is None else "stopped"

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the run has ended, at most ``timeout`` seconds; return whether it has.

        An interrupt ends the waiting, not the run.
        """
        wait([self._future], timeout)
        if self._future.done() and self._panel is not None:
            self._panel.painted.wait(_PAINT_SECONDS)
        return self._future.done()

    def result(self, timeout: float | None = None) -> RunResult:
        """Return the whole run when it has ended. Raises ``TimeoutError``, or what broke the engine."""
        if not self.wait(timeout):
            raise TimeoutError(f"run {self.run_id} still goes on after {timeout:g} s")
        return self._future.result()

    def __await__(self) -> Generator[Any, None, RunResult]:
        """Wait for the run's end without holding up the running event loop."""
        return self._awaited().__await__()

    async def _awaited(self) -> RunResult:
        result = await asyncio.shield(asyncio.wrap_future(self._future))
        if self._panel is not None:
            await asyncio.to_thread(self._panel.painted.wait, _PAINT_SECONDS)
        return result

    def cancel(self, reason: str = "the run was cancelled") -> None:
        """Stop the run; what has not started ends as ``stopped``. Returns at once."""
        self._runner.cancel(self, reason)

    def on_end(self, call: Callable[[], None]) -> None:
        """Call something when the run has ended: in the engine's thread, which cannot start runs, or at once."""
        self._future.add_done_callback(lambda _: call())

    def retry(self) -> RunHandle:
        """Run again what did not pass, with what that needs, as a run of its own."""
        if not self.done:
            raise MgeError(f"run {self.run_id} still goes on: stop it, or wait for its end")
        return self._runner.again(self, self.not_passed())

    def not_passed(self) -> list[str]:
        """Return the atoms of the ended run that have not passed, but for those given up on by strategy."""
        results = () if self.ended is None else self.ended.results.values()
        return [one.atom_id for one in results if one.outcome not in (Outcome.PASSED, Outcome.SKIPPED)]

    def explore(self) -> Explorer:
        """Return the ended run for exploring: timeline, graph, errors, every atom's page."""
        return self._runner.explore(self)

    def panel(self) -> LivePanel:
        """Return the live view, made once."""
        from mge_toolkit.notebook.live.panel import LivePanel

        with self._display_lock:
            if self._panel is None:
                self._panel = LivePanel(self)
            return self._panel

    def simulate(
        self, *, slots: int | None = None, schedule: Schedule | str | None = None, retries: int | None = None
    ) -> Simulation:
        """Return what the ended run would have taken with other slots, schedule or retries."""
        simulated: Simulation = self.result().simulate(slots=slots, schedule=schedule, retries=retries)
        return simulated

    def what_if(self) -> WhatIf:
        """Return what more slots, another schedule, or splitting the slowest atom would have given."""
        found: WhatIf = self.result().what_if()
        return found

    def _frame(self, name: str) -> pd.DataFrame:
        return self.result()._frame(name)

    def __repr__(self) -> str:
        """Return the run in a line."""
        if self.status == "running":
            progress = self._model.progress()
            far = (
                f"{progress.settled} of {progress.planned} atoms settled" if progress.planned else "starting"
            )
            return f"<run {self.run_id} of {self.plan.name}: running, {far}>"
        if self.status == "broken":
            return f"<run {self.run_id} of {self.plan.name}: broken: {self._future.exception()}>"
        return f"<run {self.run_id} of {self.plan.name}: {verdict_line(self._future.result())}>"

    def _repr_html_(self) -> str:
        """Return the run as it is now, as a picture."""
        return picture_html(lanes_scene(self._model.picture()), self._below())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Return the run as it is now, as text, HTML and a PNG."""
        return selected(self.static_bundle(), include, exclude)

    def static_bundle(self) -> dict[str, Any]:
        """Return what stands for the run where no widget is shown."""
        return picture_bundle(repr(self), lanes_scene(self._model.picture()), self._below())

    def live_html(self) -> str:
        """Return the run as it is now, for the live view."""
        return page(svg(lanes_scene(self._model.picture())), self._below(), styled=False)

    def _below(self) -> str:
        broken = self._future.exception() if self._future.done() else None
        notes = [paragraph(printable(text), "note") for text in self.warnings]
        if broken is not None:
            notes.append(paragraph(f"the run was broken off: {broken}", "bad-text"))
        failures = [(atom_id, why) for atom_id, why in self._model.failures]
        rows: list[tuple[str | Markup, str]] = [(name, why) for name, why in failures]
        return "".join(notes) + (table(("first failures", "why"), rows) if rows else "")

    def _ipython_display_(self) -> None:
        """Show the live view, and below it, where no widgets are shown, the picture."""
        from mge_toolkit.notebook.live.display import display_handle

        display_handle(self)
