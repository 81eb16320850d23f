"""Methods and properties that a value does not have in Python, though it does in other languages."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from mge_toolkit.retry.fixes.python_names.analysis.classes import TYPES, classes, members
from mge_toolkit.retry.fixes.python_names.analysis.evidence import Trouble
from mge_toolkit.retry.fixes.python_names.analysis.forms import filled, needed
from mge_toolkit.retry.fixes.python_names.analysis.program import Program
from mge_toolkit.retry.fixes.python_names.analysis.source import Edit
from mge_toolkit.retry.fixes.python_names.resolution import Question, Resolution

# {v} is the value, {0} and {1} are the arguments, {all} all of them. Forms with arguments need exactly those.
_PROPERTIES: Final[Mapping[str, str]] = dict.fromkeys(
    ("length", "size", "len", "count", "Length", "Count"), "len({v})"
)

_CALLS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("length", "size", "len", "count", "__length__"), ("len({v})",)),
    **dict.fromkeys(
        ("push", "push_back", "append", "add", "add_last", "addLast"), ("{v}.append({0})", "{v}.add({0})")
    ),
    **dict.fromkeys(("enqueue", "offer", "insert", "put"), ("{v}.append({0})", "{v}.add({0})")),
    **dict.fromkeys(
        ("unshift", "push_front", "addFirst", "offerFirst"), ("{v}.insert(0, {0})", "{v}.appendleft({0})")
    ),
    **dict.fromkeys(("appendleft",), ("{v}.insert(0, {0})",)),
    **dict.fromkeys(
        ("shift", "pop_front", "dequeue", "poll", "popleft", "pollFirst"), ("{v}.pop(0)", "{v}.popleft()")
    ),
    **dict.fromkeys(("pop_back", "removeLast", "pollLast"), ("{v}.pop()",)),
    **dict.fromkeys(("peek", "top", "back", "last"), ("{v}[-1]", "{v}[0]")),
    **dict.fromkeys(("front", "first"), ("{v}[0]",)),
    **dict.fromkeys(("empty", "isEmpty", "is_empty"), ("(not {v})", "(len({v}) == 0)")),
    **dict.fromkeys(
        ("toUpperCase", "uppercase", "to_upper", "toUpper", "upcase", "upper_case"), ("{v}.upper()",)
    ),
    **dict.fromkeys(
        ("toLowerCase", "lowercase", "to_lower", "toLower", "downcase", "lower_case"), ("{v}.lower()",)
    ),
    **dict.fromkeys(("trim", "chomp"), ("{v}.strip()",)),
    **dict.fromkeys(("trimStart", "trimLeft", "ltrim"), ("{v}.lstrip()",)),
    **dict.fromkeys(("trimEnd", "trimRight", "rtrim"), ("{v}.rstrip()",)),
    **dict.fromkeys(("startsWith", "starts_with", "hasPrefix", "beginsWith"), ("{v}.startswith({0})",)),
    **dict.fromkeys(("endsWith", "ends_with", "hasSuffix"), ("{v}.endswith({0})",)),
    **dict.fromkeys(("indexOf", "search", "index_of", "find"), ("{v}.find({0})", "{v}.index({0})")),
    **dict.fromkeys(("lastIndexOf",), ("{v}.rfind({0})",)),
    **dict.fromkeys(("charAt", "at", "elementAt", "nth"), ("{v}[{0}]",)),
    **dict.fromkeys(("charCodeAt", "codePointAt"), ("ord({v}[{0}])",)),
    **dict.fromkeys(
        ("contains", "includes", "has", "has_key", "containsKey", "hasOwnProperty"), ("({0} in {v})",)
    ),
    **dict.fromkeys(("include", "exists", "contain", "__contain__"), ("({0} in {v})",)),
    **dict.fromkeys(("containsValue",), ("({0} in {v}.values())",)),
    **dict.fromkeys(("replaceAll", "gsub"), ("{v}.replace({all})",)),
    **dict.fromkeys(("iteritems", "viewitems", "entries", "entrySet"), ("{v}.items()",)),
    **dict.fromkeys(("itervalues", "viewvalues"), ("{v}.values()",)),
    **dict.fromkeys(("iterkeys", "viewkeys", "keySet"), ("{v}.keys()",)),
    **dict.fromkeys(("sorted", "sort", "toSorted"), ("sorted({v})",)),
    **dict.fromkeys(("reversed", "reverse", "toReversed"), ("{v}[::-1]", "list(reversed({v}))")),
    **dict.fromkeys(("sum", "max", "min", "abs", "round", "any", "all"), ()),
    **dict.fromkeys(
        ("concat", "extend", "addAll", "push_all"), ("({v} + {0})", "{v}.extend({0})", "{v}.update({0})")
    ),
    **dict.fromkeys(("equals", "isEqual", "equal"), ("({v} == {0})",)),
    **dict.fromkeys(("equalsIgnoreCase",), ("({v}.lower() == {0}.lower())",)),
    **dict.fromkeys(("compareTo",), ("(({v} > {0}) - ({v} < {0}))",)),
    **dict.fromkeys(("toString", "to_string", "to_s"), ("str({v})",)),
    **dict.fromkeys(("toFixed",), ("format({v}, '.{0}f')",)),
    **dict.fromkeys(("join",), ("{0}.join({v})",)),
    **dict.fromkeys(("map",), ("list(map({0}, {v}))",)),
    **dict.fromkeys(("filter",), ("list(filter({0}, {v}))",)),
    **dict.fromkeys(("forEach", "each"), ("[{0}(item) for item in {v}]",)),
    **dict.fromkeys(("every",), ("all(map({0}, {v}))",)),
    **dict.fromkeys(("some",), ("any(map({0}, {v}))",)),
    **dict.fromkeys(("isDigit", "is_digit", "isnum", "isnumber", "is_numeric"), ("{v}.isdigit()",)),
    **dict.fromkeys(("isAlpha", "isLetter", "is_alpha"), ("{v}.isalpha()",)),
    **dict.fromkeys(("isUpperCase", "is_upper"), ("{v}.isupper()",)),
    **dict.fromkeys(("isLowerCase", "is_lower"), ("{v}.islower()",)),
    **dict.fromkeys(("getOrDefault", "fetch"), ("{v}.get({all})",)),
    **dict.fromkeys(("delete", "erase", "del"), ("{v}.remove({0})", "{v}.pop({0})", "{v}.discard({0})")),
    **dict.fromkeys(("remove", "discard"), ("{v}.discard({0})", "{v}.remove({0})", "{v}.pop({0})")),
    **dict.fromkeys(("toArray", "tolist", "to_list", "toList", "copy", "clone"), ("list({v})",)),
    **dict.fromkeys(("format_string", "formatted"), ("{v}.format({all})",)),
    "decode": ("{v}",),
    "encode": ("{v}",),
}
# ``substring(a, b)`` has as many forms as arguments.
_BY_COUNT: Final[Mapping[tuple[str, int], tuple[str, ...]]] = {
    **{(name, 1): ("{v}[{0}:]",) for name in ("substring", "substr", "slice", "subString", "subList", "sub")},
    **{(name, 2): ("{v}[{0}:{1}]",) for name in ("substring", "slice", "subString", "subList", "sub")},
    ("substr", 2): ("{v}[{0}:{0} + {1}]",),
    ("get", 1): ("{v}[{0}]",),
    ("get", 2): ("({v}[{0}] if 0 <= {0} < len({v}) else {1})",),
    ("put", 2): ("{v}.__setitem__({0}, {1})",),
    ("set", 2): ("{v}.__setitem__({0}, {1})",),
    ("insert", 2): ("{v}.add({1})", "{v}.__setitem__({0}, {1})"),
}
_KNOWN: Final = frozenset(name for kind in TYPES.values() for name in dir(kind))
_FUNCTIONS: Final = (
    "sum",
    "max",
    "min",
    "abs",
    "round",
    "any",
    "all",
    "len",
    "sorted",
    "set",
    "list",
)
_FUNCTIONS_TOO: Final = (
    "tuple",
    "int",
    "str",
    "float",
    "enumerate",
    "zip",
    "map",
    "filter",
    "range",
    "print",
    "ord",
)


def propose(question: Question) -> Iterable[Resolution]:
    """Yield what the attribute is in Python, for every place in the code that uses it."""
    if question.trouble is not Trouble.ATTRIBUTE or question.evidence.of in classes(question.program):
        return
    program, name, kind = question.program, question.subject, TYPES.get(question.evidence.of)
    nodes = [(node, call) for node, call in taken(program, name) if not _of_own_class(program, node)]
    failing = [(node, call) for node, call in nodes if question.on_failing_line(node)]
    others = _further(program, name)
    for group, less in ((nodes, 0.0), (failing, 0.1)):
        most = max((len(_forms(node, call, kind)) for node, call in group), default=0)
        for rank in range(most):
            edits = _edits(program, group, kind, rank)
            this = Resolution(
                explanation=f"wrote '.{name}' on line {group[0][0].lineno} as Python does",
                confidence=0.93 - less - 0.08 * rank,
                edits=edits,
            )
            yield from this.with_and_without(others)


def _further(program: Program, name: str) -> list[Resolution]:
    """Return the repairs of other attributes that no built-in type has and that the program does not define."""
    defined = {member for owner in classes(program).values() for member in members(program, owner)}
    foreign = (_CALLS.keys() | _PROPERTIES.keys()) - _KNOWN - defined - {name}
    found = []
    for other in sorted(
        {node.attr for node in ast.walk(program.tree) if isinstance(node, ast.Attribute)} & foreign
    ):
        places = taken(program, other)
        edits = _edits(program, places, None, 0)
        if edits:
            said = f"wrote '.{other}' on line {places[0][0].lineno} as Python does"
            found.append(Resolution(explanation=said, confidence=0.9, edits=edits))
    return found


def taken(program: Program, name: str) -> list[tuple[ast.Attribute, ast.Call | None]]:
    """Return where the attribute ``name`` is taken, with the call of it where it is called."""
    calls = {node.func: node for node in ast.walk(program.tree) if isinstance(node, ast.Call)}
    return [
        (node, calls.get(node))
        for node in ast.walk(program.tree)
        if isinstance(node, ast.Attribute) and node.attr == name and isinstance(node.ctx, ast.Load)
    ]


def _of_own_class(program: Program, node: ast.Attribute) -> bool:
    """Return whether the attribute is taken of ``self``, and a class of the program has it."""
    if not isinstance(node.value, ast.Name) or node.value.id not in ("self", "cls"):
        return False
    return any(node.attr in members(program, owner) for owner in classes(program).values())


def _forms(node: ast.Attribute, call: ast.Call | None, kind: type | None) -> list[str]:
    """Return what may be written for an attribute of a value of this kind, the most likely first."""
    if call is None:
        return [_PROPERTIES[node.attr]] if node.attr in _PROPERTIES else []
    if call.keywords or any(isinstance(argument, ast.Starred) for argument in call.args):
        return _with_keywords(node.attr)
    forms = [*_BY_COUNT.get((node.attr, len(call.args)), ()), *_CALLS.get(node.attr, ())]
    if node.attr in (*_FUNCTIONS, *_FUNCTIONS_TOO):
        rest = ", {all}" if call.args else ""
        forms.insert(0, f"{node.attr}({{v}}{rest})")
    count = len(call.args)
    fitting = [form for form in forms if needed(form) in (None, count)]
    return sorted(dict.fromkeys(fitting), key=lambda form: not _exists(form, kind))


def _with_keywords(name: str) -> list[str]:
    """Return ``sorted(v, key=...)`` for ``v.sorted(key=...)``."""
    function = "sorted" if name == "sort" else name
    return [f"{function}({{v}}, {{all}})"] if function in ("sorted", "max", "min", "sum") else []


def _exists(form: str, kind: type | None) -> bool:
    """Return whether values of ``kind`` have the method that ``form`` calls."""
    if kind is None or not form.startswith("{v}."):
        return True
    return form.removeprefix("{v}.").partition("(")[0] in dir(kind)


def _edits(
    program: Program, places: Iterable[tuple[ast.Attribute, ast.Call | None]], kind: type | None, rank: int
) -> tuple[Edit, ...]:
    """Return the edits of all places by the form of that rank, the outermost only where they are nested."""
    found: list[Edit] = []
    for node, call in places:
        forms = _forms(node, call, kind)
        if forms:
            found.extend(_written(program, node, call, forms[min(rank, len(forms) - 1)]))
    return tuple(found)


def _written(program: Program, node: ast.Attribute, call: ast.Call | None, form: str) -> Iterator[Edit]:
    """Yield the edits around the value, so that what is inside of it can be edited as well."""
    source = program.source
    arguments = [] if call is None else [source.of(part) for part in _arguments(call)]
    whole: ast.expr = node if call is None else call
    before, _, after = form.partition("{v}")
    if "{v}" in after or "{" in before:
        yield source.replaced(whole, filled(form, arguments, source.of(node.value)))
        return
    start, end = source.start(whole), source.end(node.value)
    start_of_value = source.start(node.value)
    loose = isinstance(
        node.value, ast.BinOp | ast.BoolOp | ast.UnaryOp | ast.Compare | ast.IfExp | ast.Lambda
    )
    if loose and start_of_value > start:  # it stands in parentheses, which the edit leaves out
        before, after = f"{before}(", f"){after}"
    yield Edit(start, start_of_value, before)
    yield Edit(end, source.end(whole), filled(after, arguments))


def _arguments(call: ast.Call) -> list[ast.expr | ast.keyword]:
    return [*call.args, *call.keywords]
