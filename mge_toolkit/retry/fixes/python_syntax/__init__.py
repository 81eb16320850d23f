"""Mends Python that does not parse, by a search for the smallest edits that the parser takes.

A program is cut into logical lines, so that one fault does not hide the next. Each line that does not parse is
mended by itself (``mending``), with moves that parso's grammar tables say may follow (``grammar``, ``moves``,
``rewrites``); a second search over the lines' indentation (``layout``) puts them together. The interpreter's own
compiler has the last word on every line and on the whole.
"""

from mge_toolkit.retry.fixes.python_syntax.fixer import PythonSyntaxFixer

__all__ = ["PythonSyntaxFixer"]
