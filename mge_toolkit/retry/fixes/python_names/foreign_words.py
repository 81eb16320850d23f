"""Words of other languages, and of Python 2, in the place of Python's: ``null``, ``Math.floor``, ``xrange``."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from mge_toolkit.retry.fixes.python_names.analysis.forms import filled, needed
from mge_toolkit.retry.fixes.python_names.analysis.places import use_edits
from mge_toolkit.retry.fixes.python_names.analysis.program import Program
from mge_toolkit.retry.fixes.python_names.analysis.scopes import Use
from mge_toolkit.retry.fixes.python_names.analysis.source import Edit
from mge_toolkit.retry.fixes.python_names.resolution import Resolution

_NAN, _INFINITY = "float('nan')", "float('inf')"

# What a word stands for; where there are several, the most usual one first.
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(
        ("null", "nil", "NULL", "undefined", "none", "NONE", "nullptr", "Null", "Nil"), ("None",)
    ),
    **dict.fromkeys(("void", "Void", "unit"), ("None",)),
    **dict.fromkeys(("true", "TRUE", "YES", "yes"), ("True",)),
    **dict.fromkeys(("false", "FALSE", "NO", "no"), ("False",)),
    **dict.fromkeys(("NaN", "NAN", "nan"), (_NAN,)),
    **dict.fromkeys(("Infinity", "INFINITY", "INF", "Inf", "infinity", "infinite"), (_INFINITY,)),
    **dict.fromkeys(("INT_MAX", "MAX_INT", "maxint", "LONG_MAX"), (_INFINITY, "(2**31 - 1)")),
    **dict.fromkeys(("INT_MIN", "MIN_INT", "LONG_MIN"), ("float('-inf')", "(-2**31)")),
    **dict.fromkeys(("parseInt", "atoi", "stoi", "toInt", "to_i", "Int", "Integer", "integer"), ("int",)),
    **dict.fromkeys(("parseFloat", "Number", "atof", "stod"), ("float", "int")),
    **dict.fromkeys(("Float", "Double", "double", "Decimal64"), ("float",)),
    **dict.fromkeys(("println", "printf", "puts", "echo", "printLn", "cout", "fprintf", "alert"), ("print",)),
    **dict.fromkeys(("strlen", "length", "size", "Length", "sizeof", "count"), ("len",)),
    **dict.fromkeys(
        ("String", "string", "toString", "to_string", "to_s", "char", "Char", "varchar"), ("str",)
    ),
    **dict.fromkeys(("Boolean", "boolean", "Bool"), ("bool",)),
    **dict.fromkeys(("Array", "ArrayList", "Vector", "vector", "LinkedList", "array"), ("list",)),
    **dict.fromkeys(("HashMap", "Map", "Object", "Dictionary", "Hash", "TreeMap", "hashmap"), ("dict",)),
    **dict.fromkeys(("HashSet", "TreeSet", "Set"), ("set",)),
    **dict.fromkeys(("sort", "sort_by", "Sort"), ("sorted",)),
    **dict.fromkeys(("reverse", "Reverse"), ("reversed",)),
    **dict.fromkeys(("absolute", "fabs", "Abs"), ("abs",)),
    **dict.fromkeys(("maximum", "Max"), ("max",)),
    **dict.fromkeys(("minimum", "Min"), ("min",)),
    **dict.fromkeys(("summation", "total", "Sum"), ("sum",)),
    "xrange": ("range",),
    "unicode": ("str",),
    "raw_input": ("input",),
    "basestring": ("str",),
    "long": ("int",),
    "unichr": ("chr",),
    "file": ("open",),
    "izip": ("zip",),
    "imap": ("map",),
    "ifilter": ("filter",),
}

# What is called with other arguments than the word for it in Python; {0} is the first argument, {rest} all others.
_CALLS: Final[Mapping[str, str]] = {
    "cmp": "(({0} > {1}) - ({0} < {1}))",
    "apply": "{0}(*{1})",
    "Object.keys": "list({0})",
    "Object.values": "list({0}.values())",
    "Object.entries": "list({0}.items())",
    "Array.isArray": "isinstance({0}, list)",
    "Number.isInteger": "isinstance({0}, int)",
    "Math.trunc": "int({0})",
    "Arrays.sort": "{0}.sort()",
    "Collections.sort": "{0}.sort()",
    "Collections.reverse": "{0}.reverse()",
    "Arrays.asList": "[{all}]",
    "List.of": "[{all}]",
    "String.join": "{0}.join({1})",
    "Character.isDigit": "{0}.isdigit()",
    "Character.isLetter": "{0}.isalpha()",
    "Character.isLetterOrDigit": "{0}.isalnum()",
    "Character.isUpperCase": "{0}.isupper()",
    "Character.isLowerCase": "{0}.islower()",
    "Character.toLowerCase": "{0}.lower()",
    "Character.toUpperCase": "{0}.upper()",
    "Math.random": "random.random()",
    "Date.now": "(time.time() * 1000)",
}

_MEMBERS: Final[Mapping[str, str]] = {
    **{f"Math.{name}": name for name in ("abs", "max", "min", "round", "pow", "sum")},
    **{
        f"Math.{name}": f"math.{name}"
        for name in ("floor", "ceil", "sqrt", "log", "log2", "log10", "sin", "cos", "tan", "exp", "cbrt")
    },
    **{f"Math.{name}": f"math.{name}" for name in ("atan2", "hypot", "asin", "acos", "atan", "gcd")},
    "Math.PI": "math.pi",
    "Math.E": "math.e",
    "console.log": "print",
    "console.error": "print",
    "console.info": "print",
    "console.warn": "print",
    "System.out.println": "print",
    "System.out.print": "print",
    "fmt.Println": "print",
    "std.cout": "print",
    "JSON.stringify": "json.dumps",
    "JSON.parse": "json.loads",
    "Array.from": "list",
    "String.fromCharCode": "chr",
    "String.valueOf": "str",
    "Integer.toString": "str",
    "Integer.parseInt": "int",
    "Integer.valueOf": "int",
    "Long.parseLong": "int",
    "Double.parseDouble": "float",
    "Number.parseInt": "int",
    "Number.parseFloat": "float",
    "Number.isNaN": "math.isnan",
    "Integer.MAX_VALUE": _INFINITY,
    "Number.MAX_VALUE": _INFINITY,
    "Number.POSITIVE_INFINITY": _INFINITY,
    "Number.MAX_SAFE_INTEGER": _INFINITY,
    "Long.MAX_VALUE": _INFINITY,
    "Integer.MIN_VALUE": "float('-inf')",
    "Number.MIN_VALUE": "float('-inf')",
    "Number.NEGATIVE_INFINITY": "float('-inf')",
    "Number.MIN_SAFE_INTEGER": "float('-inf')",
}
_IMPORTED: Final = ("math", "json", "random", "time")
_RECEIVERS: Final = ("this", "self", "my", "slf", "me")


def resolve(program: Program, name: str, uses: Sequence[Use]) -> Iterable[Resolution]:
    """Yield what ``name`` is in Python: one repair for all its uses, more where it may mean several things."""
    if name in _RECEIVERS:
        yield from _receiver(program, name, uses)
    most = max((len(_meanings(use)) for use in uses), default=0)
    for rank in range(most):
        edits: list[Edit] = []
        imports: list[str] = []
        for use in uses:
            meanings = _meanings(use)
            if meanings:
                edits += _edits(program, use, meanings[min(rank, len(meanings) - 1)], imports)
        yield Resolution(
            explanation=f"wrote '{name}' on line {uses[0].node.lineno} as Python does",
            confidence=_confidence(name) - 0.15 * rank,
            edits=tuple(edits),
            imports=tuple(dict.fromkeys(imports)),
        )


def _confidence(name: str) -> float:
    """Return how likely a word is that of another language: some are ordinary names, too."""
    return 0.75 if name in ("no", "yes", "count", "size", "total", "unit", "array", "char", "file") else 0.94


def _receiver(program: Program, name: str, uses: Sequence[Use]) -> Iterable[Resolution]:
    """Yield the method's own first parameter for ``this`` and its kin."""
    firsts = []
    for use in uses:
        method = use.scope.method()
        parameters = [] if method is None else [*method.args.posonlyargs, *method.args.args]
        if not parameters or parameters[0].arg == name:
            return
        firsts.append(parameters[0].arg)
    edits = [
        edit
        for use, first in zip(uses, firsts, strict=True)
        for edit in use_edits(program.source, use, first)
    ]
    yield Resolution(
        explanation=f"replaced '{name}' by '{firsts[0]}' on line {uses[0].node.lineno}",
        confidence=0.95 if all(use.attribute is not None for use in uses) else 0.6,
        edits=tuple(edits),
    )


