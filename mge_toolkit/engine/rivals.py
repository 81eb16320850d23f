"""Finds what speaks against a search's find although it passes: examples, and other changes that pass as well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from mge_toolkit.core.plans import Limits, Source
from mge_toolkit.core.ports import Candidate
from mge_toolkit.core.results import Execution, Failure
from mge_toolkit.engine.trials import Bench, InfrastructureFailedError, Tried, try_candidates

_MOST: Final = 60
"""How many rivals of one find are tried."""
_FEWEST: Final = 20
_SECONDS: Final = 4.0
_FLAT: Final = 5
_SHARE: Final = 2 / 3
"""How much of all that passes has to do as the find does, by how likely each is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Opinion:
    """What is thought of a find. ``refusal`` is why it does not count, ``tried`` what was tried to learn that.

    ``ambiguous`` says that what passed besides it is as good, and that none of them counts for that reason.
    """

    refusal: str | None = None
    tried: tuple[Tried, ...] = ()
    ambiguous: bool = False


class Doubt:
    """Looks for what speaks against finds for one atom. ``gate`` says why code may not count."""

    def __init__(self, bench: Bench, limits: Limits, gate: Callable[[Candidate], str | None]) -> None:
        """Look with the limits that a search gives its candidates."""
        self._bench = bench
        self._limits = limits
        self._gate = gate

    async def of(self, one: Tried, others: Sequence[tuple[int, Candidate]], seconds: float) -> Opinion:
        """Return whether ``one`` counts; ``others`` are the candidates that may pass as well, with costs."""
        contradiction = await self._contradiction(one.candidate)
        if contradiction is not None:
            return Opinion(refusal=contradiction)
        return await self._beside(one, others, min(seconds, _SECONDS))

    async def _contradiction(self, candidate: Candidate) -> str | None:
        """Return which example of the plan's own docstrings a candidate contradicts, however it passes."""
        from mge_toolkit.retry.examples import with_examples

        atom = with_examples(self._bench.atom)
        if atom is self._bench.atom or atom.check is None:
            return None
        try:
            _, failure = await self._execute(candidate, atom.check, self._bench.limits)
        except InfrastructureFailedError:
            return "cannot be judged: the infrastructure failed under its examples"
        if failure is None:
            return None
        return f"contradicts an example in its docstring: {failure.message.splitlines()[0]}"

    async def _beside(self, one: Tried, others: Sequence[tuple[int, Candidate]], seconds: float) -> Opinion:
        """Compare ``one`` with those of the others that are nearly as likely and pass too."""
        from mge_toolkit.retry.probing import answers, differing, with_questions

        questions = with_questions(self._bench.atom)
        likely = [pair for pair in others if pair[0] <= 2 * one.cost + _FEWEST and pair[1] != one.candidate]
        if questions is None or not likely or seconds <= 0:
            return Opinion()
        try:
            execution, failure = await self._execute(one.candidate, questions, self._limits)
        except InfrastructureFailedError:
            return Opinion()
        if failure is not None:  # it was not made for such questions
            return Opinion()
        bench = replace(self._bench, execute=partial(self._bench.execute, check=questions))
        rivals = await try_candidates(bench, likely[:_MOST], self._limits, seconds, all_of_them=True)
        told = answers(execution.stdout.text)
        alike, unlike = _weight(one), dict[str, float]()
        for rival in sorted(rivals, key=_weight, reverse=True):
            if rival.execution is None or not rival.passed or not await self._counts(rival.candidate):
                continue
            if differing(told, answers(rival.execution.stdout.text)):
                unlike[rival.candidate.explanation] = _weight(rival)
            else:
                alike += _weight(rival)
        if alike >= _SHARE * (alike + sum(unlike.values())):
            return Opinion(tried=tuple(rivals))
        return Opinion(
            refusal="is one of several changes that pass and do not do the same "
            f"({next(iter(unlike))} is another): the check cannot tell which is right",
            tried=tuple(rivals),
            ambiguous=True,
        )

    async def _counts(self, candidate: Candidate) -> bool:
        return self._gate(candidate) is None and await self._contradiction(candidate) is None

    async def _execute(
        self, candidate: Candidate, check: Source, limits: Limits
    ) -> tuple[Execution, Failure | None]:
        return await self._bench.execute(
            self._bench.source(candidate), self._bench.hold.slot, limits, check=check
        )


def _weight(one: Tried) -> float:
    """Return how likely a candidate is, by its place in the search's own order."""
    return 1 / (one.cost + _FLAT)
