"""Reads the calls off a JavaScript or TypeScript check, and writes a check that makes others and tells of them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Final

from tree_sitter import Node

from mge_toolkit.retry.gate.javascript.script import read
from mge_toolkit.retry.gate.javascript.syntax import NOTHING, constant, dotted, parsed, text_of, unwrapped
from mge_toolkit.retry.probing.variations import Call, Value

_LONGEST: Final = 2_000
_TELLING: Final = """
;{{ const tell = (number, call) => {{
  let text;
  try {{ text = JSON.stringify(call()); }} catch {{ return; }}
  if (text !== undefined) console.log("\\n{mark}" + number + " " + text.slice(0, {longest}));
}};
"""


def calls_in(check: str, code: str, *, typescript: bool) -> list[Call]:
    """Return the calls of the code's own functions that a check makes with constants, in order, each once."""
    program = read(code, typescript)
    own = {name for name in (*program.functions, *program.classes, *program.bound) if "." not in name}
    calls: dict[str, Call] = {}
    stack = [parsed(check, typescript)]
    while stack:
        node = stack.pop()
        if node.type == "call_expression" and (call := _call(node, own)) is not None:
            calls.setdefault(repr(call), call)
        stack.extend(reversed(node.named_children))
    return list(calls.values())


def asking(check: str, calls: Sequence[Call], mark: str) -> str:
    """Return ``check`` with ``calls`` behind it, the outcomes of which are written to standard output."""
    lines = [
        f"tell({number}, () => {call.callee}({', '.join(map(_source, call.arguments))}));"
        for number, call in enumerate(calls)
    ]
    return "\n".join((check, _TELLING.format(longest=_LONGEST, mark=mark), *lines, "}", ""))


def _call(node: Node, own: set[str]) -> Call | None:
    callee, group = unwrapped(node.child_by_field_name("function")), node.child_by_field_name("arguments")
    path = dotted(callee)
    if callee is None or group is None or path is None or path.partition(".")[0] not in own:
        return None
    values = tuple(constant(argument) for argument in group.named_children)
    if not values or NOTHING in values or any(_is_unclear(value) for value in values):
        return None
    return Call(callee=text_of(callee), arguments=values)


def _is_unclear(value: Value) -> bool:
    return any(isinstance(one, float) and not math.isfinite(one) for one in _parts(value))


def _parts(value: Value) -> Iterator[Value]:
    yield value
    if isinstance(value, list | dict):
        for one in value if isinstance(value, list) else value.values():
            yield from _parts(one)


def _source(value: Value) -> str:
    return json.dumps(value)
