"""Which category and kind an exception has, by its classes; by its words only where V8 has no class for it."""

from __future__ import annotations

import re
from typing import Final

from mge_toolkit.core.results import Category, Raised

_SYNTAX, _IMPORT, _TYPE, _RUNTIME = Category.SYNTAX, Category.IMPORT, Category.TYPE, Category.RUNTIME

# Built-in names are bare, others qualified: a program's own class TypeError is "__main__.TypeError" in Python.
_BY_CLASS: Final = {
    "IndentationError": (_SYNTAX, "indentation"),
    "SyntaxError": (_SYNTAX, "syntax"),
    "ModuleNotFoundError": (_IMPORT, "module"),
    "ImportError": (_IMPORT, "import"),
    "TypeCheckError": (_TYPE, "typecheck"),
    "TypeError": (_TYPE, "type"),
    "AssertionError": (_RUNTIME, "assertion"),
    "AttributeError": (_RUNTIME, "attribute"),
    "KeyError": (_RUNTIME, "key"),
    "IndexError": (_RUNTIME, "index"),
    "NameError": (_RUNTIME, "name"),
    "ReferenceError": (_RUNTIME, "name"),
    "RecursionError": (_RUNTIME, "recursion"),
    "MemoryError": (_RUNTIME, "memory"),
    "ZeroDivisionError": (_RUNTIME, "zero_division"),
    "OverflowError": (_RUNTIME, "overflow"),
    "UnicodeError": (_RUNTIME, "unicode"),
    "ValueError": (_RUNTIME, "value"),
    "RangeError": (_RUNTIME, "value"),
    "TimeoutError": (_RUNTIME, "os"),
    "FileNotFoundError": (_RUNTIME, "file"),
    "NotFound": (_RUNTIME, "file"),
    "PermissionError": (_RUNTIME, "permission"),
    "socket.gaierror": (_RUNTIME, "network"),
    "urllib.error.URLError": (_RUNTIME, "network"),
    "ConnectionError": (_RUNTIME, "network"),
    "NotCapable": (_RUNTIME, "permission"),
    "OSError": (_RUNTIME, "os"),
    "StopIteration": (_RUNTIME, "stop_iteration"),
    "NotImplementedError": (_RUNTIME, "not_implemented"),
    "KeyboardInterrupt": (_RUNTIME, "interrupt"),
    "BaseExceptionGroup": (_RUNTIME, "group"),
    "AggregateError": (_RUNTIME, "group"),
    "UnsettledTopLevelAwait": (_RUNTIME, "await"),
    "thrown value": (_RUNTIME, "thrown"),
}

# Error codes of Node and Deno, which the JavaScript languages append to the bases.
_BY_CODE: Final = {
    "ERR_MODULE_NOT_FOUND": (_IMPORT, "module"),
    "MODULE_NOT_FOUND": (_IMPORT, "module"),
    "ERR_UNKNOWN_BUILTIN_MODULE": (_IMPORT, "module"),
    "ERR_MISSING_EXPORT": (_IMPORT, "import"),
    "ERR_ASSERTION": (_RUNTIME, "assertion"),
    "ENOSPC": (_RUNTIME, "disk"),
    "EAGAIN": (_RUNTIME, "processes"),
    "ENOENT": (_RUNTIME, "file"),
    "EACCES": (_RUNTIME, "permission"),
    "EPERM": (_RUNTIME, "permission"),
    **dict.fromkeys(("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ENETUNREACH"), (_RUNTIME, "network")),
}

# The interpreter's own way to put an errno into an OSError's text; ENOSPC, EDQUOT and EFBIG; EAGAIN; no network.
_ERRNO: Final = re.compile(r"\[Errno (\d+)\]")
_BY_ERRNO: Final = {"28": "disk", "122": "disk", "27": "disk", "11": "processes", "101": "network"}

# V8 has one TypeError for misuse of a value and for reading through null: the second is a runtime error.
_NULL: Final = re.compile(
    r"Cannot (?:read|set) propert(?:y|ies) .*\bof (?:null|undefined)"
    r"|Cannot destructure .* of '.*' as it is (?:null|undefined)"
    r"|Cannot convert undefined or null to object|(?:undefined|null) is not iterable"
)
_JSON: Final = re.compile(r"is not valid JSON$|\bin JSON at position|JSON input$")
_STACK: Final = "Maximum call stack size exceeded"


def kind_of(raised: Raised) -> tuple[Category, str]:
    """Return the category and the kind of an exception; the class nearest to it that is known decides."""
    names = (raised.type, *raised.bases)
    for name in names:
        if name in _BY_CODE:
            return _BY_CODE[name]
    if "OSError" in names and (number := _ERRNO.match(raised.message)) is not None and number[1] in _BY_ERRNO:
        return _RUNTIME, _BY_ERRNO[number[1]]
    if "BaseException" not in raised.bases and (special := _v8_kind(raised)) is not None:
        return special
    if raised.type == "RuntimeError" and raised.message == "can't start new thread":
        return _RUNTIME, "processes"
    for name in names:
        if name in _BY_CLASS:
            return _BY_CLASS[name]
    return _RUNTIME, "exception"


def sureness(raised: Raised) -> float:
    """Return how sure the category and the kind of an exception are (0-1): 1 where a class or a code says them."""
    names = (raised.type, *raised.bases)
    if any(name in _BY_CODE for name in names):
        return 1.0
    if "BaseException" not in raised.bases and _v8_kind(raised) is not None:
        return 0.9
    if raised.type in _BY_CLASS:
        return 1.0
    return 0.95 if any(name in _BY_CLASS for name in names) else 0.9


def _v8_kind(raised: Raised) -> tuple[Category, str] | None:
    """Return the kind of an error whose class says too little, by V8's own words for it."""
    if raised.type == "TypeError" and _NULL.match(raised.message):
        return _RUNTIME, "null"
    if raised.type == "RangeError" and raised.message == _STACK:
        return _RUNTIME, "recursion"
    if raised.type == "RangeError" and raised.message == "Array buffer allocation failed":
        return _RUNTIME, "memory"
    if raised.type == "SyntaxError" and _JSON.search(raised.message):  # JSON.parse, at run time
        return _RUNTIME, "value"
    return None
