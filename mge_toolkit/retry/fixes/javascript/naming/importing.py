"""Modules that a program uses without importing them, or imports wrongly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from mge_toolkit.retry.fixes.javascript.naming.imported import from_imported
from mge_toolkit.retry.fixes.javascript.naming.situation import Proposal, Situation
from mge_toolkit.retry.fixes.javascript.source.builtins import EXPORTS, MODULES
from mge_toolkit.retry.fixes.javascript.source.edits import (
    Change,
    Edit,
    apart,
    change,
    insertion,
    replacement,
)
from mge_toolkit.retry.fixes.javascript.source.parsing import text_of, walk
from mge_toolkit.retry.fixes.similarity import closest

_UNDEFINED: Final = re.compile(r"^(?P<name>[\w$]+) is not defined$")
_NO_EXPORT: Final = re.compile(
    r"module '(?P<module>[^']+)' does not provide an export named '(?P<name>[^']+)'"
)
_NO_MODULE: Final = re.compile(
    r"No such built-in module: (?P<a>\S+)|Cannot find module '(?P<b>[^']+)'"
    r"|Import \"(?P<c>[^\"]+)\" not a dependency"
    r"|Module not found \"(?P<d>[^\"]+)\"|Relative import path \"(?P<e>[^\"]+)\""
)
_USED_AS_FUNCTION: Final = re.compile(r"^(?P<name>[\w$]+) is not a (?:function|constructor)\b")
_ALIASES: Final = {
    "EventEmitter": ("events", "{ EventEmitter }"),
    "fsp": ("fs/promises", "fsp"),
    "fsPromises": ("fs/promises", "fsPromises"),
    "AssertionError": ("assert", "{ AssertionError }"),
    "expect": ("assert", ""),
    "performance": ("perf_hooks", "{ performance }"),
}
# Names that several modules export: the one that is meant when nothing else is said.
_PREFERRED: Final = ("assert", "fs", "path", "util", "crypto", "events", "url", "os", "stream")
_ORDINARY: Final = frozenset(
    {"parse", "format", "on", "once", "equal", "ok", "throws", "resolve", "constants", "types"}
)


def undefined(situation: Situation) -> Iterator[Proposal]:
    """Propose the import of the module that is named, or of the one that exports the name."""
    matched = _UNDEFINED.match(situation.message)
    if matched is None:
        return
    wanted = [use.name for use in situation.unknown()]
    if situation.in_check:
        wanted.append(matched["name"])
    texts: dict[str, str] = {}
    taken: list[Edit] = []
    for name in dict.fromkeys([matched["name"], *wanted]):
        found = _provider(name)
        if found is None:
            if name == matched["name"]:
                return
            continue
        module, what = found
        edits = from_imported(situation, name, module) if what.startswith("{") else ()
        taken += edits
        if not edits:
            texts[name] = _import_of(situation, module, what)
    names = "', '".join(texts)
    note = f"imported '{names}', which the runtime comes with,"
    added = [insertion(_top(situation), "".join(texts.values()), note)] if texts else []
    yield change(*apart([*added, *taken])), 0.93


def _provider(name: str) -> tuple[str, str] | None:
    """Return the module that a name is, or that exports it, and what an import of it binds."""
    if name in _ALIASES and _ALIASES[name][1]:
        module, what = _ALIASES[name]
    elif name in MODULES and name not in ("constants", "test", "sys", "module", "console", "process"):
        module, what = name, name
    elif name.replace("_", "/") in MODULES:
        module, what = name.replace("_", "/"), name
    else:
        owners = [one for one in (*_PREFERRED, *EXPORTS) if name in EXPORTS[one]]
        if not owners or name in _ORDINARY:
            return None
        module, what = owners[0], f"{{ {name} }}"
    return module, what


def _import_of(situation: Situation, module: str, what: str) -> str:
    """Return the statement that imports a module as the program imports others."""
    if any(use.name == "require" for use in situation.scopes.uses) and not _has_imports(situation):
        return f'const {what} = require("{module}");\n'
    return f'import {what} from "node:{module}";\n'


def _has_imports(situation: Situation) -> bool:
    return any(child.type == "import_statement" for child in situation.program.root.children)


def _top(situation: Situation) -> int:
    """Return where an import may stand: after the line of a hash-bang."""
    first = next(iter(situation.program.root.children), None)
    if first is not None and first.type == "hash_bang_line":
        return min(first.end_byte + 1, len(situation.program.source))
    return 0


def no_module(situation: Situation) -> Iterator[Proposal]:
    """Propose the module that is alike, or none where the dependencies provide what would be imported."""
    matched = _NO_MODULE.search(situation.message)
    if matched is None:
        return
    module = next(group for group in matched.groups() if group)
    for node in _sources(situation):
        text = text_of(node)
        name = text[1:-1]
        bare = name.removeprefix("node:")
        if name != module and bare in MODULES:
            continue
        if name != module and not module.endswith(name.lstrip("./")):
            continue
        prefix = name[: len(name) - len(bare)]
        for other, cost in closest(bare.rpartition("/")[2] if bare.startswith(".") else bare, MODULES, 3):
            note = f"imported '{other}' in place of '{bare}', which there is not,"
            quote = text[0]
            edit = replacement(node.start_byte, node.end_byte, f"{quote}{prefix}{other}{quote}", note)
            yield change(edit), 0.92 - 0.4 * cost - (0.4 if bare.startswith(".") else 0.0)
        yield from _dropped(situation, node, bare)


def _sources(situation: Situation) -> Iterator[Node]:
    """Yield the texts that name modules."""
    for node in walk(situation.program.root):
        if node.type == "import_statement" or node.type == "export_statement":
            source = node.child_by_field_name("source")
            if source is not None:
                yield source
        elif node.type == "call_expression":
            function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
            named = [] if arguments is None else arguments.named_children
            if text_of(function) in ("require", "import") and named and named[0].type == "string":
                yield named[0]


def _dropped(situation: Situation, source: Node, module: str) -> Iterator[Proposal]:
    """Yield the import's absence where all that it binds is there without it, or is not used."""
    statement: Node | None = source
    kinds = ("import_statement", "lexical_declaration", "variable_declaration", "expression_statement")
    while statement is not None and statement.type not in kinds:
        statement = statement.parent
    if statement is None:
        return
    bound = [
        binding
        for binding in situation.scopes.root.names.values()
        if statement.start_byte <= binding.node.start_byte < statement.end_byte
    ]
    provided = [binding for binding in bound if binding.name in situation.outside]
    unused = [binding for binding in bound if not binding.uses and binding.name not in situation.wanted]
    if len(provided) + len([one for one in unused if one not in provided]) == len(bound):
        note = f"removed the import of '{module}', whose names are there without it,"
        if not provided:
            note = f"removed the import of '{module}', which there is not and which nothing uses,"
        confidence = 0.95 if provided else 0.7
        yield change(replacement(statement.start_byte, statement.end_byte, "", note)), confidence
        every = [one for one in _sources(situation) if text_of(one)[1:-1].startswith(".")]
        if len(every) > 1:
            statements = [_statement(one) for one in every]
            edits = [replacement(s.start_byte, s.end_byte, "", note) for s in statements if s is not None]
            yield Change(edits=tuple(edits)), confidence - 0.02


