"""Cut a text into what may each be a statement of its own, and tell prose from code among them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from mge_toolkit.retry.fixes.dirt.judging import Judge
from mge_toolkit.retry.fixes.dirt.lexing import code_of, inner_lines, masked
from mge_toolkit.retry.fixes.python_parsing import parse

_CONTINUED: Final = re.compile(r"(?:elif|else|except|finally|catch|case)\b|[)\]}.,:?&|+*=]")
_TALL: Final = 400
_MOST: Final = 600
_BRACKET: Final = re.compile(r"[][(){}]")
_WORDS: Final = re.compile(r"[A-Za-z][\w'’-]*(?:[,;]?[ \t]+[A-Za-z][\w'’-]*){3,}")
_KEYWORDS: Final = re.compile(
    r"""^[ \t]*(?:def[ ]\w+[ ]?\(|class[ ]\w+|import[ ]\w+(?:[., ]|$)|from[ ][\w.]+[ ]import|return\b.{0,40}$
    |(?:if|for|while|with|elif)\b.*:$|(?:else|try|finally):|except\b.*:$|@\w+|print\(|(?:async[ ])?function\b
    |(?:const|let|var)[ ]\w|export[ ]|switch[ ]?\(|[)}\]];?,?$)""",
    re.VERBOSE,
)
_MARKS: Final = re.compile(r"[\w\])] ?[-+*/%]?= ?\S|\w\(.*\)|[{;]\s*$|\w\[[^]]+\]")
_BULLET: Final = re.compile(r"^[ \t]*(?:[-*•]|\d{1,3}[.)])[ \t]+[A-Za-z`*\"]")


class Chunk(NamedTuple):
    """Consecutive lines from ``start`` up to ``end`` (from 0)."""

    start: int
    end: int
    text: str


def chunks(text: str, judge: Judge) -> Iterator[Chunk]:
    """Yield the stretches that begin at their outermost indentation; blank lines between them are left out.

    Those behind the first 600 are left out too: no prose has so many.
    """
    lines = text.split("\n")
    code = masked(text, python=judge.python).split("\n")
    inner = inner_lines(text, python=judge.python)
    start = found = 0
    while start < len(lines) and found < _MOST:
        if not lines[start].strip():
            start += 1
            continue
        end = _end(lines, code, start, inner)
        yield Chunk(start, end, dedented(lines[start:end]))
        start = end
        found += 1


def _end(lines: Sequence[str], code: Sequence[str], start: int, inner: set[int]) -> int:
    """Return where the stretch that begins at ``start`` ends; a bracket that is never closed ends with its line.

    ``code`` are the lines without their strings and comments.
    """
    base = indent_of(lines[start])
    depth = _depth(code[start], 0)
    last = number = start + 1
    while number < len(lines) and (depth == 0 or number - start < _TALL):
        line = lines[number]
        if line.strip():
            is_outermost = indent_of(line) <= base and number not in inner
            if is_outermost and depth and _looks_like_prose(line):
                return start + 1
            if (
                is_outermost
                and not depth
                and not (indent_of(line) == base and _CONTINUED.match(line.strip()))
            ):
                break
            depth = _depth(code[number], depth)
            last = number + 1
        number += 1
    return start + 1 if depth else last


def _depth(line: str, depth: int) -> int:
    """Return how many brackets are open behind ``line``."""
    for bracket in _BRACKET.findall(line):
        depth = depth + 1 if bracket in "([{" else max(depth - 1, 0)
    return depth


def indent_of(line: str) -> int:
    """Return how many columns ``line`` is indented, with tabs of eight."""
    expanded = line.expandtabs()
    return len(expanded) - len(expanded.lstrip())


def dedented(lines: Sequence[str]) -> str:
    """Return ``lines`` less the indentation of the first of them."""
    first = lines[0]
    prefix = first[: len(first) - len(first.lstrip())]
    return "\n".join(line.removeprefix(prefix) if prefix else line for line in lines) + "\n"


def _looks_like_prose(line: str) -> bool:
    """Return whether a line reads as a sentence: words in a row, and no word that begins a statement."""
    bare = line.strip()
    if _KEYWORDS.match(bare):
        return False
    return _BULLET.match(bare) is not None or _WORDS.search(bare) is not None


def looks_like_code(text: str) -> bool:
    """Return whether most lines of ``text`` have what only code has."""
    lines = [line.rstrip() for line in text.split("\n") if line.strip()]
    likely = [
        line
        for line in lines
        if _KEYWORDS.match(line) or (_MARKS.search(line) and not _looks_like_prose(line))
    ]
    return len(likely) * 2 > len(lines)


def says_nothing(text: str, judge: Judge, bound: set[str]) -> bool:
    """Return whether ``text``, which parses, is words or output: names that nobody binds, literals, comments."""
    if not judge.python:
        return _says_nothing_in_javascript(text, judge)
    tree = parse(text)
    return tree is None or all(mentions_only(statement, bound) for statement in tree.body)


def mentions_only(statement: ast.stmt, bound: set[str]) -> bool:
    """Return whether a statement only mentions literals and names that are not ``bound``."""
    if isinstance(statement, ast.AnnAssign):
        parts: list[ast.AST] = [statement.annotation]
        if statement.value is not None:
            return False
    elif isinstance(statement, ast.Expr):
        parts = [statement.value]
    else:
        return False
    nodes = [node for part in parts for node in ast.walk(part)]
    if any(isinstance(node, _ACTING) for node in nodes):
        return False
    return not any(isinstance(node, ast.Name) and node.id in bound for node in nodes)


_ACTING: Final = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.Lambda, ast.comprehension)


def _says_nothing_in_javascript(text: str, judge: Judge) -> bool:
    code = code_of(text, python=False)
    return re.search(r"[(=+{]|\b(?:import|export|let|var|const|throw|return|delete|new)\b|--", code) is None


def bound_names(tree: ast.AST) -> set[str]:
    """Return every name that something in ``tree`` binds."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.arg):
            names.add(node.arg)
    return names
