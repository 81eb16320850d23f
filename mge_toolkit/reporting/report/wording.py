"""What both the Markdown summary and the page say in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mge_toolkit.core.results import Spending
from mge_toolkit.core.runs import Counts
from mge_toolkit.reporting.failures import seconds_text
from mge_toolkit.reporting.repair import spending_text
from mge_toolkit.reporting.summary import counts_text


@dataclass(frozen=True, kw_only=True, slots=True)
class Remark:
    """Something to know about the run as a whole: our words, and what somebody or something else said."""

    lead: str
    said: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class VerdictOnRun:
    """Whether the run ``passed`` or ``failed``, and what else there is to know about it."""

    word: str
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """An atom that came out otherwise than in the run before, and how."""

    atom_id: str
    how: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeGroup:
    """The atoms that changed in one way; ``good`` is ``None`` where that is neither good nor bad."""

    title: str
    good: bool | None
    atoms: tuple[Changed, ...]


_CHANGES: Final = (
    ("newly failing", "newly_failing", False),
    ("newly held up", "newly_held_up", False),
    ("newly flaky", "newly_flaky", False),
    ("newly passing", "newly_passing", True),
    ("not run before", "not_run_before", None),
    ("still failing", "still_failing", None),
    ("healed differently", "healed_differently", None),
    ("slower", "slower", False),
    ("faster", "faster", True),
    ("only in this run", "added", None),
    ("only in the run before", "removed", None),
)


def verdict_of(figures: Mapping[str, Any]) -> VerdictOnRun:
    """Return the verdict that the exit status says, with what explains it beside the atoms."""
    counts, isolation = figures["counts"], figures["isolation"]
    remarks = []
    if figures["exit_status"] >= _SIGNALLED:
        remarks.append(Remark(lead="The run was interrupted."))
    if figures["stop_reason"] is not None:
        remarks.append(Remark(lead="Stopped early:", said=figures["stop_reason"]))
    if figures["records_error"] is not None:
        remarks.append(Remark(lead="Not recorded to its end:", said=figures["records_error"]))
    if (
        figures["exit_status"]
        and counts["total"] == counts["passed"] + counts["skipped"]
        and counts["healed"]
    ):
        remarks.append(Remark(lead="Atoms passed only because they were healed."))
    if isolation["level"] != "full":
        remarks.append(Remark(lead=f"Isolation was {isolation['level']}:", said=_missing(isolation)))
    if figures["previous_unavailable"] is not None:
        remarks.append(Remark(lead="Not compared with earlier runs:", said=figures["previous_unavailable"]))
    return VerdictOnRun(word="failed" if figures["exit_status"] else "passed", remarks=tuple(remarks))


_SIGNALLED: Final = 128


def outcomes_text(figures: Mapping[str, Any]) -> str:
    """Return what the terminal's last line says: the outcomes and the time."""
    counts = Counts(**{name: figures["counts"][name] for name in _COUNTED})
    return f"{amount(counts.total, 'atom')} in {seconds_text(figures['wall'])}: {counts_text(counts)}"


_COUNTED: Final = (
    *("passed", "failed", "blocked", "skipped", "stopped", "error"),
    *("healed", "flaky", "resumed", "cached"),
)


def cost_text(spending: Mapping[str, Any]) -> str:
    """Return what language models cost, nothing where none was asked."""
    found = Spending(**spending)
    return "" if found == Spending() else spending_text(found)


def changes_of(changes: Mapping[str, Any]) -> list[ChangeGroup]:
    """Return what changed since the run before, the worst first; only what occurred."""
    return [
        ChangeGroup(title=title, good=good, atoms=tuple(_changed(key, one) for one in changes[key]))
        for title, key, good in _CHANGES
        if changes[key]
    ]


def _changed(key: str, change: Any) -> Changed:
    if isinstance(change, str):
        return Changed(atom_id=change)
    before, after = change["before"], change["after"]
    if key in ("slower", "faster"):
        before, after = seconds_text(before), seconds_text(after)
    return Changed(atom_id=change["atom_id"], how=f"{before} → {after}")


def held_up(figures: Mapping[str, Any]) -> dict[tuple[str, str], list[str]]:
    """Return the atoms that did not run, by their outcome and what held them up."""
    outcomes = {one["id"]: one["outcome"] for one in figures["noteworthy"]}
    found: dict[tuple[str, str], list[str]] = {}
    for one in figures["noteworthy"]:
        if one["outcome"] in ("blocked", "stopped"):
            # What an atom needs can pass and still be no use to it: then its own reason says why.
            by = one["blocked_by"]
            reason = f"needs {by}" if outcomes.get(by, "passed") != "passed" else one["message"]
            found.setdefault((one["outcome"], reason), []).append(one["id"])
    return found


def rate_text(rate: float | None) -> str:
    """Return a rate as a percentage, a dash where there is none; 100 % and 0 % only where they are exact."""
    if rate is None:
        return "–"
    shown = f"{rate:.0%}"
    exact = rate in (0, 1) or shown not in ("0%", "100%")
    return shown.replace("%", " %") if exact else f"{rate:.2%}".replace("%", " %")


def amount(number: int, word: str) -> str:
    """Return ``1 atom``, ``2 atoms``, ``12,345 atoms``."""
    return f"{number:,} {word}{'s' * (number != 1)}"


def _missing(isolation: Mapping[str, Any]) -> str:
    return "; ".join(f"no {what}: {why}" for what, why in isolation["missing"].items())
