"""Estimates pass@k: the chance that at least one of ``k`` samples of a task passes, from ``n`` of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from mge_toolkit.core.plans import Masterplan
from mge_toolkit.core.results import ExecutionResult, Outcome

SHOWN = (1, 2, 5, 10, 20, 50, 100)
"""The values of ``k`` that are reported where every task has that many samples."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PassAtK:
    """The estimates for a run: ``estimates`` maps ``k`` to a mean over ``tasks`` tasks.

    ``samples`` were judged by their first attempt; ``unjudged`` ones got no verdict and are left out.
    """

    tasks: int
    samples: int
    unjudged: int
    estimates: Mapping[int, float]


def estimate(samples: int, correct: int, k: int) -> float:
    """Return the unbiased estimate ``1 - C(samples - correct, k) / C(samples, k)``; needs ``k <= samples``."""
    if not 0 < k <= samples or not 0 <= correct <= samples:
        raise ValueError(f"pass@{k} cannot be estimated from {correct} of {samples} samples")
    return 1.0 - math.comb(samples - correct, k) / math.comb(samples, k)


def pass_at_k(plan: Masterplan, results: Mapping[str, ExecutionResult]) -> PassAtK | None:
    """Return the estimates for the atoms that are samples of a task, or ``None`` where there are none.

    Only first attempts count: what a repair made of a sample says nothing about who wrote it.
    """
    verdicts: dict[str, list[bool]] = {}
    unjudged = 0
    for name, result in results.items():
        task = plan.atoms[name].sample_of
        if task is None or not result.reported:
            continue
        judged = verdicts.setdefault(task, [])
        if result.attempts and result.outcome in (Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED):
            judged.append(result.attempts[0].passed)
        else:
            unjudged += 1
    if not verdicts:
        return None
    tasks = [judged for judged in verdicts.values() if judged]
    fewest = min(map(len, tasks), default=0)
    return PassAtK(
        tasks=len(tasks),
        samples=sum(map(len, tasks)),
        unjudged=unjudged,
        estimates={
            k: sum(estimate(len(judged), sum(judged), k) for judged in tasks) / len(tasks)
            for k in SHOWN
            if k <= fewest
        },
    )
