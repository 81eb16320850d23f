"""Imports of modules and names that are not there: misspelt, moved, renamed, or already in the namespace."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from mge_toolkit.retry.fixes.python_names.analysis.evidence import Trouble
from mge_toolkit.retry.fixes.python_names.analysis.imports import statement_for
from mge_toolkit.retry.fixes.python_names.analysis.places import removed, use_edits
from mge_toolkit.retry.fixes.python_names.analysis.program import BUILTINS, Program
from mge_toolkit.retry.fixes.python_names.analysis.source import Edit
from mge_toolkit.retry.fixes.python_names.analysis.standard import (
    ALIASES,
    exporters,
    is_installed,
    is_standard,
    modules,
)
from mge_toolkit.retry.fixes.python_names.moved import MODULES, moved
from mge_toolkit.retry.fixes.python_names.resolution import CLEAR, Question, Resolution
from mge_toolkit.retry.fixes.similarity import spelt_alike

Import: TypeAlias = ast.Import | ast.ImportFrom
_PACKAGES = sorted({module.split(".")[0] for module in ALIASES.values()} | {"requests", "yaml", "pytest"})


def propose(question: Question) -> Iterable[Resolution]:
    """Yield other imports, or none, for the one that failed; further ones that would fail are mended along."""
    if question.trouble not in (Trouble.NO_MODULE, Trouble.NO_NAME_IN_MODULE, Trouble.RELATIVE_IMPORT):
        return
    program = question.program
    statements = [node for node in ast.walk(program.tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    failing = [node for node in statements if _is_the_failing(question, node)]
    others = []
    for node in statements:
        if node not in failing and _would_fail(node):
            best = max(_repairs(program, node), key=lambda r: r.confidence, default=None)
            if best is not None and best.confidence >= CLEAR:
                others.append(best)
    for node in failing:
        for resolution in _repairs(program, node):
            yield from resolution.with_and_without(others)


def _is_the_failing(question: Question, node: Import) -> bool:
    said = question.evidence
    if question.trouble is Trouble.RELATIVE_IMPORT:
        return isinstance(node, ast.ImportFrom) and node.level > 0
    if question.trouble is Trouble.NO_NAME_IN_MODULE:
        names = {alias.name for alias in node.names}
        return isinstance(node, ast.ImportFrom) and node.module == said.of and said.subject in names
    imported = (
        [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    )
    return any(name == said.subject or name.startswith(f"{said.subject}.") for name in imported)


def _would_fail(node: Import) -> bool:
    """Return whether an import is of nothing that this machine has."""
    if isinstance(node, ast.ImportFrom):
        return node.level > 0 or not _exists(node.module or "") or bool(_missing(node))
    return any(not _exists(alias.name) for alias in node.names)


def _exists(module: str) -> bool:
    top = module.split(".")[0]
    if is_standard(module):
        return module in modules() or "." not in module or top not in modules()
    return is_installed(top)


def _missing(node: ast.ImportFrom) -> list[ast.alias]:
    """Return the names that a listed module does not have."""
    names = modules().get(node.module or "")
    if names is None or node.module is None:
        return []
    known = names | {
        module.rpartition(".")[2] for module in modules() if module.startswith(f"{node.module}.")
    }
    return [alias for alias in node.names if alias.name != "*" and alias.name not in known]


def _repairs(program: Program, node: Import) -> Iterator[Resolution]:
    yield from _already_there(program, node)
    if isinstance(node, ast.ImportFrom):
        yield from _from(program, node)
    else:
        yield from _plain(program, node)
    bound = {alias.asname or alias.name.split(".")[0] for alias in node.names}
    imports_alone = all(isinstance(one, ast.Import | ast.ImportFrom) for one in program.tree.body)
    # What does nothing but import is there for its imports: without them it would be mended to nothing.
    if not imports_alone and not bound & {use.name for use in program.scopes.uses}:
        yield Resolution(
            explanation=f"removed the import on line {node.lineno}, which nothing uses",
            confidence=0.8,
            edits=(removed(program, node),),
        )


def _already_there(program: Program, node: Import) -> Iterator[Resolution]:
    """Yield the program without the import where other atoms, or the code itself, define what it names."""
    there = {*program.outer.names} | {
        name
        for name, nodes in program.module.bindings.items()
        if any(not isinstance(binding, ast.alias) for binding in nodes)
    }
    edits = [removed(program, node)]
    if isinstance(node, ast.ImportFrom):
        if not all(alias.name in there or alias.name == "*" for alias in node.names):
            return
        renames = {alias.asname: alias.name for alias in node.names if alias.asname not in (None, alias.name)}
        for use in program.scopes.uses:
            if use.name in renames:
                edits += use_edits(program.source, use, renames[use.name])
    else:
        bound = {alias.asname or alias.name for alias in node.names}
        for use in program.scopes.uses:
            if use.name not in bound:
                continue
            attribute = use.attribute
            if attribute is None or attribute.attr not in there:
                return
            edits.append(Edit(program.source.start(attribute), program.source.end(attribute), attribute.attr))
        if len(edits) == 1:
            return
    yield Resolution(
        explanation=f"removed the import on line {node.lineno}: what it names is already there",
        confidence=0.97,
        edits=tuple(edits),
    )


def _better_modules(module: str) -> list[tuple[float, str]]:
    """Return the modules that may have been meant by one that is not there."""
    top, _, rest = module.partition(".")
    found = [
        (0.95, MODULES[old] if old == module else f"{MODULES[old]}.{rest}")
        for old in dict.fromkeys((module, top))
        if old in MODULES
    ]
    packages = [package for package in _PACKAGES if is_installed(package)]
    known = [*modules(), *(name for name in sys.stdlib_module_names if not name.startswith("_")), *packages]
    found += [(score, other) for score, other in spelt_alike(module, dict.fromkeys(known), 0.55)[:4]]
    if rest:
        found += [
            (score, f"{other}.{rest}") for score, other in spelt_alike(top, dict.fromkeys(known), 0.6)[:2]
        ]
    best = max((score for score, _ in found), default=0.0)
    return [(score, other) for score, other in found if score > best - 0.15]


def _plain(program: Program, node: ast.Import) -> Iterator[Resolution]:
    """Yield repairs of ``import module``."""
    source = program.source
    for alias in node.names:
        if _exists(alias.name):
            continue
        bound = alias.asname or alias.name.split(".")[0]
        parent, _, last = alias.name.rpartition(".")
        if last in modules().get(parent, ()):
            direct = statement_for(parent, last, alias.asname)
            text = direct if alias.asname else f"import {parent}"
            yield _rewritten(program, node, alias, text, 0.95)
            yield _rewritten(program, node, alias, direct, 0.85)
        for score, other in _better_modules(alias.name):
            uses = [use for use in program.scopes.uses if use.name == bound]
            if alias.asname is None and "." not in other and "." not in alias.name:
                edits = [edit for use in uses for edit in use_edits(source, use, other)]
                yield _rewritten(program, node, alias, statement_for(other), score + 0.01, edits)
            yield _rewritten(program, node, alias, statement_for(other, alias=bound), score)


def _rewritten(
    program: Program,
    node: Import,
    old: ast.alias,
    statement: str,
    confidence: float,
    further: Iterable[Edit] = (),
) -> Resolution:
    """Return the repair that imports one of a statement's names by a statement of its own."""
    source = program.source
    rest = [source.of(alias) for alias in node.names if alias is not old]
    text = "; ".join([statement, f"{_head(node)} {', '.join(rest)}"] if rest else [statement])
    return Resolution(
        explanation=f"wrote '{statement}' for the import on line {node.lineno}",
        confidence=min(confidence, 0.97),
        edits=(source.replaced(node, text), *further),
    )


