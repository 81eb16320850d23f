"""Wrong constants: numbers, truth values, texts, and first values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from typing import Final

from tree_sitter import Node

from mge_toolkit.retry.fixes.javascript.mutations.ground import (
    Ground,
    Mutation,
    exchanged,
    function_of,
    put,
    put_edit,
    short,
)
from mge_toolkit.retry.fixes.javascript.source.edits import Change
from mge_toolkit.retry.fixes.javascript.source.parsing import text_of

_MOST_SWAPS: Final = 40


def numbers(ground: Ground) -> Iterator[Mutation]:
    """Yield the numbers near a number, and those that the program holds elsewhere."""
    every = list(ground.of("number"))
    known = dict.fromkeys(text_of(node) for node in every)
    for node in every:
        text = text_of(node)
        if not text.isdecimal() or len(text) > 9:
            continue
        value = int(text)
        starts = _starts(node)
        summed = starts and _adds_up(node, ground.program.source.decode("utf-8", "replace"))
        yielded = {value}
        near = [(value + 1, 0.4), (value - 1, 0.4), (0, 0.6), (1, 0.5), (2, 0.7), (value + 2, 0.8)]
        near += [(value - 2, 0.85), (-value, 0.8), (value * 2, 1.0), (value * 10, 1.15)]
        near += [(int(one), 0.8) for one in known if one.isdecimal() and len(one) < 10]
        for other, cost in near:
            if other in yielded or (
                other < 0 and node.parent is not None and node.parent.type == "unary_expression"
            ):
                continue
            yielded.add(other)
            far = 0.3 if value > 2 and other not in (value + 1, value - 1) else 0.0
            far += 0.25 if summed and (value, other) == (0, 1) else 0.0
            written = str(other) if other >= 0 else f"({other})" if _after_sign(node) else str(other)
            yield put(node, written, f"put {other} in place of {text}"), cost + far - 0.12 * starts
        if starts:
            for other_text, cost in (("Infinity", 0.7), ("-Infinity", 0.7)):
                yield put(node, other_text, f"put {other_text} in place of {text}"), cost


def _starts(node: Node) -> bool:
    """Return whether a constant is the first value of a variable."""
    return node.parent is not None and node.parent.type == "variable_declarator"


def _adds_up(node: Node, source: str) -> bool:
    """Return whether a constant is the first value of what is added to later on."""
    name = None if node.parent is None else node.parent.child_by_field_name("name")
    return name is not None and re.search(rf"(?<![\w$.]){re.escape(text_of(name))}\s*\+=", source) is not None


def _after_sign(node: Node) -> bool:
    return node.parent is not None and node.parent.type == "binary_expression"


def truths(ground: Ground) -> Iterator[Mutation]:
    """Yield the other truth value: of one constant, and of all in a function."""
    every = list(ground.of("true", "false"))
    for node in every:
        other = "false" if node.type == "true" else "true"
        yield put(node, other, f"put '{other}' in place of '{node.type}'"), 0.35
    groups: dict[int, list[Node]] = {}
    for node in every:
        function = function_of(node)
        groups.setdefault(-1 if function is None else function.id, []).append(node)
    for group in groups.values():
        if len(group) > 1:
            note = "exchanged 'true' and 'false'"
            edits = tuple(put_edit(one, "false" if one.type == "true" else "true", note) for one in group)
            yield Change(edits=edits), 0.55
        for some in combinations(group[:6], 2):
            note = "exchanged 'true' and 'false'"
            edits = tuple(put_edit(one, "false" if one.type == "true" else "true", note) for one in some)
            yield Change(edits=edits), 0.7


def texts(ground: Ground) -> Iterator[Mutation]:
    """Yield the texts near a text: empty, in other letters, without a letter, and those that stand elsewhere."""
    every = [node for node in ground.of("string") if len(text_of(node)) <= 42]
    known = list(dict.fromkeys(text_of(node) for node in every))
    for node in every:
        text = text_of(node)
        quote, inner = text[:1], text[1:-1]
        others: list[tuple[str, float]] = []
        if not inner:
            others = [(" ", 0.4), (", ", 0.9), (",", 0.9), ("\\n", 1.0), ("0", 1.0)]
        elif inner.isspace():
            others = [("", 0.35), (", ", 0.8), (inner * 2, 1.0)]
        else:
            others = [(inner.strip(), 0.6), (inner.lower(), 0.65), (inner.upper(), 0.65)]
            others += [(inner[:1].upper() + inner[1:], 0.65), ("", 0.9)]
            if len(inner) <= 12:
                others += [(inner[:n] + inner[n + 1 :], 0.75) for n in range(len(inner))]
        for other, cost in others:
            if other != inner:
                yield (
                    put(node, f"{quote}{other}{quote}", f"put {quote}{other}{quote} in place of {text}"),
                    cost,
                )
        for one in known:
            if one != text:
                yield put(node, one, f"put {one} in place of {text}"), 0.7 + (0.03 * len(known))


def exchanges(ground: Ground) -> Iterator[Mutation]:
    """Yield two constants of one kind the other way round, one pair or throughout the program."""
    for kind in ("string", "regex", "number"):
        every = [node for node in ground.of(kind) if len(text_of(node)) < 60][:14]
        count = 0
        for first, second in combinations(every, 2):
            if text_of(first) == text_of(second) or count >= _MOST_SWAPS:
                continue
            apart = second.start_point.row - first.start_point.row
            near = _same_role(first, second)
            count += 1
            note = f"exchanged {short(text_of(first))} and {short(text_of(second))}"
            yield exchanged(first, second, note), 0.65 + 0.03 * min(apart, 10) + (0.0 if near else 0.25)
    yield from _throughout(ground)


def _same_role(first: Node, second: Node) -> bool:
    return first.parent is not None and second.parent is not None and first.parent.type == second.parent.type


def _throughout(ground: Ground) -> Iterator[Mutation]:
    """Yield two indexes exchanged wherever they stand."""
    indexes: dict[str, list[Node]] = {}
    for node in ground.of("subscript_expression"):
        index = node.child_by_field_name("index")
        if index is not None and index.type == "number":
            indexes.setdefault(text_of(index), []).append(index)
    for first, second in combinations(sorted(indexes)[:5], 2):
        note = f"exchanged the indexes {first} and {second}"
        edits = [put_edit(node, second, note) for node in indexes[first]]
        edits += [put_edit(node, first, note) for node in indexes[second]]
        yield Change(edits=tuple(edits)), 0.6
        for owner in dict.fromkeys(_owner(node) for node in indexes[first]):
            some = [node for node in (*indexes[first], *indexes[second]) if _owner(node) == owner]
            if 1 < len(some) < len(edits):
                pairs = tuple(put_edit(n, second if text_of(n) == first else first, note) for n in some)
                yield Change(edits=pairs), 0.65


def _owner(node: Node) -> str:
    return "" if node.parent is None else text_of(node.parent.child_by_field_name("object"))
