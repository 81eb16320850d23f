"""Makes text that programs wrote harmless, for every place of a report where it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from mge_toolkit.reporting.failures import printable

_NO_CHARACTER: Final = re.compile("[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_BACKTICKS: Final = re.compile("`+")
_BLANKS: Final = re.compile(r"\s+")
NO_FORMULAS: Final = "tex2jax_ignore mathjax_ignore"
"""The class of HTML in which nothing is set as a formula: Jupyter would do so with ``$…$`` of any program's text.

The second name is for MathJax 3, which JupyterLab has; the first for older ones.
"""
CUT_AT: Final = 200
"""How many characters of a line a summary shows."""


def clean(text: str) -> str:
    r"""Return ``text`` with control characters and what is no character (half a pair) shown as ``\x1b``.

    Tabs and line feeds stay. What is clean can be encoded, and drives neither a terminal nor a parser.
    """
    return _NO_CHARACTER.sub(lambda found: found[0].encode("unicode_escape").decode(), printable(text))


def clean_values(value: Any) -> Any:
    """Return JSON values with every text in them clean."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(str(key)): clean_values(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean_values(item) for item in value]
    return value


def first_line(text: str) -> str:
    """Return the first line of ``text`` that says something, clean and cut."""
    line = next((found for found in clean(text).splitlines() if found.strip()), "").strip()
    return line if len(line) <= CUT_AT else f"{line[: CUT_AT - 4]} ..."


def code_span(text: str) -> str:
    """Return ``text`` as Markdown that shows it as it is, in one line, also in a cell of a table.

    In a code span nothing takes effect: no markup, HTML, link, mention or reference. A fence longer than any row
    of backticks in the text ends it; a bar would end a cell and is the one thing that is escaped in there.
    """
    line = _BLANKS.sub(" ", clean(text)).strip()
    if not line:
        return ""
    fence = "`" * (max((len(row) for row in _BACKTICKS.findall(line)), default=0) + 1)
    room = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{room}{line}{room}{fence}"


def cell(text: str) -> str:
    """Return ``text`` as a code span for a cell of a table, where a bar has to be escaped."""
    return code_span(text).replace("|", "\\|")
