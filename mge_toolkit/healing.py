"""What becomes of repairs at the end of a run: diffs, healed code written back or as a patch, the review list."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mge_toolkit.core.errors import MgeError
from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.ports import RepairLevel
from mge_toolkit.core.results import Spending
from mge_toolkit.core.runs import RunResult
from mge_toolkit.core.settings import RepairSettings

if TYPE_CHECKING:
    from mge_toolkit.plan.rewriting import Rewriting


@dataclass(frozen=True, kw_only=True, slots=True)
class Healed:
    """What there is to say about the repairs of one run. ``diffs`` are for ``-v``; ``patch`` is to be written."""

    number: int = 0
    lines: tuple[str, ...] = ()
    diffs: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    patch: str = ""


class Healing:
    """Carries out what the options say about healed code. ``directory`` is where the run was started.

    ``languages`` are the names of those that plans may use.
    """

    def __init__(
        self,
        options: Mapping[str, Any],
        settings: RepairSettings,
        directory: Path,
        root: Path,
        languages: Collection[str],
    ) -> None:
        """Take the parsed options about repair; reviews are kept below ``root``."""
        self._write = bool(options.get("write_fixes"))
        self._patch = options.get("patch") is not None
        self._off = settings.level is RepairLevel.OFF
        self._directory = directory
        self._root = root
        self._languages = languages

    def of(self, plan: Masterplan, result: RunResult, unavailable: str | None = None) -> Healed:
        """Return what to say about a run; write what is to be written of it. Never raises for a full disk or such.

        ``unavailable`` is why the language model could not be asked, which matters only where something failed.
        """
        from mge_toolkit.reporting.repair import repair_summary

        results = result.results
        tried = any(len(one.attempts) > 1 or one.spending != Spending() for one in results.values())
        lines = [f"repair: {repair_summary(results, plan)}"] if tried else []
        failed = any(one.attempts and one.attempts[0].failure is not None for one in results.values())
        warnings = []
        if unavailable is not None and failed:
            warnings.append(f"the language model could not be asked: {unavailable}")
        codes = {name: one.attempts[-1].code for name, one in results.items() if one.healed}
        patch = ""
        try:
            if codes and (self._write or self._patch):
                patch, written, refused = self._carry_out(plan, codes)
                lines += written
                warnings += refused
            if not self._off:
                lines += self._review(plan, result)
        except (MgeError, OSError) as error:
            warnings.append(f"healed code was not written: {error}")
        return Healed(
            number=len(codes),
            lines=tuple(lines),
            diffs=tuple(_diffs(plan, codes, result)),
            warnings=tuple(warnings),
            patch=patch,
        )

    def _carry_out(self, plan: Masterplan, codes: Mapping[str, str]) -> tuple[str, list[str], list[str]]:
        from mge_toolkit.plan.rewriting import patch_text, rewrite, write_changes

        rewriting: Rewriting = rewrite(plan, codes, languages=self._languages)
        refused = [f"not written back: atom '{name}': {why}" for name, why in rewriting.refused.items()]
        patch = patch_text(rewriting, self._directory) if self._patch else ""
        written: list[str] = []
        if self._write and rewriting.changes:
            files = ", ".join(os.path.relpath(path, self._directory) for path in write_changes(rewriting))
            number = len(rewriting.written)
            written.append(f"wrote the healed code of {number} atom{'s' * (number != 1)} into {files}")
        return patch, written, refused

    def _review(self, plan: Masterplan, result: RunResult) -> list[str]:
        from mge_toolkit.reporting.review import ReviewReason
        from mge_toolkit.review import REVIEWS, make_review, save_review

        document = make_review(plan, result)
        # An ordinary failure that nobody had a proposal for needs no file of its own.
        worth_it = any(
            item.proposed is not None or item.why is not ReviewReason.MANUAL for item in document.items
        )
        if not worth_it or save_review(document, self._root / REVIEWS) is None:
            return []
        number = len(document.items)
        return [f"to be reviewed: {number} atom{'s' * (number != 1)} (mge review {result.run_id})"]


def write_patch(path: Path, patches: Iterable[str]) -> str:
    """Write the patches of a session into one file, without translating line ends, and return what to say."""
    text = "".join(patches)
    try:
        path.write_bytes(text.encode())
    except OSError as error:
        return f"the patch '{path}' was not written: {error.strerror}"
    return f"wrote {path}" if text else f"wrote {path}, which is empty: nothing was healed"


def _diffs(plan: Masterplan, codes: Mapping[str, str], result: RunResult) -> list[str]:
    from mge_toolkit.reporting.repair import code_diff

    lines: list[str] = []
    for name, code in codes.items():
        atom, last = plan.atoms[name], result.results[name].attempts[-1]
        said = f": {last.explanation}" if last.explanation else ""
        lines.append(f"healed {name} by {last.source} (confidence {last.confidence:.2f}){said}")
        lines += code_diff(atom, atom.code.text, code, f"healed by {last.source}")
    return lines
