"""One atom's page: what became of it, and what a person can do about it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import ipywidgets as widgets  # type: ignore[import-untyped]

from mge_toolkit.core.errors import MgeError
from mge_toolkit.core.results import ExecutionResult, Outcome
from mge_toolkit.notebook.explore.pages import (
    attempts_html,
    code_html,
    facts_html,
    headline_html,
    output_html,
)
from mge_toolkit.notebook.explore.subject import Selection, Subject
from mge_toolkit.notebook.pictures.pages import page, paragraph
from mge_toolkit.plots.palette import status_of

if TYPE_CHECKING:
    from mge_toolkit.notebook.desk import Desk
    from mge_toolkit.notebook.handle import RunHandle

_TITLES: Final = ("Code", "Attempts", "Output", "Facts", "Edit and run")


class AtomPage:
    """The widgets of the page. Without a ``desk`` there is nothing to press."""

    def __init__(self, subject: Subject, selection: Selection, desk: Desk | None) -> None:
        """Show the selected atom."""
        self._subject = subject
        self._selection = selection
        self._desk = desk
        self._shown = subject.result.results[selection.atom_id]
        self._head, self._code, self._diff, self._output, self._facts, self._said = (
            widgets.HTML() for _ in range(6)
        )
        narrow = widgets.Layout(width="300px")
        self._left = widgets.Dropdown(options=[("attempt 1", 1)], description="From", layout=narrow)
        self._right = widgets.Dropdown(options=[("attempt 1", 1)], description="To", layout=narrow)
        self._text = widgets.Textarea(rows=12, layout=widgets.Layout(width="auto"))
        self._text.add_class("mge-edit")
        self._again = _button("Run again", "play", "Run this atom, and what it needs, again")
        self._accept = _button("Accept repair", "check", "Take the code that was proposed")
        self._reject = _button("Reject repair", "times", "Leave the plan's code")
        self._run_edited = _button("Run edited code", "play", "Run this code in the place of the atom's")
        self._keep = _button("Take edited code", "save", "Keep this code as your verdict")
        self._keep.disabled = True
        self._tried: tuple[str, str, bool] | None = None
        # A run of the atom ends in the engine's thread, maybe while another atom is being drawn here.
        self._drawing = Lock()
        for chooser in (self._left, self._right):
            chooser.observe(self._compared, "value")
        self._bind()
        edit = widgets.VBox([self._text, widgets.HBox([self._run_edited, self._keep])])
        diff = widgets.VBox([widgets.HBox([self._left, self._right]), self._diff])
        self._tabs = widgets.Tab([self._code, diff, self._output, self._facts, *([edit] if desk else [])])
        for place, title in enumerate(_TITLES[: len(self._tabs.children)]):
            self._tabs.set_title(place, title)
        buttons = [widgets.HBox([self._again, self._accept, self._reject])] if desk else []
        self.widget = widgets.VBox([self._head, *buttons, self._said, self._tabs])
        self.widget.add_class("mge-atom")

    def draw(self) -> None:
        """Show the selected atom as it ended."""
        with self._drawing:
            self._said.value = ""
            self._tried = None
            self._keep.disabled = True
            found = self._subject.result.results[self._selection.atom_id]
            self._show(found)
            code = found.attempts[-1].code if found.attempts else self._subject.atom(found.atom_id).code.text
            # No message to a page can hold half of a surrogate pair.
            self._text.value = code.encode("utf-8", "backslashreplace").decode()

    def _show(self, found: ExecutionResult) -> None:
        atom = self._subject.atom(found.atom_id)
        last = found.attempts[-1] if found.attempts else None
        self._head.value = page(headline_html(atom, found), styled=False)
        self._code.value = page(code_html(atom, last), styled=False)
        self._output.value = page(output_html(last), styled=False)
        self._facts.value = page(facts_html(atom, found), styled=False)
        self._offer_attempts(found)
        self._judge_buttons()

    def _offer_attempts(self, found: ExecutionResult) -> None:
        options = [
            (f"attempt {attempt.number}: {attempt.source}", attempt.number) for attempt in found.attempts
        ]
        for chooser, value in ((self._left, 1), (self._right, len(found.attempts))):
            chooser.unobserve(self._compared, "value")
            chooser.options = options or [("no attempt", 0)]
            chooser.value = value if options else 0
            chooser.disabled = len(options) < 2
            chooser.observe(self._compared, "value")
        self._shown = found
        self._compare()

    def _compared(self, _: Any) -> None:
        self._compare()

    def _compare(self) -> None:
        atom = self._subject.atom(self._shown.atom_id)
        shown = attempts_html(atom, self._shown.attempts, self._left.value, self._right.value)
        self._diff.value = page(shown, styled=False)

    def _judge_buttons(self) -> None:
        if self._desk is None:
            return
        item = self._desk.item(self._selection.atom_id)
        self._accept.disabled = self._reject.disabled = item is None or item.proposed is None
        doubtful = item is not None and item.proposed is not None and not item.passed
        self._accept.description = "Accept although it failed" if doubtful else "Accept repair"
        verdict = self._desk.verdict(self._selection.atom_id)
        if verdict is not None:
            self._say(f"your verdict: {verdict.judgement.value}, {verdict.at[:16].replace('T', ' ')}")

    def _bind(self) -> None:
        desk = self._desk
        if desk is None:
            return
        self._again.on_click(self._guarded(lambda: self._follow(desk.run(self._selection.atom_id), None)))
        self._accept.on_click(self._guarded(lambda: self._say(desk.accept(self._selection.atom_id))))
        self._reject.on_click(self._guarded(lambda: self._say(desk.reject(self._selection.atom_id))))
        self._run_edited.on_click(self._guarded(lambda: self._run_text(desk)))
        self._keep.on_click(self._guarded(lambda: self._keep_text(desk)))

    def _run_text(self, desk: Desk) -> None:
        code: str = self._text.value
        self._follow(desk.run(self._selection.atom_id, code), code)

    def _keep_text(self, desk: Desk) -> None:
        if self._tried is not None:
            atom_id, code, passed = self._tried
            self._say(desk.take_edited(atom_id, code, passed=passed))

    def _follow(self, handle: RunHandle, code: str | None) -> None:
        """Show what comes of a run of this atom when it has ended, where it is still looked at."""
        atom_id = self._selection.atom_id
        self._say("running ...")

        def ended() -> None:
            with self._drawing:
                if self._selection.atom_id != atom_id:
                    return
                try:
                    self._show_ended(handle, atom_id, code)
                except Exception as error:  # noqa: BLE001 - a future's callback has nobody to raise it to
                    self._say(
                        f"what came of run {handle.run_id} cannot be shown ({type(error).__name__}: {error}): "
                        "run the atom again",
                        bad=True,
                    )

        handle.on_end(ended)

    def _show_ended(self, handle: RunHandle, atom_id: str, code: str | None) -> None:
        if handle.ended is None:
            self._say("the run was broken off", bad=True)
            return
        found = handle.ended.results[atom_id]
        self._show(found)
        passed = found.outcome is Outcome.PASSED
        whose = "with your code" if code is not None else "again"
        self._say(f"ran {whose} (run {handle.run_id}): {status_of(found).value}", bad=not passed)
        if code is not None:
            self._tried = (atom_id, code, passed)
            self._keep.disabled = False

    def _say(self, text: str, *, bad: bool = False) -> None:
        self._said.value = page(paragraph(text, "bad-text" if bad else "note"), styled=False)

    def _guarded(self, act: Callable[[], None]) -> Callable[[Any], None]:
        """Return what a button does, with an error of ours said on the page instead of lost in a log."""

        def pressed(_: Any) -> None:
            try:
                act()
            except MgeError as error:
                self._say(str(error), bad=True)

        return pressed


def _button(text: str, icon: str, tooltip: str) -> Any:
    return widgets.Button(description=text, icon=icon, tooltip=tooltip, layout=widgets.Layout(width="auto"))
