"""A session with an interpreter in place of a program: its prompts, and what it answered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from mge_toolkit.retry.fixes.dirt.judging import Judge
from mge_toolkit.retry.fixes.dirt.lexing import inner_lines
from mge_toolkit.retry.fixes.dirt.washing import Wash, Washed

_FIRST: Final = re.compile(r"^[ \t]*(?:>>>(?: |$)|In \[\d*\]: ?)(?P<rest>.*)$")
_NEXT: Final = re.compile(r"^[ \t]*(?:\.\.\.(?: |$)|\.{3,6}: ?)(?P<rest>.*)$")


class PromptWash(Wash):
    """Keeps what was typed at prompts (``>>>``, ``In [1]:``) and drops the answers."""

    name = "dirt-prompts"
    on_programs = True  # ``In [1]: x = 1`` is an annotation to Python
    only_python = True

    def washed(self, text: str, judge: Judge) -> Iterator[Washed]:
        """Yield what was typed; then with what stands before the first prompt; then with every other line."""
        lines = text.split("\n")
        inner = inner_lines(text, python=True)  # a docstring shows sessions, too
        first = next((n for n, line in enumerate(lines) if n not in inner and _FIRST.match(line)), None)
        if first is None:
            return
        typed: list[str] = []
        everything: list[str] = []
        expecting = False
        for line in lines[first:]:
            found = _FIRST.match(line) or (_NEXT.match(line) if expecting else None)
            if found is not None:
                typed.append(found["rest"])
                everything.append(found["rest"])
            else:
                everything.append(line)
            expecting = found is not None
        note = f"kept what was typed at the prompts from line {first + 1} on"
        before = "\n".join(lines[:first]) + "\n"
        session = "\n".join(typed).rstrip("\n") + "\n"
        if judge.clean(before):
            yield Washed(before + session, note, 0.1)
        yield Washed(session, note, 0.1)
        removed = f"removed the prompts from line {first + 1} on"
        yield Washed(before + "\n".join(everything), removed, 0.2)
        if before.strip():
            yield Washed(before, f"removed the session from line {first + 1} on", 0.3)
