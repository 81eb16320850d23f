"""Automatic fixers: each proposes changed code for one family of mistakes, and executes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mge_toolkit.core.ports import Fixer


def builtin_fixers() -> tuple[Fixer, ...]:
    """Return the fixers that come with the toolkit. Loads parsers: to be called when there is something to fix."""
    from mge_toolkit.retry.fixes.dirt import dirt_fixers
    from mge_toolkit.retry.fixes.javascript import javascript_fixers
    from mge_toolkit.retry.fixes.python_names import python_name_fixers
    from mge_toolkit.retry.fixes.python_search.fixer import PythonSearchFixer
    from mge_toolkit.retry.fixes.python_syntax import PythonSyntaxFixer

    return (
        *dirt_fixers(),
        PythonSyntaxFixer(),
        *python_name_fixers(),
        PythonSearchFixer(),
        *javascript_fixers(),
    )
