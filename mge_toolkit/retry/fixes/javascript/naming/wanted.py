"""Names that the check uses and the code gives otherwise: renamed, or given a second name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from mge_toolkit.retry.fixes.javascript.naming.situation import Proposal, Situation
from mge_toolkit.retry.fixes.javascript.source.builtins import GLOBALS
from mge_toolkit.retry.fixes.javascript.source.edits import Change, change, insertion, replacement
from mge_toolkit.retry.fixes.javascript.source.scopes import Binding
from mge_toolkit.retry.fixes.similarity import closest

_UNDEFINED: Final = re.compile(r"^(?P<name>[\w$]+) is not defined$")


def propose(situation: Situation) -> Iterator[Proposal]:
    """Propose the names that the code defines for those that the check asks for in vain."""
    matched = _UNDEFINED.match(situation.message)
    if matched is None or not (situation.in_check or matched["name"] in situation.wanted):
        return
    own = situation.scopes.root.names
    wanted = matched["name"]
    if wanted in own:
        return
    spare = {
        name: binding
        for name, binding in own.items()
        if name not in situation.wanted and binding.kind in ("function", "class", "const", "let", "var")
    }
    alike = closest(wanted, spare, 3)
    for name, cost in alike:
        yield _renaming(spare[name], wanted), 0.92 - 0.4 * cost
    missing = {name for name in situation.wanted if name not in own and name not in GLOBALS}
    functions = [binding for binding in spare.values() if binding.kind != "var"]
    if len(functions) == 1 and len(missing - situation.outside) == 1 and not alike:
        text = f"\nconst {wanted} = {functions[0].name};\n"
        note = f"gave '{functions[0].name}' the name '{wanted}', which the check uses, too"
        yield change(insertion(len(situation.program.source), text, note)), 0.6
    yield from _inner(situation, wanted)


def _renaming(binding: Binding, name: str) -> Change:
    """Return the renaming of a declaration and of its uses."""
    note = f"renamed '{binding.name}' to '{name}', as the check has it,"
    edits = [replacement(binding.node.start_byte, binding.node.end_byte, name, note)]
    for use in binding.uses:
        text = name
        if use.node.type == "shorthand_property_identifier":
            text = f"{binding.name}: {name}"
        edits.append(replacement(use.node.start_byte, use.node.end_byte, text, note))
    return Change(edits=tuple(edits))


def _inner(situation: Situation, wanted: str) -> Iterator[Proposal]:
    """Yield a top-level name for a method of the only class that has it as a static one."""
    for scope in situation.scopes.scopes:
        if scope.node.type != "class_body" or scope.node.parent is None:
            continue
        name = scope.node.parent.child_by_field_name("name")
        if name is None or name.text is None:
            continue
        for member in scope.node.named_children:
            key = member.child_by_field_name("name")
            static = any(child.type == "static" for child in member.children)
            if (
                member.type == "method_definition"
                and key is not None
                and key.text == wanted.encode()
                and static
            ):
                owner = name.text.decode("utf-8", "replace")
                text = f"\nconst {wanted} = {owner}.{wanted}.bind({owner});\n"
                note = f"gave '{owner}.{wanted}' the name '{wanted}', which the check uses, too"
                yield change(insertion(len(situation.program.source), text, note)), 0.6