def _head(node: Import) -> str:
    if isinstance(node, ast.Import):
        return "import"
    return f"from {'.' * node.level}{node.module or ''} import"


def _from(program: Program, node: ast.ImportFrom) -> Iterator[Resolution]:
    """Yield repairs of ``from module import names``."""
    module = node.module or ""
    if node.level == 0 and _exists(module):
        yield from _names(program, node, module)
        return
    source = program.source
    names = [source.of(alias) for alias in node.names]
    for score, other in _better_modules(module) if module else []:
        listed = modules().get(other)
        fits = listed is None or all(alias.name in listed or alias.name == "*" for alias in node.names)
        yield Resolution(
            explanation=f"replaced the module '{module}' by '{other}' on line {node.lineno}",
            confidence=min(score, 0.97) if fits else 0.4,
            edits=(source.replaced(node, f"from {other} import {', '.join(names)}"),),
        )
    homes = [_home(alias) for alias in node.names]
    if all(homes):
        yield _by_homes(program, node, [home for home in homes if home is not None], 0.7)


def _home(alias: ast.alias, module: str = "") -> str | None:
    """Return the statement that imports a name from where it really is; nothing where it is built in."""
    name = alias.name
    place = moved(module, name) if module else None
    if place is not None:
        home, _, last = place.rpartition(".")
        local = alias.asname or name
        return (
            statement_for(home, last, local) if home else (f"{local} = {last}" if local != last else "pass")
        )
    if name in modules().get(module, ()):
        return statement_for(module, name, alias.asname)
    if name in BUILTINS:
        return "pass" if alias.asname is None else f"{alias.asname} = {name}"
    if name in exporters():
        return statement_for(exporters()[name][0], name, alias.asname)
    return None


def _by_homes(program: Program, node: ast.ImportFrom, homes: list[str], confidence: float) -> Resolution:
    """Return the repair that imports every name of a statement from where it really is."""
    statements = list(dict.fromkeys(home for home in homes if home != "pass")) or ["pass"]
    return Resolution(
        explanation=f"imported the names on line {node.lineno} from where they are",
        confidence=confidence,
        edits=(program.source.replaced(node, "; ".join(statements)),),
    )


def _names(program: Program, node: ast.ImportFrom, module: str) -> Iterator[Resolution]:
    """Yield repairs of names that ``module`` does not have."""
    homes = [_home(alias, module) for alias in node.names]
    missing = _missing(node)
    if all(homes):
        yield _by_homes(program, node, [home for home in homes if home is not None], 0.94)
    if not missing:
        return
    source = program.source
    for score, other in spelt_alike(missing[0].name, modules().get(module, frozenset()), 0.55)[:5]:
        rest = {alias: _nearest(alias, module) for alias in missing[1:]}
        if any(name is None for name in rest.values()):
            continue
        edits: list[Edit] = []
        for alias, name in {missing[0]: other, **rest}.items():
            edits.append(source.replaced(alias, f"{name} as {alias.asname}" if alias.asname else str(name)))
            for use in program.scopes.uses:
                if alias.asname is None and use.name == alias.name:
                    edits += use_edits(source, use, str(name))
        yield Resolution(
            explanation=f"replaced '{missing[0].name}' by '{other}' of {module} on line {node.lineno}",
            confidence=min(0.97, score + 0.03),
            edits=tuple(edits),
        )


def _nearest(alias: ast.alias, module: str) -> str | None:
    found = spelt_alike(alias.name, modules().get(module, frozenset()), 0.55)
    return found[0][1] if found else None
