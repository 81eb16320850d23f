"""What a program's prose says of it: what a name or a docstring speaks of is likelier to be meant."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import Final

from mge_toolkit.retry.fixes.python_search.changes import Change
from mge_toolkit.retry.fixes.python_search.program import FUNCTIONS, FunctionNode, Program, Statement

_WORDS: Final = {
    "<": r"below|less|smaller|fewer|under|negative|before|lower than",
    ">": r"above|greater|more than|larger|bigger|exceed\w*|over|positive|after|higher",
    "<=": r"at most|no more than|up to|or equal|within|inclusive|or less|or fewer",
    ">=": r"at least|not? less than|or equal|or more|inclusive",
    "==": r"equals?|same|palindrom\w*|identical|match\w*|exactly",
    "!=": r"different|differ|unequal|not equal|other than|except",
    "not in": r"not in|without|remov\w*|exclud\w*|except|absent|missing",
    "max": r"max\w*|largest|biggest|longest|highest|greatest|latest|most",
    "min": r"min\w*|smallest|shortest|lowest|least|earliest|fewest",
    "sum": r"sum\w*|total\w*|add\w*",
    "len": r"number of|count\w*|length|how many|amount",
    "abs": r"distance|absolute|differen\w*|close\w*|far",
    "set": r"unique|distinct|duplicate\w*|different|common",
    "sorted": r"sort\w*|order\w*|ascending|increasing|rank\w*",
    "reverse=True": r"descend\w*|decreas\w*|revers\w*|largest|highest",
    "[::-1]": r"revers\w*|backward\w*|palindrom\w*|mirror\w*",
    "upper": r"upper\w*|capital\w*",
    "lower": r"lower\w*|case.insensitive\w*|ignor\w* case",
    "swapcase": r"flip\w*|swap\w*|invert\w*|opposite case|toggle\w*",
    "isupper": r"upper\w*|capital\w*",
    "islower": r"lower\w*",
    "isdigit": r"digits?|numbers?|numeric",
    "isalpha": r"letters?|alphabet\w*|characters?",
    "floor": r"floor\w*|round\w* down|truncat\w*",
    "ceil": r"ceil\w*|round\w* up|at least|smallest number",
    "round": r"round\w*|nearest|closest",
    "any": r"any|at least one|some|exists?|there (?:is|are)|contains?",
    "all": r"all|every|each|only|whether the",
    "startswith": r"start\w*|prefix\w*|begin\w*",
    "endswith": r"end\w*|suffix\w*",
    "%": r"remainder|divis\w*|multiple\w*|modul\w*|even|odd|prime\w*|digits?|factor\w*",
    "//": r"quotient|integer division|whole|half|halves|digits?",
    "/": r"average|mean|ratio|half|percent\w*|area|fraction\w*|rescale",
    "*": r"product|multipl\w*|times|factorial|area",
    "+": r"sum\w*|add\w*|total\w*|plus|concat\w*|increment\w*",
    "-": r"differen\w*|subtract\w*|minus|remain\w*|rescale|decrement\w*",
    "**": r"squar\w*|cub\w*|power\w*|exponent\w*",
    "int": r"integer|whole",
    "str": r"string|text",
}
_LOUDER: Final = 1.35
_QUIETER: Final = 0.72
_IN_NAME: Final = 1.9
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


class Hints:
    """The prose around each function of a program."""

    def __init__(self, program: Program, description: str | None) -> None:
        """Read the docstrings of ``program``, and what its plan says of it."""
        self._program = program
        self._description = description or ""
        self._prose: dict[FunctionNode | None, tuple[str, str]] = {}

    def factor(self, change: Change, statement: Statement) -> float:
        """Return how much likelier prose makes a change from one operator or function to another."""
        if change.after not in _WORDS and change.before not in _WORDS:
            return 1.0
        name, text = self._of(statement.function)
        wanted, had = _speaks(change.after, text), _speaks(change.before, text)
        factor = _LOUDER if wanted and not had else (_QUIETER if had and not wanted else 1.0)
        if _speaks(change.after, name):
            factor *= _IN_NAME
        elif _speaks(change.before, name):
            factor /= _IN_NAME
        return factor

    def _of(self, function: FunctionNode | None) -> tuple[str, str]:
        """Return the words of the names around a place, and all its prose."""
        found = self._prose.get(function)
        if found is None:
            around = [] if function is None else [function, *self._program.above(function)]
            functions = [one for one in around if isinstance(one, FUNCTIONS)]
            names = " ".join(_CAMEL.sub(" ", one.name).replace("_", " ").lower() for one in functions)
            docs = " ".join(_prose(ast.get_docstring(one, clean=False) or "") for one in functions)
            found = self._prose[function] = (names, f"{names} {docs} {self._description}".lower())
        return found


def _prose(docstring: str) -> str:
    """Return a docstring without its examples."""
    return "\n".join(line for line in docstring[:4_000].splitlines() if not line.strip().startswith(">>>"))


@lru_cache(maxsize=2048)
def _speaks(token: str, text: str) -> bool:
    words = _WORDS.get(token)
    return words is not None and re.search(rf"\b(?:{words})\b", text) is not None
