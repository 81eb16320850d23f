"""What a JavaScript or TypeScript candidate may not do to the plan's program, and what it may not reach for."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from typing import Final

from tree_sitter import Node

from mge_toolkit.core.plans import Atom
from mge_toolkit.retry.gate.given import Given
from mge_toolkit.retry.gate.javascript.material import is_same
from mge_toolkit.retry.gate.javascript.script import Function, Script
from mge_toolkit.retry.gate.javascript.syntax import NOTHING, constant, line_of, text_of

_SIMILAR: Final = 0.6
_FEW: Final = 4
_ENDS: Final = "ends the program early"
_LOOKS: Final = "looks at the call stack or at what the check holds"
_READS: Final = "reads files or the environment"
_RUNS: Final = "runs code that is made from text"
_REACHED: Final = {
    **dict.fromkeys(
        (
            "process.exit",
            "process.abort",
            "process.kill",
            "process.reallyExit",
            "process.exitCode",
            "Deno.exit",
            "Deno.exitCode",
            "Deno.kill",
            "self.close",
            "globalThis.close",
        ),
        _ENDS,
    ),
    **dict.fromkeys(
        (
            "Error.prepareStackTrace",
            "Error.captureStackTrace",
            "arguments.callee",
            "arguments.caller",
            "?.stack",
            "?.callee",
            "require.cache",
            "process.binding",
            "process.mainModule",
            "import inspector",
            "import v8",
            "import vm",
            "import module",
        ),
        _LOOKS,
    ),
    **dict.fromkeys(
        (
            "import fs",
            "import fs/promises",
            "Deno.readTextFile",
            "Deno.readTextFileSync",
            "Deno.readFile",
            "Deno.readFileSync",
            "Deno.readDir",
            "Deno.open",
            "Deno.openSync",
            "Deno.env",
            "process.env",
            "process.argv",
            "Deno.args",
            "__filename",
            "Deno.mainModule",
        ),
        _READS,
    ),
    **dict.fromkeys(
        ("import child_process", "Deno.Command", "Deno.run", "import worker_threads", "import cluster"),
        "starts a process",
    ),
    **dict.fromkeys(("eval", "Function"), _RUNS),
    **dict.fromkeys(("Atomics.wait",), "sleeps"),
    **dict.fromkeys(
        ("test.skip", "it.skip", "describe.skip", "xit", "xtest", "xdescribe", "Deno.test.ignore"),
        "marks a test as skipped",
    ),
}
_GLOBAL: Final = frozenset(
    {
        "console",
        "assert",
        "JSON",
        "Math",
        "Object",
        "Array",
        "Number",
        "String",
        "Boolean",
        "Function",
        "Error",
        "AssertionError",
        "Symbol",
        "Reflect",
        "Promise",
        "Map",
        "Set",
        "RegExp",
        "Date",
        "globalThis",
        "window",
        "self",
        "process",
        "Deno",
        "BigInt",
        "Proxy",
        "Function.prototype",
    }
)
_DEFINES: Final = ("defineProperty", "defineProperties", "setPrototypeOf", "__defineGetter__")
_SILENCED: Final = re.compile(r"@ts-(?:ignore|nocheck|expect-error)")
_SAYING_YES: Final = re.compile(r"\b(?:valueOf|toString|toJSON|equals)\b|Symbol\.toPrimitive")


def weakened(before: Script, after: Script) -> str | None:
    """Return which assertion or throw of ``before`` is missing or changed, or ``None``."""
    left = Counter((demand.what, demand.shape) for demand in after.demands)
    counts = Counter(demand.what for demand in after.demands)
    needed = Counter(demand.what for demand in before.demands)
    for demand in before.demands:
        if left[demand.what, demand.shape] > 0:
            left[demand.what, demand.shape] -= 1
        elif counts[demand.what] < needed[demand.what]:
            return f"deletes or disables {demand.what} on line {demand.line}"
        elif demand.what == "the assertion":
            return f"changes the assertion on line {demand.line}"
    if len(after.swallowing) > len(before.swallowing):
        line, what = max(after.swallowing) if before.swallowing else min(after.swallowing)
        return f"{what} on line {line}"
    return None


def changed_signature(given: Given, before: Script, after: Script) -> str | None:
    """Return which function or class of ``before`` others can no longer use in ``after``, or ``None``.

    Parameters are passed by place: what they are called is nobody's business.
    """
    for name in before.classes:
        if name not in after.classes and _is_missing(given, before, after, name):
            return f"removes the class '{name}'"
    for name, old in before.functions.items():
        new = after.functions.get(name)
        if new is None:
            if _is_missing(given, before, after, name):
                return f"removes the function '{name}'"
            continue
        if _is_helper(name, given, before):
            continue
        rest = any(parameter.startswith("...") for parameter in new.parameters)
        if len(new.parameters) < len(old.parameters) and not rest:
            gone = [p for p in old.parameters if p not in new.parameters] or old.parameters[-1:]
            return f"removes the parameter '{gone[0]}' of '{name}'"
        if sorted(old.parameters) == sorted(new.parameters) and old.parameters != new.parameters:
            return f"reorders the parameters of '{name}'"
        required = old.optional & (set(new.parameters) - new.optional)
        if required:
            return f"removes the default of the parameter '{min(required)}' of '{name}'"
    return None


def _is_helper(name: str, given: Given, before: Script) -> bool:
    last = name.rpartition(".")[2]
    return last in before.calls and last not in given.uses


def _is_missing(given: Given, before: Script, after: Script, name: str) -> bool:
    """Return whether somebody may look for ``name``: it is no mere helper, and not under its right name now."""
    last = name.rpartition(".")[2]
    others = {other.rpartition(".")[2] for other in (*after.functions, *after.classes)} | after.nested
    if last in others:
        return False
    if last in given.uses:
        return True
    if last.startswith(("_", "#")) or _is_helper(name, given, before):
        return False
    fresh = others - {other.rpartition(".")[2] for other in (*before.functions, *before.classes)}
    return not (fresh & (given.uses | before.calls)) and not difflib.get_close_matches(
        last, fresh, 1, _SIMILAR
    )


def gutted(before: Script, after: Script) -> str | None:
    """Return which function of ``before`` computes nothing any more in ``after``, or ``None``."""
    for name, old in before.functions.items():
        new = after.functions.get(name)
        if new is None:
            continue
        if (
            _computes(old.body)
            and not _computes(new.body)
            and not _gives_the_same(before, old.body, new.body)
        ):
            return f"replaces the body of '{name}' with a constant on line {line_of(new.node)}"
        if _reads(old) and not _reads(new):
            return f"no longer uses the parameters of '{name}' on line {line_of(new.node)}"
        if _mostly_deleted(old.body, new.body):
            return f"deletes most of the statements of '{name}'"
    for name, node in before.classes.items():
        twin = after.classes.get(name)
        body = None if twin is None else twin.child_by_field_name("body")
        old_body = node.child_by_field_name("body")
        if body is not None and not body.named_children and old_body is not None and old_body.named_children:
            return f"empties the class '{name}'"
    return None


def _gives_the_same(before: Script, old: Node | None, new: Node | None) -> bool:
    """Return whether functions of a single statement give the same constant, misnamed before."""
    was, now = _single(old), _single(new)
    return was is not None and now is not None and is_same(before.root, was, now)


def _single(body: Node | None) -> Node | None:
    """Return all that a function gives where it does nothing else."""
    if body is None or body.type != "statement_block":
        return body
    statements = [child for child in body.named_children if child.type not in ("comment", "empty_statement")]
    if len(statements) != 1 or statements[0].type != "return_statement":
        return None
    return next(iter(statements[0].named_children), None)


def _computes(body: Node | None) -> bool:
    """Return whether a body does anything that could depend on something."""
    if body is None:
        return False
    if body.type != "statement_block":
        return constant(body) is NOTHING
    bound: set[str] = set()
    for statement in body.named_children:
        if statement.type in ("comment", "empty_statement"):
            continue
        if statement.type == "return_statement":
            value = statement.named_children[0] if statement.named_children else None
            return not (value is None or constant(value) is not NOTHING or text_of(value) in bound)
        if statement.type in ("lexical_declaration", "variable_declaration"):
            parts = [p for p in statement.named_children if p.type == "variable_declarator"]
            if all(constant(p.child_by_field_name("value")) is not NOTHING for p in parts):
                bound.update(text_of(p.child_by_field_name("name")) for p in parts)
                continue
        return True
    return False


def _reads(function: Function) -> bool:
    """Return whether a function reads its parameters; one that has none counts as reading nothing."""
    words = set(re.findall(r"[A-Za-z_$][\w$]*", " ".join(function.parameters)))
    return bool(words & set(re.findall(r"[A-Za-z_$][\w$]*", text_of(function.body)))) or (
        "arguments" in text_of(function.body)
    )


def _mostly_deleted(was: Node | None, now: Node | None) -> bool:
    """Return whether more than half of the statements are gone and none came."""
    old, new = _statements(was), _statements(now)
    total = sum(old.values())
    return total >= _FEW and sum((old - new).values()) > total / 2 and not any(new - old)


def _statements(body: Node | None) -> Counter[str]:
    found: Counter[str] = Counter()
    stack = [] if body is None else [body]
    if body is not None and body.type != "statement_block":
        found["" if constant(body) is not NOTHING else text_of(body)] += 1
    while stack:
        node = stack.pop()
        is_leaf = not any(child.type == "statement_block" for child in node.named_children)
        if node.type.endswith(("_statement", "_declaration")) and is_leaf:
            value = node.named_children[0] if node.named_children else None
            idle = node.type == "return_statement" and (value is None or constant(value) is not NOTHING)
            found["" if idle else "".join(text_of(node).split())] += 1
        stack.extend(node.named_children)
    return found


def tampered(atom: Atom, given: Given, before: Script, after: Script) -> str | None:
    """Return what ``after`` reaches for or replaces that ``before`` did not, or ``None``."""
    for path, line in after.uses.items():
        meaning = _meaning(path)
        name = path.rpartition(".")[2].rpartition(" ")[2]
        if meaning is None or path in before.uses or before.names[name] >= max(after.names[name], 1):
            continue
        own = path.partition(".")[0] in after.bound and not path.startswith("import ")
        if own or (meaning == _READS and atom.files):
            continue
        return f"{meaning} ({path.removeprefix('?.')}) on line {line}"
    for path, line in after.stores.items():
        if path not in before.stores and _is_foreign(path, after):
            return f"replaces {path} on line {line}"
    return _redefined(given, before, after) or _silenced(before, after)


def _meaning(path: str) -> str | None:
    found = _REACHED.get(path)
    while found is None and "." in path:
        path = path.rpartition(".")[0]
        found = _REACHED.get(path)
    return found


def _is_foreign(path: str, script: Script) -> bool:
    first, _, rest = path.partition(".")
    if first in script.bound:
        return False
    return (first in _GLOBAL and not path.startswith("process.exitCode")) or rest.startswith("prototype.")


def _redefined(given: Given, before: Script, after: Script) -> str | None:
    """Refuse definitions that take the place of what the check relies on."""
    for name, line in after.bound.items():
        if name in before.bound:
            continue
        if name in _GLOBAL and name != "assert":
            return f"replaces {name} on line {line}"
        if name in given.names and not before.names[name]:
            return f"defines '{name}' on line {line}, which the check defines itself"
    for name in _DEFINES:
        if after.names[name] > before.names[name]:
            return f"replaces what objects are ({name}) on line {after.uses.get(f'?.{name}', 1)}"
    for name, function in after.functions.items():
        if name not in before.functions and _SAYING_YES.search(name) and not _computes(function.body):
            return f"defines '{name}' on line {line_of(function.node)} so that comparisons hold"
    return None


def _silenced(before: Script, after: Script) -> str | None:
    """Refuse comments that keep the type checker from looking."""
    known = sum(bool(_SILENCED.search(text)) for _, text in before.comments)
    found = [(line, text) for line, text in after.comments if _SILENCED.search(text)]
    return f"silences the type checker on line {found[-1][0]}" if len(found) > known else None


def loses_result(before: Script, after: Script) -> str | None:
    """Refuse a ``result`` that was computed and is now a constant."""
    old, new = _last_result(before.root), _last_result(after.root)
    if old is None or new is None or constant(old) is not NOTHING or constant(new) is NOTHING:
        return None
    if is_same(before.root, old, new):
        return None
    return f"binds 'result' to a constant on line {line_of(new)}, instead of computing it"


def _last_result(root: Node) -> Node | None:
    found: Node | None = None
    stack = [child for statement in root.named_children for child in (statement, *statement.named_children)]
    for node in stack:
        name = node.child_by_field_name("name") or node.child_by_field_name("left")
        value = node.child_by_field_name("value") or node.child_by_field_name("right")
        if node.type in ("variable_declarator", "assignment_expression") and text_of(name) == "result":
            found = value
    return found
