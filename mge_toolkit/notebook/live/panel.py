"""The live view of a run: stock widgets, brought up to date a few times a second whatever happens meanwhile."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import ipywidgets as widgets  # type: ignore[import-untyped]

from mge_toolkit.core.errors import MgeError
from mge_toolkit.notebook.pictures.pages import STYLE, page, paragraph

if TYPE_CHECKING:
    from mge_toolkit.notebook.handle import RunHandle

logger = logging.getLogger(__name__)

INTERVAL: Final = 0.3
"""Seconds between two pictures, each of two messages: the bar and the picture."""
SHARE: Final = 0.02
"""How much of the time may go into drawing: a picture that takes longer comes less often."""
QUIET: Final = 0.9
"""Seconds after which a picture is drawn although nothing happened, so that time is seen to pass."""


class LivePanel:
    """The widgets of one run, and the thread that keeps them up to date until it ends."""

    def __init__(self, handle: RunHandle) -> None:
        """Show the run as it is, and follow it."""
        self.painted = threading.Event()
        """Set when the view shows how the run ended, and whoever waited for that has been called."""
        self._handle = handle
        self._lock = threading.Lock()
        self._over = False
        self._blind = False
        self._ended: list[Callable[[], None]] = []
        self._bar = widgets.IntProgress(
            min=0, max=1, layout=widgets.Layout(width="340px"), description="", tooltip="atoms settled"
        )
        self._picture = widgets.HTML()
        self._said = widgets.HTML()
        self._stop = widgets.Button(description="Stop", icon="stop", tooltip="Stop this run")
        self._retry = widgets.Button(
            description="Retry", icon="repeat", tooltip="Run again what did not pass", disabled=True
        )
        self._explore = widgets.Button(
            description="Explore", icon="search", tooltip="Look into this run", disabled=True
        )
        self._more = widgets.VBox()
        for button, act in (
            (self._stop, self._stop_run),
            (self._retry, self._retry_run),
            (self._explore, self._explore_run),
        ):
            button.on_click(self._guarded(button, act))
        self.widget = widgets.VBox(
            [
                widgets.HTML(STYLE, layout=widgets.Layout(display="none")),
                widgets.HBox([self._bar, self._stop, self._retry, self._explore]),
                self._picture,
                self._said,
                self._more,
            ]
        )
        self.widget.add_class("mge-run")
        self._paint()
        threading.Thread(target=self._follow, name=f"mge-view-{handle.run_id}", daemon=True).start()

    def when_painted(self, call: Callable[[], None]) -> None:
        """Call something, in the view's thread, when the ended run has been painted; at once where it has."""
        with self._lock:
            if not self._over:
                self._ended.append(call)
                return
        call()

    def _follow(self) -> None:
        """Paint until the run has ended, and once more then; whatever happens, set ``painted`` in the end."""
        try:
            self._watch()
            self._paint()
            self._end()
        finally:
            with self._lock:
                self._over = True
            try:
                for call in self._ended:
                    call()
            finally:
                self.painted.set()

    def _watch(self) -> None:
        over = threading.Event()
        self._handle.on_end(over.set)
        drawn, at, pause = -1, time.monotonic(), INTERVAL
        while not over.wait(pause):
            version = self._handle.model.version
            busy = time.thread_time()
            if version != drawn or time.monotonic() - at + pause > QUIET:
                self._paint()
                at = time.monotonic()
            drawn = version
            pause = min(QUIET, max(INTERVAL, (time.thread_time() - busy) / SHARE))

    def _paint(self) -> None:
        """Draw the run as it is; a picture that cannot be drawn is logged, once until one can."""
        try:
            self._draw()
            self._blind = False
        except Exception:
            if not self._blind:
                logger.exception("the view of run %s could not be drawn", self._handle.run_id)
            self._blind = True

    def _draw(self) -> None:
        progress = self._handle.model.progress()
        with self._bar.hold_sync():
            self._bar.max = max(1, progress.planned)
            self._bar.value = progress.settled
        self._picture.value = self._handle.live_html()

    def _end(self) -> None:
        status = self._handle.status
        ended = self._handle.ended
        self._bar.bar_style = "danger" if ended is None or ended.exit_status else "success"
        self._stop.disabled = True
        self._explore.disabled = status == "broken"
        self._retry.disabled = status == "broken" or not self._handle.not_passed()

    def _stop_run(self) -> None:
        self._stop.disabled = True
        self._handle.cancel("the run was stopped in the notebook")

    def _retry_run(self) -> None:
        self._retry.disabled = True
        self._more.children = (*self._more.children, self._handle.retry().panel().widget)

    def _explore_run(self) -> None:
        self._explore.disabled = True
        self._more.children = (*self._more.children, self._handle.explore().widget)

    def _guarded(self, button: Any, act: Callable[[], None]) -> Callable[[Any], None]:
        """Return what a press does, once; an error of ours is said below, and the button can be pressed again."""

        def pressed(_: Any) -> None:
            button.disabled = True
            self._said.value = ""
            try:
                act()
            except MgeError as error:
                button.disabled = False
                self._said.value = page(paragraph(str(error), "bad-text"), styled=False)
            except BaseException:
                button.disabled = False
                raise

        return pressed
