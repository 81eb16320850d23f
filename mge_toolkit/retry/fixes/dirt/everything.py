"""All dirt at once: the washes after one another, each on what the ones before it made of the code."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from time import thread_time
from typing import ClassVar, Final

from mge_toolkit.core.ports import Candidate, RepairCase, RepairLevel
from mge_toolkit.retry.fixes.dirt.judging import Judge
from mge_toolkit.retry.fixes.dirt.washing import MOST, Wash, Washed, applies, candidate

_WIDTH: Final = 5
_OPTIONS: Final = 8
_SECONDS: Final = 0.6
_SECONDS_MORE: Final = 0.03
_SLICE: Final = 0.02
_LEFT_IN: Final = 0.15
_STILL_BROKEN: Final = 0.55


@dataclass(frozen=True, kw_only=True, slots=True)
class _State:
    """Code on its way through the washes.

    ``first`` marks the chain of every wash's likeliest answer; ``certain``, that some of what came off was dirt.
    """

    code: str
    notes: tuple[str, ...] = ()
    doubt: float = 0.0
    first: bool = True
    certain: bool = False

    def after(self, washed: Washed, *, first: bool, certain: bool) -> _State:
        """Return the state that a wash leads to."""
        return _State(
            code=washed.code,
            notes=(*self.notes, washed.note),
            doubt=self.doubt + washed.doubt,
            first=self.first and first,
            certain=self.certain or certain,
        )

    @property
    def washed(self) -> Washed:
        """Return what was done so far as one answer."""
        return Washed(self.code, "; ".join(self.notes), self.doubt)


class AllDirtFixer:
    """Proposes the code without any of its dirt; where it is no program then, as clean as it gets."""

    name: ClassVar[str] = "dirt"
    level: ClassVar[RepairLevel] = RepairLevel.FIX

    def __init__(self, washes: Sequence[Wash]) -> None:
        """Apply ``washes`` in this order."""
        self._washes = tuple(washes)

    async def candidates(self, case: RepairCase) -> Sequence[Candidate]:
        """Return programs, the least doubtful first, else the cleanest code that is none."""
        if not applies(case):
            return []
        judge = Judge(case.atom.language)
        washing = _Washing([wash for wash in self._washes if wash.fits(case.code, judge)], case.code, judge)
        found: dict[str, Candidate] = {}
        begun = pause = thread_time()
        for washed in washing.programs():
            if washed is not None:
                if len(found) < MOST and washed.code not in {case.code, *found}:
                    found[washed.code] = candidate(self.name, washed)
                continue
            now = thread_time()
            if len(found) == MOST or now - begun > (_SECONDS_MORE if found else _SECONDS):
                break
            if now - pause > _SLICE:
                await asyncio.sleep(0)
                pause = thread_time()
        best = None if found else washing.cleanest()
        if best is not None and best.code != case.code:
            return [candidate(self.name, best)]
        return sorted(found.values(), key=lambda each: -each.confidence)


class _Washing:
    """One source on its way through the washes, in several states at a time."""

    def __init__(self, washes: Sequence[Wash], text: str, judge: Judge) -> None:
        """Wash ``text``; what is dirt by its looks comes off first, twice, as one kind may hide another."""
        certain = [wash for wash in washes if wash.certain]
        self._washes = (*certain, *certain, *(wash for wash in washes if not wash.certain))
        self._judge = judge
        self._states = [_State(code=text)]
        self._seen = {text}

    def programs(self) -> Iterator[Washed | None]:
        """Yield programs; ``None`` where another task may have its turn."""
        for wash in self._washes:
            programs: list[_State] = []
            for state in self._applied(wash):
                if state is not None:
                    programs.append(state)
                yield None
            yield from (state.washed for state in sorted(programs, key=lambda state: state.doubt))
            if programs and wash.certain:
                return

    def cleanest(self) -> Washed | None:
        """Return the best of what is still no program, where dirt came off, or indentation is right now."""
        judge = self._judge
        changed = [
            state
            for state in self._states
            if not judge.clean(state.code)
            and (state.certain or (state.notes and not judge.indents_badly(state.code)))
        ]
        if not changed:
            return None
        best = max(changed, key=lambda state: (state.first, judge.reach(state.code)))
        return best.washed._replace(doubt=best.doubt + _STILL_BROKEN)

    def _applied(self, wash: Wash) -> Iterator[_State | None]:
        """Yield the programs that ``wash`` leads to, and go on with the best of what is none."""
        made: list[_State] = []
        for state in self._states:
            kept = state
            options = 0
            for washed in wash.washed(state.code, self._judge):
                if options == _OPTIONS:
                    break
                options += washed is not None
                if washed is None or washed.code in self._seen or not washed.code.strip():
                    yield None
                    continue
                self._seen.add(washed.code)
                following = state.after(washed, first=kept.first, certain=wash.certain)
                if self._judge.clean(washed.code):
                    yield following
                elif wash.certain or self._judge.reach(washed.code) > self._judge.reach(state.code):
                    made.append(following)
                if wash.certain:
                    kept = replace(state, first=False, doubt=state.doubt + _LEFT_IN)
            made.append(kept)
            yield None
        self._states = sorted(made, key=lambda state: (not state.first, state.doubt))[:_WIDTH]
