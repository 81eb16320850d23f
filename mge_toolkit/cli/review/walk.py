"""Goes through the items of a review with a person: shows each, asks, keeps every verdict at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from mge_toolkit.cli.console import Console
from mge_toolkit.cli.report import own_options
from mge_toolkit.cli.review.rerun import Ended
from mge_toolkit.core.errors import MgeError
from mge_toolkit.reporting.review import ReviewItem
from mge_toolkit.reporting.review_text import review_lines, review_name
from mge_toolkit.review import Judgement, ReviewDocument

SUFFIXES: Final[Mapping[str, str]] = {"python": ".py", "javascript": ".js", "typescript": ".ts"}
HELP: Final = """\
  a  accept the proposed code: 'mge review RUN --write' writes it into the plan
  r  reject it: the plan keeps its own code
  e  edit the code in $EDITOR; it is run in the sandbox when you leave the editor
  s  skip it: it stays open
  q  quit; every verdict so far is kept
  ?  show the item and this help again"""
_STYLES: Final = (("+++ ", "dim"), ("--- ", "dim"), ("@@ ", "dim"), ("+", "good"), ("-", "bad"), (">", "bad"))


class Walk:
    """One pass over a review. ``ask`` returns an answer or raises ``EOFError``."""

    def __init__(
        self,
        console: Console,
        document: ReviewDocument,
        *,
        ask: Callable[[str], str],
        edit: Callable[[str, str], str],
        rerun: Callable[[ReviewDocument, str, str], Ended],
        keep: Callable[[ReviewDocument], None],
    ) -> None:
        """Take what the walk works with: ``edit`` and ``rerun`` for changed code, ``keep`` for new verdicts."""
        self._console = console
        self._document = document
        self._ask = ask
        self._edit = edit
        self._rerun = rerun
        self._keep = keep

    def through(self, *, everything: bool) -> ReviewDocument:
        """Go through the items that are open, or all of them, and return the review with the verdicts."""
        items = [
            one for one in self._document.items if everything or one.atom_id not in self._document.verdicts
        ]
        if not items and self._document.items:
            self._console.line("every item has a verdict; '--all' goes through them again")
        for number, item in enumerate(items, 1):
            self._show(item, f"{number}/{len(items)}")
            try:
                if not self._settle(item, f"{number}/{len(items)}"):
                    break
            except EOFError:
                self._console.line()
                break
        self._console.line()
        return self._document

    def _show(self, item: ReviewItem, place: str) -> None:
        self._console.line()
        self._console.rule(f"{place} {review_name(item)}: {item.why.value}")
        for line in review_lines(with_own_options(item)):
            self._console.line(line, _style(line))
        verdict = self._document.verdicts.get(item.atom_id)
        if verdict is not None:
            self._console.line()
            self._console.line(f"so far: {verdict.judgement.value}, {verdict.at}", "warn")
        self._console.line()

    def _settle(self, item: ReviewItem, place: str) -> bool:
        """Ask until the item has a verdict or is skipped; return ``False`` to quit."""
        accept = "" if item.proposed is None else "[a]ccept "
        while True:
            answer = self._answer(f"{item.atom_id}: {accept}[r]eject [e]dit [s]kip [q]uit [?] ")
            if answer == "q":
                return False
            if answer == "s":
                return True
            if answer == "r":
                return self._judge(item, Judgement.REJECTED)
            if answer == "a" and self._accepts(item):
                return self._judge(item, Judgement.ACCEPTED)
            if answer == "e" and self._edits(item):
                return True
            if answer == "?":
                self._show(item, place)
                self._console.line(HELP)
            elif answer not in ("a", "e"):
                self._console.line("answer with one of the letters in brackets, then Enter", "warn")

    def _answer(self, prompt: str) -> str:
        self._console.flush()
        return self._ask(prompt).strip().lower()

    def _judge(
        self, item: ReviewItem, judgement: Judgement, *, code: str | None = None, passed: bool | None = None
    ) -> bool:
        self._document = self._document.judged(item.atom_id, judgement, code=code, passed=passed)
        self._keep(self._document)
        self._console.line(f"{judgement.value}: {item.atom_id}", "good")
        return True

    def _accepts(self, item: ReviewItem) -> bool:
        if item.proposed is None:
            self._console.line("no code is proposed: edit the plan's own, or reject it", "warn")
            return False
        if item.passed:
            return True
        what = "was refused" if item.refusal is not None else "does not pass"
        return self._answer(f"the proposed code {what}: accept it anyway? [y/N] ") in ("y", "yes")

    def _edits(self, item: ReviewItem) -> bool:
        """Have the code edited and run until it passes, is kept as it is, or dropped; tell whether it is kept."""
        start = item.original if item.proposed is None else item.proposed
        code = start
        while True:
            try:
                code = self._edit(code, f"{item.atom_id}{SUFFIXES.get(item.language, '')}")
            except MgeError as error:
                self._console.error(str(error))
                return False
            if code == start:
                self._console.line("the code is as it was: nothing to run", "warn")
                return False
            ended = self._run(item, code)
            if ended.passed:
                self._console.line("it passes", "good")
                return self._judge(item, Judgement.EDITED, code=code, passed=True)
            for line in ended.lines:
                self._console.line(line, _style(line))
            answer = self._answer("it does not pass: [e]dit again [k]eep it anyway [d]rop it ")
            if answer == "k":
                return self._judge(item, Judgement.EDITED, code=code, passed=False)
            if answer != "e":
                self._console.line("dropped: the item stays open", "warn")
                return False

    def _run(self, item: ReviewItem, code: str) -> Ended:
        self._console.line(f"running '{item.atom_id}' with the edited code")
        self._console.flush()
        try:
            return self._rerun(self._document, item.atom_id, code)
        except MgeError as error:  # the code that was written must not be lost with it
            return Ended(passed=False, lines=tuple(str(error).splitlines()))


def with_own_options(item: ReviewItem) -> ReviewItem:
    """Return an item for a reader of this command, whose options have other names than pytest's."""
    return replace(item, reason=own_options(item.reason))


def _style(line: str) -> str | None:
    return next((style for start, style in _STYLES if line.startswith(start)), None)
