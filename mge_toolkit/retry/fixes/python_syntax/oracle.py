"""Ask the interpreter's own parser and compiler, guarded against whatever a source may hold."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

_REFUSALS: Final = (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError, SystemError)
_CLAUSES: Final = {
    "elif": "if 1: pass\n",
    "else": "if 1: pass\n",
    "except": "try: pass\n",
    "finally": "try: pass\n",
    "case": "match 1:\n ",
}
HEADERS: Final = frozenset(("if", "for", "while", "def", "class", "with", "try", "async", *_CLAUSES))


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what the compiler warns about (``1 is x``, odd escapes) from being shown or raised."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """Why a source was refused. ``line`` and ``column`` (from 1) are where the parser's complaint ends."""

    message: str
    line: int = 1
    column: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """What a logical line that parses is: its first word, and whether an indented block must follow.

    ``returns`` and ``loops``: it may stand only inside a function, or inside a loop.
    """

    word: str
    opens: bool = False
    returns: bool = False
    loops: bool = False


def program_refusal(code: str) -> Refusal | None:
    """Return why ``code`` does not compile, or ``None`` where it does. Nothing is executed."""
    try:
        compile(code, "<candidate>", "exec", dont_inherit=True)
    except _REFUSALS as error:
        return _refusal(error)
    return None


def _refusal(error: BaseException, shift: int = 0) -> Refusal:
    if not isinstance(error, SyntaxError):
        return Refusal(message=type(error).__name__)
    line, column = error.lineno or 1, error.offset or 1
    if error.end_lineno and error.end_offset and error.end_offset > 0:
        line, column = error.end_lineno, max(error.end_offset - 1, 1)
    return Refusal(message=error.msg or "", line=max(line - shift, 1), column=max(column, 1))


def line_shape(text: str) -> Shape | Refusal:
    """Return what the logical line ``text`` is, which stands by itself without indentation."""
    word = first_word(text)
    prelude = _CLAUSES.get(word, "")
    inner = "  " if word == "case" else " "
    attempts: list[tuple[str, str, bool]] = []
    if word in HEADERS:
        attempts.append((prelude, f"\n{inner}pass" + ("\nfinally: pass" if word == "try" else ""), True))
    elif word == "match":
        attempts.append(("", "\n case _: pass", True))
    elif word == "@":
        attempts.append(("", "\ndef f(): pass", False))
    if word != "@":
        attempts.append((prelude, "", False))
    refusal: Refusal | None = None
    for before, after, opens in attempts:
        try:
            tree = ast.parse(f"{before}{text}{after}")
        except _REFUSALS as error:
            refusal = refusal or _refusal(error, before.count("\n"))
            continue
        if len(tree.body) <= 1 or text.count(";"):
            return _shape(word, opens, tree)
        refusal = refusal or Refusal(message="more than one line")
    return refusal or Refusal(message="nothing")


def first_word(text: str) -> str:
    """Return the word ``text`` begins with, or its first character."""
    end = 0
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return text[: end or 1]


def _shape(word: str, opens: bool, tree: ast.Module) -> Shape:
    """Return the shape with what its statements need around them."""
    inside: list[ast.stmt] = []
    for statement in tree.body:
        inside.append(statement)
        if not opens and not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for field in ("body", "orelse", "finalbody"):
                inside.extend(getattr(statement, field, ()))
            for handler in getattr(statement, "handlers", ()):
                inside.extend(handler.body)
    loop = word in ("for", "while")
    return Shape(
        word=word,
        opens=opens,
        returns=any(isinstance(s, ast.Return | ast.Nonlocal) for s in inside),
        loops=not loop and any(isinstance(s, ast.Break | ast.Continue) for s in inside),
    )
