"""Wrong constants: numbers, texts and truth values, in one place or in every place of a function."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Final, TypeAlias

from mge_toolkit.retry.fixes.python_search.changes import Change, from_to
from mge_toolkit.retry.fixes.python_search.program import FunctionNode, Program, Statement, is_docstring
from mge_toolkit.retry.fixes.python_search.scopes import Scopes

_MOST_OTHERS: Final = 5
_LONGEST_TEXT: Final = 40
_SUM_FROM_ONE: Final = 0.35
_LONGEST_NUMBER: Final = 12
_Forms: TypeAlias = dict[str, float]


class Constants:
    """The constants that a program uses, from which a wrong one may be replaced."""

    def __init__(self, program: Program) -> None:
        """Count the constants of ``program``."""
        self.numbers: Counter[int | float] = Counter()
        self.texts: Counter[str] = Counter()
        for statement in program.statements:
            if is_docstring(statement):
                continue
            for node in statement.expressions:
                if isinstance(node, ast.Constant):
                    value = node.value
                    if isinstance(value, int | float) and not isinstance(value, bool):
                        if len(program.source(node)) < _LONGEST_NUMBER:
                            self.numbers[value] += 1
                    elif isinstance(value, str) and len(value) <= _LONGEST_TEXT:
                        self.texts[value] += 1


def changes(program: Program, scopes: Scopes, statement: Statement, constants: Constants) -> Iterator[Change]:
    """Yield the changes of constants in one statement's own expressions."""
    for node in statement.expressions:
        if isinstance(node, ast.Constant) and not is_docstring(statement):
            yield from _one(program, statement, node, constants)
        elif isinstance(node, ast.List | ast.Tuple | ast.Set):
            yield from _elements(program, node)


def _one(
    program: Program, statement: Statement, node: ast.Constant, constants: Constants
) -> Iterator[Change]:
    parent = program.parents.get(node)
    for form, weight in _forms(program, statement, node, constants).items():
        text = form
        start, end = program.span(node)
        if isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.USub) and text.startswith("-"):
            start, text = program.span(parent)[0], text[1:]
        elif text.startswith("-") and isinstance(parent, ast.BinOp | ast.Attribute | ast.Subscript):
            in_index = isinstance(parent, ast.Subscript) and node is parent.slice
            text = text if in_index else f"({text})"
        edit = program.edit(start, end, text)
        said = from_to(program.code[start:end], text)
        yield Change((edit,), "constant", weight, node.lineno, start, said)


def _forms(program: Program, statement: Statement, node: ast.Constant, constants: Constants) -> _Forms:
    """Return what may stand in the place of a constant, as text, with how likely it is."""
    value, parent = node.value, program.parents.get(node)
    scale = 1.0
    if isinstance(parent, ast.List | ast.Tuple | ast.Set | ast.Dict):
        size = len(parent.values if isinstance(parent, ast.Dict) else parent.elts)
        scale = 1.0 if size < 3 else max(0.15, (2 / size) ** 0.5)
    if isinstance(value, bool):
        return {str(not value): 0.75 * scale}
    if isinstance(value, int | float) and len(program.source(node)) < 18:
        index = isinstance(parent, ast.Subscript) or (
            isinstance(parent, ast.UnaryOp) and isinstance(program.parents.get(parent), ast.Subscript)
        )
        forms = _numbers(statement, node, value, constants)
        if value == 0 and _adds_up(program, statement):
            forms["1"] = _SUM_FROM_ONE
        if (
            isinstance(parent, ast.BinOp)
            and isinstance(parent.op, ast.Add | ast.Sub)
            and node is parent.right
        ):
            forms.pop("0", None)  # the whole term is left out instead
            forms = {text: weight for text, weight in forms.items() if not text.startswith("-")}
        if index:  # the families of bounds know better
            forms = {text: weight * 0.2 for text, weight in forms.items()}
        return {text: weight * scale for text, weight in forms.items()}
    if isinstance(value, str) and len(value) <= _LONGEST_TEXT and program.source(node)[:1] in "'\"":
        return {text: weight * scale for text, weight in _texts(program, node, value, constants).items()}
    if value is None and isinstance(parent, ast.Return):
        return {"[]": 0.2, "0": 0.15, "''": 0.15, "False": 0.2}
    return {}


def _adds_up(program: Program, statement: Statement) -> bool:
    """Return whether a statement gives a first value to what is added to later on."""
    targets = statement.node.targets if isinstance(statement.node, ast.Assign) else []
    names = {target.id for target in targets if isinstance(target, ast.Name)}
    return any(
        one.function is statement.function
        and isinstance(one.node, ast.AugAssign)
        and isinstance(one.node.op, ast.Add)
        and getattr(one.node.target, "id", None) in names
        for one in program.statements
    )


