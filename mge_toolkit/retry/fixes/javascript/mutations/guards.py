"""Values that are missing: guards against null and undefined, defaults, empty inputs."""

from __future__ import annotations

from collections.abc import Iterator

from mge_toolkit.retry.fixes.javascript.mutations.ground import Ground, Mutation, put, wrapped
from mge_toolkit.retry.fixes.javascript.source.edits import change, insertion, replacement
from mge_toolkit.retry.fixes.javascript.source.parsing import FUNCTIONS, text_of


def nulls(ground: Ground) -> Iterator[Mutation]:
    """Yield guards where the program failed on null or undefined."""
    if ground.case.failure.kind not in ("null", "type"):
        return
    for node in ground.of("member_expression", "subscript_expression"):
        owner = node.child_by_field_name("object")
        if owner is None or node.start_point.row + 1 not in ground.suspects:
            continue
        assigned = node.parent is not None and node.parent.type.endswith("assignment_expression")
        if node.type == "member_expression":
            mark = next((child for child in node.children if child.type == "."), None)
            if mark is not None and not assigned:
                yield change(replacement(mark.start_byte, mark.end_byte, "?.", "guarded against null")), 0.35
        elif not assigned:
            yield change(insertion(owner.end_byte, "?.", "guarded against null")), 0.45
        if owner.type != "this" and not assigned:
            for empty, cost in (("[]", 0.4), ("''", 0.6), ("{}", 0.65)):
                yield wrapped(owner, "(", f" ?? {empty})", f"put {empty} in place of null"), cost


def defaults(ground: Ground) -> Iterator[Mutation]:
    """Yield a first value for what is counted or collected under a key that may not be there yet."""
    for node in ground.of("augmented_assignment_expression"):
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None or left.type != "subscript_expression":
            continue
        name, value = text_of(left), text_of(right)
        yield put(node, f"{name} = ({name} || 0) + {value}", f"let '{name}' begin at 0"), 0.3
    for node in ground.of("update_expression"):
        target = node.child_by_field_name("argument")
        if target is not None and target.type == "subscript_expression":
            name = text_of(target)
            yield put(node, f"{name} = ({name} || 0) + 1", f"let '{name}' begin at 0"), 0.3
    for node in ground.of("call_expression"):
        function = node.child_by_field_name("function")
        owner = None if function is None else function.child_by_field_name("object")
        member = "" if function is None else text_of(function.child_by_field_name("property"))
        if member == "push" and owner is not None and owner.type == "subscript_expression":
            note = f"let '{text_of(owner)}' begin empty"
            yield put(owner, f"({text_of(owner)} ??= [])", note), 0.35
        if member == "get":
            for text, cost in ((" ?? 0", 0.5), (" ?? []", 0.7)):
                yield wrapped(node, "(", f"{text})", f"added '{text.strip()}'"), cost
        if member == "match":
            yield wrapped(node, "(", " ?? [])", "put an empty array in place of null"), 0.6
        if member == "reduce" and node.child_by_field_name("arguments") is not None:
            arguments = node.child_by_field_name("arguments")
            if arguments is not None and arguments.named_child_count == 1:
                for start, cost in (("0", 0.4), ("1", 0.7), ("[]", 0.8), ("{}", 0.8), ("''", 0.8)):
                    place = insertion(
                        arguments.named_children[0].end_byte, f", {start}", f"began with {start}"
                    )
                    yield change(place), cost


def empties(ground: Ground) -> Iterator[Mutation]:
    """Yield an answer for an empty input at the beginning of functions."""
    for scope in ground.scopes.scopes:
        if scope.node.type not in FUNCTIONS:
            continue
        body = scope.node.child_by_field_name("body")
        if body is None or body.type != "statement_block":
            continue
        first = next((binding.name for binding in scope.names.values() if binding.kind == "param"), None)
        if first is None:
            continue
        note = f"answered at once where '{first}' is empty"
        for value in ("[]", "0", "''", "null", "false", "true", first):
            text = f"\nif ({first}.length === 0) return {value};"
            yield change(insertion(body.start_byte + 1, text, note)), 1.2
