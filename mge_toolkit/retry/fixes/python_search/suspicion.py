"""How likely each line is to hold the mistake, by what is known of the failure."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Final

from mge_toolkit.core.ports import RepairCase
from mge_toolkit.core.results import Category, Role
from mge_toolkit.retry.fixes.python_parsing import parse
from mge_toolkit.retry.fixes.python_search.blocks import bound_names, read_names
from mge_toolkit.retry.fixes.python_search.changes import Change
from mge_toolkit.retry.fixes.python_search.program import FUNCTIONS, LOOPS, FunctionNode, Program, Statement

_ELSEWHERE: Final = 0.25
_OF_NONE: Final = 20.0
_FACTORS: Final[Mapping[str, Mapping[str, float]]] = {
    "type": {"conversion": 3, "number": 3, "uncalled": 2.5, "argument": 3, "none": 6, "wrap": 1.5,
             "unwrap": 1.5, "index": 1.3, "name": 1.2, "comparison": 0.4, "return": 2, "guard": 1.5},
    "attribute": {"none": 6, "conversion": 1.5, "number": 1.5, "uncalled": 2, "function": 2, "guard": 2,
                  "unwrap": 1.5, "comparison": 0.5, "return": 2},
    "index": {"bounds": 1.6, "index": 1.6, "bounded": 5, "slice": 1.2, "guard": 1.6, "comparison": 1.1,
              "wrap": 0.4, "method": 0.3, "ordering": 0.3, "arithmetic": 0.8},
    "key": {"lookup": 4, "index": 1.3, "name": 1.3, "bounds": 1.2, "method": 1.2},
    "zero_division": {"zero": 6, "guard": 2.5, "bounds": 1.3, "constant": 1.2},
    "value": {"conversion": 1.5, "number": 1.5, "guard": 2, "slice": 1.3, "function": 1.2, "index": 1.2},
    "recursion": {"base_case": 4, "bounds": 1.4, "comparison": 1.2, "name": 1.2},
    "name": {"name": 2, "layout": 2},
    "overflow": {"arithmetic": 1.5, "zero": 1.5},
    "stop_iteration": {"guard": 2},
    "timeout": {"addition": 2.5, "word": 1.6, "update": 1.5, "comparison": 1.3, "layout": 1.3, "base_case": 2,
                "wrap": 0.4, "method": 0.3, "ordering": 0.3, "conversion": 0.4, "number": 0.4},
    "assertion": {"number": 0.3},
    "mismatch": {"number": 0.3},
}  # fmt: skip


_MAY_HANG: Final = frozenset(("comparison", "update", "constant", "name", "negation", "layout", "word"))


class Suspicion:
    """Weighs families of changes and lines for one failed atom."""

    def __init__(self, program: Program, case: RepairCase) -> None:
        """Weigh the lines of ``program``, which is the code that failed."""
        failure = case.failure
        timeout = self._timeout = failure.category is Category.TIMEOUT
        self._factors = dict(_FACTORS.get("timeout" if timeout else failure.kind, {}))
        if "NoneType" in failure.message:
            self._factors["none"] = _OF_NONE
        self._lines: dict[int, float] = {}
        self._functions: dict[FunctionNode | None, float] = {}
        self._program = program
        places = _frames(program, case)
        self._reach(case, [place.function for place in places])
        if timeout:
            self._loops()
        elif places:
            self._path(places)

    def factor(self, family: str) -> float:
        """Return how much more often this failure calls for a family of changes than failures do at large."""
        return self._factors.get(family, 1.0)

    def weight(self, statement: Statement) -> float:
        """Return how suspicious a statement is; 1 where nothing is known."""
        function = statement.function
        if isinstance(statement.node, FUNCTIONS):
            function = statement.node
        base = self._functions.get(function, _ELSEWHERE)
        return base * self._lines.get(statement.node.lineno, 1.0)

    def hanging(self, statement: Statement, change: Change) -> float:
        """Return less than 1 for a change that may keep a loop from ending, where that is not what went wrong."""
        if self._timeout or change.family not in _MAY_HANG:
            return 1.0
        node = statement.node
        if isinstance(node, ast.While):
            return 0.8
        loop = self._program.loop_of(node)
        if (
            isinstance(loop, ast.While)
            and isinstance(node, ast.AugAssign)
            and bound_names(node) & read_names(loop.test)
        ):
            return 0.5
        return 1.0

    def _reach(self, case: RepairCase, frames: list[FunctionNode | None]) -> None:
        """Weigh functions: those that the check or a frame names, what they call, and what calls nothing."""
        program = self._program
        named: dict[str, list[FunctionNode]] = {}
        for one in program.statements:
            if isinstance(one.node, FUNCTIONS):
                named.setdefault(one.node.name, []).append(one.node)
        check = None if case.atom.check is None else parse(case.atom.check.text)
        wanted = set() if check is None else _mentioned(check)
        top = {name for one in program.statements if one.function is None for e in one.expressions
               if (name := getattr(e, "id", getattr(e, "attr", None))) is not None}  # fmt: skip
        queue = [f for name in wanted | top for f in named.get(name, ())]
        queue += [one for one in frames if one is not None]
        if not queue:
            queue = [f for functions in named.values() for f in functions]
        calls: dict[FunctionNode | None, set[str]] = {}
        for one in program.statements:
            used = calls.setdefault(one.function, set())
            used.update(getattr(e, "id", "") or getattr(e, "attr", "") for e in one.expressions)
            if isinstance(one.node, FUNCTIONS) and one.function is not None:
                used.add(one.node.name)
        while queue:
            function = queue.pop()
            if function not in self._functions:
                self._functions[function] = 1.0
                queue += [f for name in calls.get(function, ()) for f in named.get(name, ())]
        self._functions[None] = 0.7 if named else 1.0

    def _path(self, places: list[Statement]) -> None:
        """Weigh the lines of the frames, and those that give the innermost its values."""
        for place in places:
            self._lines[place.node.lineno] = 1.5
        inner = places[-1]
        wanted = set().union(*(read_names(e) for e in inner.expressions)) if inner.expressions else set()
        for one in self._program.statements:
            if one.function is inner.function and one.node is not inner.node:
                target = (
                    one.node if not hasattr(one.node, "body") else getattr(one.node, "target", ast.Pass())
                )
                related = bool(bound_names(target) & wanted)
                self._lines.setdefault(one.node.lineno, 1.5 if related else 0.7)
        for outer in self._program.above(inner.node):
            if isinstance(outer, ast.stmt) and not isinstance(outer, (*FUNCTIONS, ast.ClassDef)):
                self._lines[outer.lineno] = 1.8
        self._lines[inner.node.lineno] = 2.2

    def _loops(self) -> None:
        """Weigh what may keep a program from ending: loops that count nothing."""
        for one in self._program.statements:
            looping = isinstance(one.node, ast.While) or any(
                isinstance(outer, ast.While) for outer in self._program.above(one.node)
            )
            counting = isinstance(one.node, LOOPS)
            self._lines[one.node.lineno] = 1.8 if looping else (1.0 if counting else 0.7)


def _frames(program: Program, case: RepairCase) -> list[Statement]:
    """Return the statements of the code in which the failure's frames stand, the innermost last."""
    lines = (
        []
        if case.raised is None
        else [
            frame.line
            for frame in case.raised.frames
            if frame.atom_id == case.atom.id and frame.role is Role.CODE
        ]
    )
    failure = case.failure
    if not lines and failure.role is Role.CODE and failure.line is not None and failure.kind != "mismatch":
        lines = [failure.line]
    found = []
    for line in lines[-12:]:
        place = None
        for one in program.statements:
            if one.node.lineno <= line <= (one.node.end_lineno or one.node.lineno):
                place = one
        if place is not None:
            found.append(place)
    return found


def _mentioned(tree: ast.Module) -> set[str]:
    """Return every name and attribute that a check uses."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
    return found
