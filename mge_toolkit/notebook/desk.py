"""What a person does about an atom of an ended run: judge a repair, run it again, run code of their own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from mge_toolkit.core.errors import MgeError
from mge_toolkit.core.plans import Masterplan, Source
from mge_toolkit.core.runs import RunResult
from mge_toolkit.reporting.review import ReviewItem, ReviewReason
from mge_toolkit.review import (
    REVIEWS,
    Judgement,
    ReviewDocument,
    Verdict,
    load_review,
    make_review,
    save_review,
    store_review,
)

if TYPE_CHECKING:
    from mge_toolkit.notebook.handle import RunHandle

EVERY_REPAIR: Final = 1.01
"""The confidence below which a repair can be judged here: all of them."""


class Start(Protocol):
    """Starts a run of some atoms of a plan; ``own_code`` says that nothing may be repaired in it."""

    def __call__(self, plan: Masterplan, atoms: list[str], *, own_code: bool) -> RunHandle:
        """Return the run that was started."""


class Desk:
    """The verdicts on one run, and runs of single atoms of it.

    Verdicts are kept where ``mge review`` finds them; ``adopt``, where given, takes accepted code into the
    notebook's own masterplan instead. It is called with an atom, the code, and the code that this replaces.
    """

    def __init__(
        self,
        plan: Masterplan,
        result: RunResult,
        directory: Path,
        start: Start,
        adopt: Callable[[str, str, str], object] | None = None,
    ) -> None:
        """Open the review of a run below ``directory``."""
        self._plan = plan
        self._result = result
        self._directory = directory / REVIEWS
        self._start = start
        self._adopt = adopt
        self._document: ReviewDocument | None = None
        self._taken: dict[str, str] = {}

    def item(self, atom_id: str) -> ReviewItem | None:
        """Return what there is to judge about an atom, ``None`` where there is nothing."""
        return next((item for item in self._review().items if item.atom_id == atom_id), None)

    def verdict(self, atom_id: str) -> Verdict | None:
        """Return the verdict on an atom, if there is one."""
        return self._review().verdicts.get(atom_id)

    def accept(self, atom_id: str) -> str:
        """Accept the code that was proposed for an atom; return what to say of that. Raises ``MgeError``."""
        item = self._review().item(atom_id)
        if item.proposed is None:
            raise MgeError(f"'{atom_id}' has no proposed code to accept: edit it and run it")
        where = self._adopted(atom_id, item.proposed)
        self._judge(atom_id, Judgement.ACCEPTED)
        doubt = "" if item.passed else " (although it did not pass, or was refused)"
        return f"accepted{doubt}{where}"

    def reject(self, atom_id: str) -> str:
        """Reject what was proposed for an atom; return what to say of that. Raises ``MgeError``."""
        self._judge(atom_id, Judgement.REJECTED)
        return "rejected: the plan's code stays"

    def take_edited(self, atom_id: str, code: str, *, passed: bool) -> str:
        """Take the code that a person wrote; return what to say of that. Raises ``MgeError``."""
        judged = self.item(atom_id) is not None
        if not judged and self._adopt is None:
            raise MgeError(
                f"run {self._result.run_id} left nothing to judge about '{atom_id}': "
                f"change it in {self._plan.path}"
            )
        where = self._adopted(atom_id, code)
        if judged:
            self._judge(atom_id, Judgement.EDITED, code=code, passed=passed)
        return f"your code was taken{where}"

    def run(self, atom_id: str, code: str | None = None) -> RunHandle:
        """Run an atom again, with ``code`` in the place of its own where given, and what it needs.

        With such code nothing is repaired, and what the atom needs runs with the code that healed it.
        """
        if code is None:
            return self._start(self._plan, [atom_id], own_code=False)
        codes = {name: one.attempts[-1].code for name, one in self._result.results.items() if one.healed}
        return self._start(_with_codes(self._plan, {**codes, atom_id: code}), [atom_id], own_code=True)

    def _adopted(self, atom_id: str, code: str) -> str:
        if self._adopt is not None:
            self._adopt(atom_id, code, self._taken.get(atom_id, self._plan.atoms[atom_id].code.text))
            self._taken[atom_id] = code
            return ": the notebook's masterplan has it now"
        return f": 'mge review {self._result.run_id} --write' writes it into {self._plan.path}"

    def _judge(
        self, atom_id: str, judgement: Judgement, *, code: str | None = None, passed: bool | None = None
    ) -> None:
        document = self._with_kept(self._review()).judged(atom_id, judgement, code=code, passed=passed)
        if self._adopt is None:
            try:
                self._directory.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise MgeError(f"'{self._directory}' cannot be made ({error.strerror})") from None
            store_review(document, self._directory / f"{self._result.run_id}.json")
        self._document = document

    def _review(self) -> ReviewDocument:
        """Return everything that can be judged, with the verdicts that were given already."""
        if self._document is None:
            self._document = self._with_kept(make_review(self._plan, self._result, threshold=EVERY_REPAIR))
        return self._document

    def _with_kept(self, document: ReviewDocument) -> ReviewDocument:
        """Return a document with the verdicts in its file, where others may have given some meanwhile."""
        with suppress(MgeError):  # most runs have none yet
            kept = load_review(self._result.run_id, self._directory)
            document = replace(document, verdicts=kept.verdicts)
        return document


def keep_review(plan: Masterplan, result: RunResult, directory: Path) -> int:
    """Keep what a run left to be judged where ``mge review`` finds it; return how many atoms that are.

    Raises ``MgeError``, ``OSError``.
    """
    document = make_review(plan, result)
    # An ordinary failure that nobody had a proposal for needs no file of its own.
    worth_it = any(
        item.proposed is not None or item.why is not ReviewReason.MANUAL for item in document.items
    )
    if not worth_it or save_review(document, directory / REVIEWS) is None:
        return 0
    return len(document.items)


def _with_codes(plan: Masterplan, codes: dict[str, str]) -> Masterplan:
    atoms = {
        name: replace(atom, code=Source(text=codes[name], file=f"{atom.code.file} ({name} as edited)"))
        if name in codes and codes[name] != atom.code.text
        else atom
        for name, atom in plan.atoms.items()
    }
    return replace(plan, atoms=atoms)
