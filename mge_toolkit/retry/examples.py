"""Examples that a program's own docstrings give, as a further check of code that is meant to mend it.

A check may be weak: a handful of assertions. Where a docstring says what a call gives (``>>> f(2)`` and the next
line, ``f(2) == 4``, ``f(2) => 4``, ``f(2) returns 4``), a repair that contradicts it is no repair. Only calls with
literal arguments and literal values are taken, so that nothing but the function itself is run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from mge_toolkit.core.plans import Atom, Source
from mge_toolkit.retry.fixes.python_parsing import parse

_MOST: Final = 24
_LONGEST_LINE: Final = 500
_GIVES: Final = re.compile(
    r"\s*(?:==>|=>|==|=|-+>|➞|→|#\s*=>|#\s*->|(?:#\s*)?(?:should\s+|will\s+|must\s+)?(?:returns?|gives?|is|outputs?)\b"
    r"|(?:➜|⇒|>>|:))\s*"
)
_TAIL: Final = re.compile(r"[\s.;,]*(?:(?:#|//|because\b|since\b|\().*)?$")
_OPEN, _CLOSE = "([{", ")]}"


def examples_check(code: str) -> str | None:
    """Return a check of what the docstrings of ``code`` say its functions give, ``None`` for nothing."""
    tree = parse(code)
    if tree is None:
        return None
    functions = {
        node.name: ast.get_docstring(node, clean=False) or ""
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    found = dict.fromkeys(
        example for text in functions.values() for example in _examples(text, frozenset(functions))
    )
    lines = [_assertion(call, value) for call, value in list(found)[:_MOST]]
    return "\n".join(lines) + "\n" if lines else None


def with_examples(atom: Atom) -> Atom:
    """Return ``atom`` with a check that asks for the examples of its own docstrings too, else ``atom`` itself.

    They follow the check, whose lines keep their places.
    """
    more = examples_check(atom.code.text) if atom.language == "python" else None
    if more is None:
        return atom
    check = Source(text=more, file="<docstring>") if atom.check is None else atom.check
    if atom.check is not None:
        check = replace(check, text=f"{check.text}\n{more}")
    return replace(atom, check=check)


def _assertion(call: str, value: str) -> str:
    """Return the line that compares a call with its value; floats need not agree to the last digit."""
    if isinstance(ast.literal_eval(value), float):
        return f"assert abs({call} - {value}) < 1e-6, {call!r}"
    return f"assert {call} == {value}, {call!r}"


def _examples(text: str, names: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield the calls in a docstring, each with the value that is said to come of it."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if len(line) > _LONGEST_LINE:
            continue
        prompt = line.strip().startswith(">>>")
        for found in re.finditer(r"(?<![\w.])([A-Za-z_]\w*)\(", line):
            if found[1] not in names:
                continue
            call = _call(line, found.start(), found.end() - 1)
            if call is None:
                continue
            rest = line[found.start() + len(call) :]
            value = _value(rest)
            if value is None and prompt and not rest.strip() and line.strip()[3:].strip() == call:
                value = _literal(lines[number + 1].strip()) if number + 1 < len(lines) else None
            if value is not None:
                yield call, value
            break


def _call(line: str, start: int, opening: int) -> str | None:
    """Return the call that starts there, or ``None`` where it does not end or its arguments are no literals."""
    depth, quote, at = 0, "", opening
    while at < len(line):
        char = line[at]
        if quote:
            if char == "\\":
                at += 1
            elif char == quote:
                quote = ""
        elif char in "'\"":
            quote = char
        elif char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            depth -= 1
            if depth == 0:
                break
        at += 1
    text = line[start : at + 1]
    tree = parse(text)
    if depth != 0 or tree is None or len(tree.body) != 1:
        return None
    node = tree.body[0]
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return None
    arguments = [*node.value.args, *(keyword.value for keyword in node.value.keywords)]
    return text if all(_is_literal(one) for one in arguments) else None


def _value(rest: str) -> str | None:
    """Return the literal that a line says a call gives, behind one of the usual signs."""
    sign = _GIVES.match(rest)
    return None if sign is None or sign.end() == 0 else _literal(rest[sign.end() :].strip())


def _literal(text: str) -> str | None:
    """Return the longest literal at the start of ``text`` that only a remark follows."""
    for end in (len(text), *(found.start() for found in reversed(list(re.finditer(r"[\s.;,#(/]", text))))):
        value = text[:end].strip()
        if not value or value[-1] in ".,;" or _TAIL.match(text[end:]) is None:
            continue
        if _is_one_literal(f"[{value}]") and _is_one_literal(f"[{value}\n]"):
            return value
    return None


def _is_one_literal(text: str) -> bool:
    """Return whether ``text`` is a list of one literal: inside it there was no bare tuple, and no remark."""
    tree = parse(text)
    found = tree.body[0] if tree is not None and len(tree.body) == 1 else None
    if not isinstance(found, ast.Expr) or not isinstance(found.value, ast.List):
        return False
    return len(found.value.elts) == 1 and _is_literal(found.value.elts[0])


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True