def _statement(node: Node) -> Node | None:
    at: Node | None = node
    while at is not None and at.parent is not None and at.parent.type != "program":
        at = at.parent
    return at


def no_export(situation: Situation) -> Iterator[Proposal]:
    """Propose what a module exports in place of what it does not."""
    matched = _NO_EXPORT.search(situation.message)
    if matched is None:
        return
    module, name = matched["module"].removeprefix("node:"), matched["name"]
    for statement in situation.program.root.children:
        source = statement.child_by_field_name("source")
        if statement.type != "import_statement" or text_of(source)[1:-1].removeprefix("node:") != module:
            continue
        specifiers = [node for node in walk(statement) if node.type == "import_specifier"]
        for node in specifiers:
            exported = node.child_by_field_name("name")
            if text_of(exported) == name and exported is not None:
                yield from _other_export(statement, node, exported, module)
        if name == "default":
            yield from _namespace(statement, module)


def _other_export(statement: Node, specifier: Node, exported: Node, module: str) -> Iterator[Proposal]:
    """Yield other ways to import what one specifier asks for."""
    name = text_of(exported)
    alias = specifier.child_by_field_name("alias")
    local = name if alias is None else text_of(alias)
    for other, cost in closest(name, EXPORTS.get(module, frozenset()), 3):
        note = f"imported '{other}' in place of '{name}', which '{module}' does not export,"
        text = f"{other} as {local}"
        yield change(replacement(specifier.start_byte, specifier.end_byte, text, note)), 0.9 - 0.4 * cost
    alone = sum(1 for node in walk(statement) if node.type == "import_specifier") == 1
    clause = next((child for child in statement.children if child.type == "import_clause"), None)
    if alone and clause is not None:
        note = f"imported the module '{module}' itself as '{local}'"
        certain = 0.9 if local.lower() == module.lower() or module not in EXPORTS else 0.5
        yield change(replacement(clause.start_byte, clause.end_byte, local, note)), certain
        star = f"* as {local}"
        yield change(replacement(clause.start_byte, clause.end_byte, star, note)), certain - 0.15
        for owner, names in EXPORTS.items():
            source = statement.child_by_field_name("source")
            if name in names and owner != module and source is not None:
                note = f"imported '{name}' from '{owner}', which exports it,"
                yield change(replacement(source.start_byte, source.end_byte, f'"node:{owner}"', note)), 0.8