def _meanings(use: Use) -> list[tuple[ast.expr, str]]:
    """Return the expressions that may be rewritten for a use, each with its Python."""
    node: ast.expr = use.node
    dotted = use.name
    found: list[tuple[ast.expr, str]] = []
    for parent in use.parents:
        if isinstance(parent, ast.Attribute) and parent.value is node:
            dotted, node = f"{dotted}.{parent.attr}", parent
            if dotted in _MEMBERS:
                found.append((parent, _MEMBERS[dotted]))
        elif isinstance(parent, ast.Call) and parent.func is node and dotted in _CALLS:
            found.append((parent, _CALLS[dotted]))
        else:
            break
    if found or use.attribute is not None:
        return found
    return [(use.node, word) for word in _WORDS.get(use.name, ())]


def _edits(program: Program, use: Use, meaning: tuple[ast.expr, str], imports: list[str]) -> list[Edit]:
    node, text = meaning
    source = program.source
    module = text.lstrip("(").partition(".")[0]
    if module in _IMPORTED and module not in program.module.bindings and module not in program.outer.names:
        imports.append(f"import {module}")
    if node is use.node:
        return use_edits(source, use, text)
    if not isinstance(node, ast.Call):
        return [source.replaced(node, text)]
    arguments = [source.of(argument) for argument in node.args]
    if node.keywords or needed(text) not in (None, len(arguments)):
        return []
    return [source.replaced(node, filled(text, arguments))]