def _numbers(statement: Statement, node: ast.Constant, value: int | float, constants: Constants) -> _Forms:
    forms: _Forms = {}
    if isinstance(value, int):
        forms = {str(value + 1): 0.5, str(value - 1): 0.5}
    else:
        forms = {repr(value + 1): 0.2, repr(value - 1): 0.2}
    starts = isinstance(statement.node, ast.Assign | ast.AnnAssign)
    if value == 0:
        forms |= {"1": 0.65, "-1": 0.4 if starts else 0.25}
        forms |= {"float('-inf')": 0.2, "float('inf')": 0.15} if starts else {}
    elif value == 1:
        forms |= {"0": 0.65, "2": 0.5, "-1": 0.25}
    else:
        forms.setdefault(str(-value), 0.15)
        forms.setdefault(str(value * 2), 0.1)
        if isinstance(value, int) and value % 2 == 0:
            forms.setdefault(str(value // 2), 0.12)
        elif isinstance(value, float) and value.is_integer():
            forms.setdefault(str(int(value)), 0.1)
        forms.setdefault("1", 0.12)
        forms.setdefault("0", 0.12)
        if abs(value) in (10, 100, 1000):
            forms |= {str(int(value * 10)): 0.2, str(int(value // 10)): 0.15}
    for other, _ in constants.numbers.most_common(_MOST_OTHERS):
        if other != value:
            forms.setdefault(str(other), 0.22)
    return forms


def _texts(program: Program, node: ast.Constant, value: str, constants: Constants) -> _Forms:
    forms: _Forms = {}
    if value == "":
        forms["' '"] = 0.5
    elif value == " ":
        forms |= {"''": 0.5, "'  '": 0.05}
    elif value.isspace() or value in (",", ";", ", ", "-", "_", "|"):
        forms |= {"' '": 0.45, "''": 0.3, repr(value.strip()): 0.4}
    for other, _ in constants.texts.most_common(_MOST_OTHERS):
        if other != value:
            forms.setdefault(repr(other), 0.22 if len(other) == len(value) else 0.15)
    if value != value.strip() and value.strip():
        forms.setdefault(repr(value.strip()), 0.2)
    if len(value) > 1:
        if len(set(value)) == 1:
            forms.setdefault(repr(value[:-1]), 0.4)
        if value.isalpha() and value.lower() != value.upper():
            both = value + (value.upper() if value.islower() else value.lower())
            if len(set(value)) == len(value) and len(value) > 3:
                forms.setdefault(repr(both), 0.2)
    if len(value) == 1 and not value.isalnum() and not value.isspace():
        forms.setdefault(repr(value * 2), 0.05)
    swapped = value.swapcase()
    if swapped != value and len(value) < 8:
        forms.setdefault(repr(swapped), 0.15)
    return {text: weight for text, weight in forms.items() if ast.literal_eval(text) != value}


def _elements(program: Program, node: ast.List | ast.Tuple | ast.Set) -> Iterator[Change]:
    """Yield the collection without one element, or without the elements from one on; and two exchanged."""
    count = len(node.elts)
    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load) or not 2 <= count <= 16:
        return
    spans = [program.outer(one) for one in node.elts]
    line, site = node.lineno, program.span(node)[0]
    if not (isinstance(node, ast.Tuple) and count == 2):
        for index, element in enumerate(node.elts):
            last = index == count - 1
            span = (spans[index - 1][1], spans[index][1]) if last else (spans[index][0], spans[index + 1][0])
            said = f"dropped {from_to(program.source(element), '').split(' to ')[0].removeprefix('changed ')}"
            yield Change((program.edit(*span, ""),), "excess", 0.25 / count**0.5, line, site, said)
        for index in range(1, count - 1):
            edit = program.edit(spans[index - 1][1], spans[-1][1], "")
            said = "dropped the last elements"
            yield Change((edit,), "excess", 0.15 / count**0.5, line, site, said)
    if count <= 3 and not all(isinstance(one, ast.Constant) for one in node.elts):
        for one, two in zip(range(count), range(1, count), strict=False):
            edits = (
                program.edit(*spans[one], program.full(node.elts[two])),
                program.edit(*spans[two], program.full(node.elts[one])),
            )
            if edits[0].text.strip() != edits[1].text.strip():
                yield Change(edits, "swap", 0.4, line, site, f"swapped elements of {program.source(node)!r}")


def everywhere(program: Program) -> Iterator[Change]:
    """Yield one change of the same constant in every place of a function, and returned truth values swapped."""
    groups: dict[tuple[FunctionNode | None, str], list[ast.Constant]] = defaultdict(list)
    returned: dict[FunctionNode | None, list[ast.Constant]] = defaultdict(list)
    for statement in program.statements:
        if is_docstring(statement):
            continue
        for node in statement.expressions:
            if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | str):
                groups[statement.function, program.source(node)].append(node)
                if isinstance(node.value, bool) and isinstance(statement.node, ast.Return):
                    returned[statement.function].append(node)
    for nodes in returned.values():
        if len({node.value for node in nodes}) == 2:
            yield _all_of(
                program, nodes, [str(not node.value) for node in nodes], 0.6, "the returned truth values"
            )
    for (_, text), nodes in groups.items():
        if 2 <= len(nodes) <= 8:
            value = nodes[0].value
            forms: _Forms = {}
            if isinstance(value, str):
                forms = {"''": 0.3} if value == " " else ({"' '": 0.3} if value == "" else {})
            elif type(value) is int:
                yield from _two_of(program, nodes, value)
                forms = {str(value + 1): 0.12, str(value - 1): 0.12} if len(nodes) == 2 else {}
            for other, weight in forms.items():
                yield _all_of(program, nodes, [other] * len(nodes), weight, f"every {text}")


def _two_of(program: Program, nodes: list[ast.Constant], value: int) -> Iterator[Change]:
    """Yield two neighbours of several equal numbers changed alike: one bound moved in two places."""
    if 3 <= len(nodes) <= 6:
        for one, two in pairwise(nodes):
            for other in (value + 1, value - 1):
                yield _all_of(program, [one, two], [str(other)] * 2, 0.1, f"both {value}")


def _all_of(
    program: Program, nodes: list[ast.Constant], texts: list[str], weight: float, what: str
) -> Change:
    edits = tuple(program.replaced(node, text) for node, text in zip(nodes, texts, strict=True))
    said = f"changed {what} to {' and '.join(dict.fromkeys(texts))}"
    return Change(edits, "constant", weight, nodes[0].lineno, program.span(nodes[0])[0], said)
