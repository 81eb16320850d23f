"""Automatic fixers: each proposes changed code for one family of mistakes, and executes nothing.

Their parsers and tables take tens of milliseconds to load. So each family is loaded in a thread when the first
failure comes that it is for, and a run without failures loads none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from mge_toolkit.core.ports import Candidate, Fixer, RepairCase, RepairLevel
from mge_toolkit.core.results import Category

_PYTHON: Final = frozenset({"python"})
_SCRIPTS: Final = frozenset({"javascript", "typescript"})
_JUDGED: Final = frozenset(Category) - {Category.SYNTAX, Category.IMPORT}
_WRONG: Final = frozenset({"assertion", "mismatch"})


def _dirt() -> Sequence[Fixer]:
    from mge_toolkit.retry.fixes.dirt import dirt_fixers

    return dirt_fixers()


def _python_syntax() -> Sequence[Fixer]:
    from mge_toolkit.retry.fixes.python_syntax import PythonSyntaxFixer
    from mge_toolkit.retry.fixes.python_syntax.grammar import tables

    tables()
    return (PythonSyntaxFixer(),)


def _python_names() -> Sequence[Fixer]:
    from mge_toolkit.retry.fixes.python_names import python_name_fixers

    return python_name_fixers()


def _python_search() -> Sequence[Fixer]:
    from mge_toolkit.retry.fixes.python_search.fixer import PythonSearchFixer

    return (PythonSearchFixer(),)


def _javascript() -> Sequence[Fixer]:
    from mge_toolkit.retry.fixes.javascript import javascript_fixers

    return javascript_fixers()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Family:
    """Fixers that are loaded together. Without ``categories`` they are for all of them.

    ``of_results`` says that they may mend a program that ended, with a wrong result.
    """

    load: Callable[[], Sequence[Fixer]]
    names: tuple[str, ...]
    languages: frozenset[str]
    level: RepairLevel = RepairLevel.FIX
    categories: frozenset[Category] = frozenset(Category)
    of_results: bool = False

    def is_for(self, case: RepairCase) -> bool:
        """Return whether any of them may have something to offer."""
        failure = case.failure
        return (
            case.atom.language in self.languages
            and failure.category in self.categories
            and (self.of_results or failure.kind not in _WRONG)
        )


_FAMILIES: Final = (
    _Family(
        load=_dirt,
        names=(
            "dirt",
            *(
                f"dirt-{kind}"
                for kind in (
                    "labels", "escapes", "characters", "quote-marks", "tags", "entities", "line-numbers",
                    "diff-marks", "fences", "prompts", "shell-lines", "typography", "stray-words",
                )
            ),
        ),
        languages=_PYTHON | _SCRIPTS,
    ),
    _Family(
        load=_python_syntax,
        names=("python-syntax",),
        languages=_PYTHON,
        categories=frozenset({Category.SYNTAX}),
    ),
    _Family(
        load=_python_names,
        names=tuple(
            f"python-{kind}"
            for kind in (
                "missing-import", "foreign-word", "receiver", "misspelt-name", "annotation", "method-for-function",
                "first-value", "guessed-name", "undefined-call", "used-too-early", "unbound-local",
                "self-parameter", "expected-name", "attribute", "foreign-method", "undefined-method",
                "standard-attribute", "module", "keyword-argument", "not-callable", "in-place",
            )
        ),
        languages=_PYTHON,
        categories=frozenset(Category) - {Category.SYNTAX, Category.TIMEOUT},
    ),
    _Family(
        load=_python_search,
        names=("python-search",),
        languages=_PYTHON,
        level=RepairLevel.SEARCH,
        categories=_JUDGED,
        of_results=True,
    ),
    _Family(
        load=_javascript,
        names=("javascript-syntax", "javascript-names", "javascript-modules"),
        languages=_SCRIPTS,
        of_results=True,
    ),
    _Family(
        load=_javascript,
        names=("javascript-search",),
        languages=_SCRIPTS,
        level=RepairLevel.SEARCH,
        categories=_JUDGED,
        of_results=True,
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Deferred:
    """A fixer that is loaded, with its family, when it is asked about a failure that it may be for."""

    name: str
    family: _Family

    @property
    def level(self) -> RepairLevel:
        """The level from which on it is asked."""
        return self.family.level

    async def candidates(self, case: RepairCase) -> Sequence[Candidate]:
        """Return what the fixer proposes."""
        if not self.family.is_for(case):
            return []
        load = self.family.load
        if load not in _LOADED:
            fixers = await asyncio.to_thread(load)
            _LOADED[load] = {fixer.name: fixer for fixer in fixers}
        return await _LOADED[load][self.name].candidates(case)


_LOADED: Final[dict[Callable[[], Sequence[Fixer]], dict[str, Fixer]]] = {}


def builtin_fixers() -> tuple[Fixer, ...]:
    """Return the fixers that come with the toolkit."""
    return tuple(_Deferred(name, family) for family in _FAMILIES for name in family.names)
