"""Parse Python that may be broken or hostile: no exception, no warning, no long wait."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from typing import Final

# Characters: what the parser takes about 40 ms for. No atom is written by hand at this length.
LONGEST: Final = 64_000
# The parser's own limit is 200. Its error recovery looks at each level several times.
DEEPEST: Final = 100

_BRACKET: Final = re.compile(r"[][(){}]")
_FILENAME: Final = "<repair>"


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """Where and why the parser gave up. ``line`` and ``column`` count from 1."""

    line: int
    column: int
    message: str
    is_indentation: bool = False


def parses(code: str) -> bool:
    """Return whether ``code`` is a Python program."""
    return parse(code) is not None


def parse(code: str) -> ast.Module | None:
    """Return the tree of ``code``, or ``None`` where it is no program or too large to look at."""
    parsed = examined(code)
    return parsed if isinstance(parsed, ast.Module) else None


def trouble(code: str) -> Trouble | None:
    """Return where ``code`` stops being a program, or ``None`` where it is one."""
    parsed = examined(code)
    return parsed if isinstance(parsed, Trouble) else None


def examined(code: str) -> ast.Module | Trouble:
    """Return the tree of ``code``, or where and why there is none."""
    if len(code) > LONGEST or is_too_deep(code):
        return Trouble(line=1, column=1, message="too large to parse")
    _silence()
    try:
        return ast.parse(code, _FILENAME)
    except SyntaxError as error:
        return Trouble(
            line=max(error.lineno or 1, 1),
            column=max(error.offset or 1, 1),
            message=error.msg or "invalid syntax",
            is_indentation=isinstance(error, IndentationError),
        )
    except (ValueError, RecursionError, MemoryError, OverflowError, SystemError) as error:
        return Trouble(line=1, column=1, message=str(error) or type(error).__name__)


def is_too_deep(code: str) -> bool:
    """Return whether brackets nest deeper than the limit; those inside strings count too."""
    if code.count("(") + code.count("[") + code.count("{") <= DEEPEST:
        return False
    depth = 0
    for bracket in _BRACKET.findall(code):
        if bracket in "([{":
            depth += 1
            if depth > DEEPEST:
                return True
        elif depth:
            depth -= 1
    return False


# One filter for our own file name, put first again where something stands before it. Saving and restoring the
# process's filters around a parse would undo what another thread does to them in the meantime.
def _silence() -> None:
    """Have the warnings of the parser about ``_FILENAME`` ignored, and no others."""
    first = warnings.filters[0] if warnings.filters else None
    if first is None or getattr(first[3], "pattern", None) != _FILENAME:
        warnings.filterwarnings("ignore", module=_FILENAME)