def _namespace(statement: Node, module: str) -> Iterator[Proposal]:
    """Yield an import of everything in place of a default that there is not."""
    clause = next((child for child in statement.children if child.type == "import_clause"), None)
    first = None if clause is None or not clause.named_child_count else clause.named_children[0]
    if first is not None and first.type == "identifier":
        note = f"imported all of '{module}', which has no default export,"
        yield change(replacement(first.start_byte, first.end_byte, f"* as {text_of(first)}", note)), 0.9
        named = f"{{ {text_of(first)} }}"
        yield change(replacement(first.start_byte, first.end_byte, named, note)), 0.6


def used_as_function(situation: Situation) -> Iterator[Proposal]:
    """Propose the default or the named import where a whole module is called."""
    matched = _USED_AS_FUNCTION.match(situation.message)
    if matched is None:
        return
    name = matched["name"]
    binding = situation.scopes.root.names.get(name)
    part = None if binding is None or binding.kind != "import" else binding.node.parent
    if binding is None or part is None:
        return
    edits: list[tuple[Edit, float]] = []
    if part.type == "namespace_import":
        note = f"imported the default of the module as '{name}'"
        edits.append((replacement(part.start_byte, part.end_byte, name, note), 0.93))
        note = f"imported '{name}' by its name"
        edits.append((replacement(part.start_byte, part.end_byte, f"{{ {name} }}", note), 0.6))
    elif part.type == "import_clause":
        node = binding.node
        note = f"imported '{name}' by its name"
        edits.append((replacement(node.start_byte, node.end_byte, f"{{ {name} }}", note), 0.85))
    for edit, confidence in edits:
        yield change(edit), confidence


def provided(situation: Situation) -> Iterator[Proposal]:
    """Propose to drop imports of relative files whose names the dependencies provide, whatever failed."""
    if not situation.outside or situation.case.failure.kind not in ("module", "import", "file", "permission"):
        return
    edits = []
    for statement in situation.program.root.children:
        source = statement.child_by_field_name("source")
        if statement.type == "import_statement" and text_of(source)[1:2] == ".":
            note = "removed the import of a file, whose names are there without it,"
            edits.append(replacement(statement.start_byte, statement.end_byte, "", note))
    if edits:
        yield Change(edits=tuple(edits)), 0.8
