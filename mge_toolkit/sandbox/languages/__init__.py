"""The languages that sandboxes run, and the code of ours that runs inside a sandbox."""

from __future__ import annotations

from mge_toolkit.core.ports import Language


def builtin_languages() -> tuple[Language, ...]:
    """Return the languages that come with the toolkit."""
    from mge_toolkit.sandbox.languages.javascript.deno import deno_languages
    from mge_toolkit.sandbox.languages.python import PythonLanguage

    return (PythonLanguage(), *deno_languages())
