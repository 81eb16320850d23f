"""Interleaved measuring: every contestant runs once a round, and ratios are taken round by round."""

from __future__ import annotations

import json
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from mge_toolkit.core.settings import available_cpus

Contestant: TypeAlias = Callable[[], float]
"""Does the work once and returns what it cost, in seconds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One comparison. ``ratio`` is the median over rounds; ``better`` says in which direction it should go.

    Where the figure is no ratio, ``unit`` is what it is in.
    """

    work: str
    peer: str
    ours_seconds: float
    peer_seconds: float
    ratio: float
    spread: tuple[float, float]
    target: float
    better: str
    unit: str = ""

    @property
    def reached(self) -> bool:
        """Return whether the target is met."""
        return self.ratio >= self.target if self.better == "higher" else self.ratio <= self.target


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds ``work`` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def interleave(contestants: Mapping[str, Contestant], rounds: int) -> dict[str, list[float]]:
    """Run every contestant once a round, after one round that does not count; return the seconds of each."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds + 1):
        for name, contestant in contestants.items():
            spent = contestant()
            if number:
                seconds[name].append(spent)
    return seconds


def faster(work: str, peer: str, ours: Sequence[float], theirs: Sequence[float], target: float) -> Row:
    """Return how many times our rate is the peer's; ``target`` is the least it should be."""
    ratios = [their / our for our, their in zip(ours, theirs, strict=True)]
    return _row(work, peer, ours, theirs, ratios, target, "higher")


def at_most(work: str, peer: str, ours: Sequence[float], theirs: Sequence[float], target: float) -> Row:
    """Return our time as a multiple of the peer's; ``target`` is the most it should be."""
    ratios = [our / their for our, their in zip(ours, theirs, strict=True)]
    return _row(work, peer, ours, theirs, ratios, target, "lower")


def _row(
    work: str,
    peer: str,
    ours: Sequence[float],
    theirs: Sequence[float],
    ratios: Sequence[float],
    target: float,
    better: str,
) -> Row:
    return Row(
        work=work,
        peer=peer,
        ours_seconds=statistics.median(ours),
        peer_seconds=statistics.median(theirs),
        ratio=statistics.median(ratios),
        spread=(min(ratios), max(ratios)),
        target=target,
        better=better,
    )


def machine() -> dict[str, str]:
    """Return what the figures were measured on."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "system": f"{platform.system()} {platform.release()}",
        "processors": f"{available_cpus()} x {model}",
        "python": platform.python_version(),
    }


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = [
        "| work | peer | ours | peer's | ratio (min–max) | reach | |",
        "| --- | --- | ---: | ---: | ---: | ---: | --- |",
    ]
    for row in rows:
        sign = "≥" if row.better == "higher" else "≤"
        low, high = row.spread
        unit = f" {row.unit}" if row.unit else ""
        lines.append(
            f"| {row.work} | {row.peer} | {_seconds(row.ours_seconds)} | {_seconds(row.peer_seconds)} "
            f"| **{row.ratio:.2f}**{unit} ({low:.2f}–{high:.2f}) | {sign} {row.target:g} "
            f"| {'reached' if row.reached else 'missed'} |"
        )
    return "\n".join(lines)


def document(rows: Sequence[Row]) -> str:
    """Return machine and rows as JSON."""
    content = {"machine": machine(), "rows": [asdict(row) | {"reached": row.reached} for row in rows]}
    return json.dumps(content, indent=2, ensure_ascii=False)


def _seconds(value: float) -> str:
    if value < 1e-3:
        return f"{value * 1e6:.0f} µs"
    return f"{value * 1e3:.1f} ms" if value < 1 else f"{value:.2f} s"
