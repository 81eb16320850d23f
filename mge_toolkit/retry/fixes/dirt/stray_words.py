"""Words among the statements of a program that parse as expressions: ``Sure``, ``python``, ``x is positive``."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from typing import Final

from mge_toolkit.retry.fixes.dirt.chunks import bound_names, chunks, mentions_only
from mge_toolkit.retry.fixes.dirt.judging import Judge
from mge_toolkit.retry.fixes.dirt.lexing import masked
from mge_toolkit.retry.fixes.dirt.washing import Wash, Washed
from mge_toolkit.retry.fixes.python_parsing import parse

_BUILTINS: Final = frozenset(dir(builtins)) - {"copyright", "credits", "license", "help", "exit", "quit"}
_WORDS: Final = re.compile(
    r"(?!(?:debugger|super|this|break|continue|return)\b)[A-Za-z]+(?:, ?[A-Za-z]+)*[:;]?"
)


class StrayWordWash(Wash):
    """Removes statements at the outermost level that only mention names which nobody binds."""

    name = "dirt-stray-words"
    on_programs = True

    def washed(self, text: str, judge: Judge) -> Iterator[Washed]:
        """Yield the program without such statements."""
        if not judge.python:
            yield from _washed_javascript(text, judge)
            return
        tree = parse(text)
        if tree is None:
            return
        bound = bound_names(tree) | _BUILTINS
        stray = [each for each in tree.body if mentions_only(each, bound) and _names(each)]
        if not stray:
            return
        dropped = {
            line for each in stray for line in range(each.lineno, (each.end_lineno or each.lineno) + 1)
        }
        kept = {
            line
            for each in tree.body
            if each not in stray
            for line in range(each.lineno, (each.end_lineno or each.lineno) + 1)
        }
        lines = text.split("\n")
        rest = [line for number, line in enumerate(lines, 1) if number not in dropped - kept]
        yield Washed("\n".join(rest), _note(stray[0].lineno), 0.1)


def _washed_javascript(text: str, judge: Judge) -> Iterator[Washed]:
    """Yield the program without lines of words that occur nowhere else in it."""
    code = masked(text, python=False)
    stray = [
        part
        for part in chunks(text, judge)
        if (found := _WORDS.fullmatch(part.text.strip())) is not None
        and not any(len(re.findall(rf"\b{word}\b", code)) > 1 for word in re.findall(r"\w+", found[0]))
    ]
    if stray:
        lines = text.split("\n")
        for part in reversed(stray):
            del lines[part.start : part.end]
        yield Washed("\n".join(lines), _note(stray[0].start + 1), 0.1)


def _note(line: int) -> str:
    return f"removed words that are no code, the first on line {line}"


def _names(statement: ast.stmt) -> bool:
    return any(isinstance(node, ast.Name) for node in ast.walk(statement))
