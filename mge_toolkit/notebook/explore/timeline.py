"""The run over time: zoom by a range, replay by a slider, the selected atom marked."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from typing import Any, Final

import ipywidgets as widgets  # type: ignore[import-untyped]

from mge_toolkit.core.results import Origin
from mge_toolkit.notebook.explore.subject import Selection, Subject
from mge_toolkit.notebook.live.spans import DRAWN_SINGLY, Span, single_bars, span_title, summed_bars
from mge_toolkit.notebook.pictures.lanes import Bar, Lane, LanesPicture, lanes_scene
from mge_toolkit.notebook.pictures.pages import page
from mge_toolkit.notebook.pictures.scene import svg
from mge_toolkit.plots.palette import ACCENT, Status
from mge_toolkit.reporting.failures import seconds_text

STEPS: Final = 200
"""Steps of the replay from the run's beginning to its end."""
_WIDTH: Final = 680.0  # about what is left of a page beside the list of atoms
_BAD: Final = (Status.FAILED, Status.ERROR)


class Timeline:
    """The widgets of the timeline."""

    def __init__(self, subject: Subject, selection: Selection) -> None:
        """Show the whole run."""
        self._subject = subject
        self._selection = selection
        self._end = max([subject.result.wall, 0.001, *(span.end for span in subject.spans)])
        self._ended = sorted((at, name) for name, at in settled_at(subject, self._end).items())
        self._zoom = widgets.FloatRangeSlider(
            value=(0.0, self._end),
            min=0.0,
            max=self._end,
            step=self._end / 500,
            description="Zoom (s)",
            readout_format=".3f" if self._end < 10 else ".1f",
            continuous_update=False,
            layout=widgets.Layout(width="420px", max_width="98%"),
        )
        self._play = widgets.Play(min=0, max=STEPS, step=2, interval=200, value=STEPS, show_repeat=False)
        moments = [seconds_text(self._end * step / STEPS) if step else "0 s" for step in range(STEPS + 1)]
        self._replay = widgets.SelectionSlider(
            options=[(moment, step) for step, moment in enumerate(moments)],
            value=STEPS,
            description="Replay",
            layout=widgets.Layout(width="360px", max_width="98%"),
        )
        widgets.jslink((self._play, "value"), (self._replay, "index"))
        self._picture = widgets.HTML()
        self._zoom.observe(self._changed, "value")
        self._replay.observe(self._changed, "value")
        self.widget = widgets.VBox(
            [
                self._picture,
                widgets.HBox(
                    [self._zoom, widgets.HBox([self._play, self._replay])],
                    layout=widgets.Layout(flex_flow="row wrap"),
                ),
            ]
        )
        self.widget.add_class("mge-timeline")

    def _changed(self, _: Any) -> None:
        self.draw()

    def draw(self) -> None:
        """Draw what is chosen now."""
        self._picture.value = page(svg(lanes_scene(self.picture())), styled=False)

    def picture(self) -> LanesPicture:
        """Return what is drawn."""
        subject, marked = self._subject, self._selection.atom_id
        start, end = self._zoom.value
        at = self._end * self._replay.value / STEPS
        whole = self._replay.value == STEPS
        spans = [span for span in subject.spans if span.start < end and span.end > start]
        if not whole:
            spans = [_cut(span, at) for span in spans if span.start < at]
        slots = max([subject.result.slots, *(span.slot + 1 for span in spans)])
        bars = self._bars(spans, slots, start, end, marked)
        counts, settled = self._counts(at, whole=whole)
        lanes = []
        for lane, name, _ in subject.grouping.lanes():
            planned = subject.members[lane]
            done = planned if whole else [atom_id for atom_id in planned if atom_id in settled]
            bad = any(subject.statuses[atom_id] in _BAD for atom_id in done)
            lanes.append(Lane(name, f"{len(done):,}/{len(planned):,}", bars.get(lane, []), bad))
        return LanesPicture(
            lanes=lanes,
            start=start,
            end=max(end, start + 1e-6),
            headline=f"{subject.plan.name}: {seconds_text(self._end)} on {subject.result.slots} slots",
            figures=self._figures(at, whole=whole),
            counts=counts,
            trials=sum(span.tried and span.start <= at for span in subject.spans),
            now=None if whole else at,
            width=_WIDTH,
        )

    def _bars(
        self, spans: list[Span], slots: int, start: float, end: float, marked: str
    ) -> dict[int, list[Bar]]:
        grouping = self._subject.grouping
        found: dict[int, list[Bar]] = {}
        if len(spans) <= DRAWN_SINGLY:
            for span, bar in zip(spans, single_bars(spans, slots, marked), strict=True):
                found.setdefault(grouping.lane(span.wave), []).append(bar)
            return found
        found = dict(summed_bars(spans, grouping, slots, start, max(end, start + 1e-6)))
        for span in spans:
            if span.atom_id == marked and not span.tried:
                bar = Bar(span.start, span.end, 0.0, 1.0, ACCENT, span_title(span), marked=True)
                found.setdefault(grouping.lane(span.wave), []).append(bar)
        return found

    def _counts(self, at: float, *, whole: bool) -> tuple[dict[str, int], set[str]]:
        """Return the atoms by status at a time, and those settled by then."""
        statuses = self._subject.statuses
        if whole:
            found = Counter(status.value for status in statuses.values())
            return {status.value: found[status.value] for status in Status}, set(statuses)
        place = bisect_right(self._ended, at, key=lambda pair: pair[0])
        settled = {atom_id for _, atom_id in self._ended[:place]}
        found = Counter(statuses[name].value for name in settled)
        running = {s.atom_id for s in self._subject.spans if s.start <= at < s.end} - settled
        counts = {status.value: found[status.value] for status in Status}
        counts["running"] = len(running)
        counts["waiting"] = len(statuses) - len(settled) - len(running)
        return counts, settled

    def _figures(self, at: float, *, whole: bool) -> str:
        chosen = self._selection.atom_id
        start, end = self._zoom.value
        zoomed = end - start < self._end * 0.999
        seen = f"{seconds_text(start)} to {seconds_text(end)} of {seconds_text(self._end)}"
        when = seen if zoomed else "the whole run"
        if not whole:
            when = f"at {seconds_text(at)} of {seconds_text(self._end)}"
        return f"{when} · selected: {self._subject.title(chosen)}" if chosen else when


def settled_at(subject: Subject, end: float) -> dict[str, float]:
    """Return when each atom had its outcome, in seconds: with its last execution, or with what held it up."""
    found: dict[str, float] = {}
    for span in subject.spans:
        found[span.atom_id] = max(found.get(span.atom_id, 0.0), span.end)
    for name, result in subject.result.results.items():
        chain = [name]
        while chain[-1] not in found:
            blocker = subject.result.results[chain[-1]].blocked_by
            if blocker is None or blocker not in subject.result.results or blocker in chain:
                break
            chain.append(blocker)
        at = found.get(chain[-1], 0.0 if result.origin is not Origin.EXECUTED else end)
        for one in chain:
            found.setdefault(one, at)
    return found


def _cut(span: Span, at: float) -> Span:
    return span if span.end <= at else span._replace(wall=max(at - span.start, 0.0))
