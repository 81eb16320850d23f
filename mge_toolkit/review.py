"""Keeps what a run left for a person to judge, and the verdicts, in one JSON file a run.

The files lie in ``.mge/reviews`` below the directory that the run was started in. Each is written as a whole:
whoever reads one sees the state before or after a verdict.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from mge_toolkit.core.errors import MgeError
from mge_toolkit.core.plans import Masterplan, empty_mapping
from mge_toolkit.core.runs import RunResult
from mge_toolkit.reporting.review import LOW_CONFIDENCE, ReviewItem, review_item, review_items

REVIEWS: Final = Path(".mge/reviews")
LAST: Final = "last"
"""Stands for the run that ended last; also the name of the file that holds its id."""
FORMAT: Final = 1

_RUN_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Judgement(StrEnum):
    """What a person said about an item: take the proposed code, do not, or take code that they wrote."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EDITED = "edited"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """A judgement with its time. ``code`` is what was written for ``edited``, ``passed`` whether it passed."""

    judgement: Judgement
    at: str
    code: str | None = None
    passed: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewDocument:
    """A run's items and the verdicts on them by atom.

    ``plan`` is the plan's file as the user named it, ``plan_file`` the same from the root. ``healed`` is the code
    of every healed atom, reviewed or not: what needs them can only be run with it.
    """

    run_id: str
    masterplan: str
    plan: str
    plan_file: str
    created_at: str
    items: tuple[ReviewItem, ...]
    healed: Mapping[str, str] = field(default_factory=empty_mapping)
    verdicts: Mapping[str, Verdict] = field(default_factory=empty_mapping)

    def item(self, atom_id: str) -> ReviewItem:
        """Return the item of an atom. Raises :class:`MgeError` where there is none."""
        found = {item.atom_id: item for item in self.items}
        if atom_id not in found:
            close = difflib.get_close_matches(atom_id, found, n=1)
            hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(found) or 'none'}"
            raise MgeError(f"the review of run {self.run_id} has no item '{atom_id}': {hint}")
        return found[atom_id]

    def judged(
        self, atom_id: str, judgement: Judgement, *, code: str | None = None, passed: bool | None = None
    ) -> ReviewDocument:
        """Return the document with a verdict, given now."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        verdict = Verdict(judgement=judgement, at=at, code=code, passed=passed)
        return replace(self, verdicts={**self.verdicts, self.item(atom_id).atom_id: verdict})

    def to_data(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "format": FORMAT,
            "run_id": self.run_id,
            "masterplan": self.masterplan,
            "plan": self.plan,
            "plan_file": self.plan_file,
            "created_at": self.created_at,
            "items": [item.to_data() for item in self.items],
            "healed": dict(self.healed),
            "verdicts": {
                name: {
                    "judgement": verdict.judgement.value,
                    "at": verdict.at,
                    "code": verdict.code,
                    "passed": verdict.passed,
                }
                for name, verdict in self.verdicts.items()
            },
        }


def make_review(plan: Masterplan, result: RunResult, *, threshold: float = LOW_CONFIDENCE) -> ReviewDocument:
    """Return what a run left to be judged: manual, flaky, and healed with a confidence below ``threshold``."""
    return ReviewDocument(
        run_id=result.run_id,
        masterplan=plan.name,
        plan=plan.path,
        plan_file=str(Path(plan.path).absolute()),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        items=review_items(plan, result.results, threshold=threshold),
        healed={name: one.attempts[-1].code for name, one in result.results.items() if one.healed},
    )


def save_review(document: ReviewDocument, directory: Path = REVIEWS) -> Path | None:
    """Write a new run's review and make it the last one; return its file, ``None`` where it has no items.

    A run without items leaves no file, and no directory where there was none before.
    """
    if not document.items and not directory.is_dir():
        return None
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{document.run_id}.json"
    if document.items:
        store_review(document, path)
    _write(directory / LAST, f"{document.run_id}\n")
    return path if document.items else None


def store_review(document: ReviewDocument, path: Path) -> None:
    """Write a review over its file."""
    _write(path, f"{json.dumps(document.to_data(), indent=1)}\n")


def find_review(run: str, directory: Path = REVIEWS) -> Path:
    """Return the file of a run's review: ``run`` is an id or its beginning, a path, or ``last``."""
    path = Path(run)
    if run == LAST:
        return _last(directory)
    if path.suffix == ".json" or len(path.parts) > 1:
        if not path.is_file():
            raise MgeError(f"there is no review '{run}': name a file, a run's id, or 'last'")
        return path
    if _RUN_ID.fullmatch(run):
        exact = directory / f"{run}.json"
        found = [exact] if exact.is_file() else sorted(directory.glob(f"{run}*.json"))
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(one.stem for one in found[:5])
            raise MgeError(f"'{run}' begins the ids of several runs: {names}")
    raise MgeError(
        f"'{directory}' has no review of a run '{run}': name a run's id, a file, or 'last' "
        "(a run that leaves nothing to judge leaves no review)"
    )


def load_review(run: str | Path, directory: Path = REVIEWS) -> ReviewDocument:
    """Return the review of a run: an id or its beginning, a path, or ``last``. Raises :class:`MgeError`."""
    path = run if isinstance(run, Path) else find_review(run, directory)
    try:
        return _document(json.loads(path.read_bytes()))
    except OSError as error:
        raise MgeError(f"the review '{path}' cannot be read ({error.strerror}): name another") from None
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        raise MgeError(
            f"'{path}' is no review that this version can read: run the plan again for a new one"
        ) from None


def accepted_codes(document: ReviewDocument) -> dict[str, str]:
    """Return the code of every atom whose proposal was accepted, or for which a person wrote one."""
    codes: dict[str, str] = {}
    for item in document.items:
        verdict = document.verdicts.get(item.atom_id)
        if verdict is None or verdict.judgement is Judgement.REJECTED:
            continue
        code = verdict.code if verdict.judgement is Judgement.EDITED else item.proposed
        if code is not None:
            codes[item.atom_id] = code
    return codes


def _document(data: Mapping[str, Any]) -> ReviewDocument:
    if data["format"] != FORMAT:
        raise ValueError(data["format"])
    texts = {name: data[name] for name in ("run_id", "masterplan", "plan", "plan_file", "created_at")}
    verdicts = {
        name: Verdict(
            judgement=Judgement(one["judgement"]), at=one["at"], code=one["code"], passed=one["passed"]
        )
        for name, one in data["verdicts"].items()
    }
    codes = [*data["healed"].values(), *(verdict.code or "" for verdict in verdicts.values())]
    if not all(isinstance(text, str) for text in (*texts.values(), *codes)):
        raise TypeError("texts must be text")
    return ReviewDocument(
        items=tuple(map(review_item, data["items"])), healed=data["healed"], verdicts=verdicts, **texts
    )


def _last(directory: Path) -> Path:
    try:
        run_id = (directory / LAST).read_text().strip()
    except OSError:
        raise MgeError(f"there is no review in '{directory}': no run here left anything to judge") from None
    path = directory / f"{run_id}.json"
    if not _RUN_ID.fullmatch(run_id) or not path.is_file():
        raise MgeError(f"the last run ({run_id[:64]}) left nothing to judge: name an earlier one")
    return path


def _write(path: Path, text: str) -> None:
    """Put a whole new file into the place of ``path``. Raises :class:`MgeError`."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise MgeError(
            f"the review '{path}' cannot be written ({error.strerror}): check its directory"
        ) from None
