"""Fixers of JavaScript and TypeScript: syntax, names, modules, and a search for small mistakes of logic."""

from __future__ import annotations

from mge_toolkit.core.ports import Fixer
from mge_toolkit.retry.fixes.javascript.modules import JavaScriptModulesFixer
from mge_toolkit.retry.fixes.javascript.names import JavaScriptNamesFixer
from mge_toolkit.retry.fixes.javascript.search import JavaScriptSearchFixer
from mge_toolkit.retry.fixes.javascript.syntax import JavaScriptSyntaxFixer

__all__ = ["javascript_fixers"]


def javascript_fixers() -> tuple[Fixer, ...]:
    """Return the fixers, the cheapest first."""
    return (
        JavaScriptSyntaxFixer(),
        JavaScriptNamesFixer(),
        JavaScriptModulesFixer(),
        JavaScriptSearchFixer(),
    )
