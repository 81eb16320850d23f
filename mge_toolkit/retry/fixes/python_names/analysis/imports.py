"""Where a new import goes."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from mge_toolkit.retry.fixes.python_names.analysis.program import Program
from mge_toolkit.retry.fixes.python_names.analysis.source import Edit


def importing(program: Program, statements: Iterable[str]) -> list[Edit]:
    """Return the edit that adds import statements, at the top but below a docstring and future imports."""
    source = program.source
    lines = _merged(line for line in statements if line not in _present(program.tree.body))
    if not lines:
        return []
    body = program.tree.body
    index = _first_ordinary(body)
    if index == len(body):
        end = source.end(body[-1]) if body else 0
        text = "".join(f"{source.newline}{line}" for line in lines) if body else _block(lines, source.newline)
        return [Edit(end, end, text)]
    start = _start(program, body[index])
    if start != source.line_start(source.line_at(start)):  # it shares its line with the docstring
        return [Edit(start, start, "".join(f"{line}; " for line in lines))]
    return [Edit(start, start, _block(lines, source.newline))]


def _present(body: Iterable[ast.stmt]) -> set[str]:
    """Return the imports that a program has already, each name by itself."""
    found = set()
    for statement in body:
        if isinstance(statement, ast.Import):
            found |= {statement_for(alias.name, alias=alias.asname) for alias in statement.names}
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            found |= {statement_for(statement.module, alias.name, alias.asname) for alias in statement.names}
    return found


def _merged(statements: Iterable[str]) -> list[str]:
    """Return each statement once, those that take names from the same module as one, future imports first."""
    found: dict[str, list[str]] = {}
    for statement in statements:
        head, importing_, name = statement.partition(" import ")
        names = found.setdefault(head if importing_ else statement, [])
        if importing_ and name not in names:
            names.append(name)
    lines = [f"{head} import {', '.join(names)}" if names else head for head, names in found.items()]
    return sorted(lines, key=lambda line: not line.startswith("from __future__"))


def _block(lines: Iterable[str], newline: str) -> str:
    return "".join(f"{line}{newline}" for line in lines)


def _first_ordinary(body: list[ast.stmt]) -> int:
    """Return the index of the first statement that is neither the docstring nor a future import."""
    for index, statement in enumerate(body):
        docstring = (
            index == 0
            and isinstance(statement, ast.Expr)
            and isinstance(statement.value, ast.Constant)
            and isinstance(statement.value.value, str)
        )
        future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        if not docstring and not future:
            return index
    return len(body)


def _start(program: Program, statement: ast.stmt) -> int:
    """Return where a statement starts: at the ``@`` of its first decorator where it has one."""
    decorators = getattr(statement, "decorator_list", [])
    if not decorators:
        return program.source.start(statement)
    return program.source.text.rindex("@", 0, program.source.start(decorators[0]))


def statement_for(module: str, name: str | None = None, alias: str | None = None) -> str:
    """Return the statement that imports a module, or ``name`` from it, under ``alias`` where one is given."""
    if name is None:
        if alias is None or alias == module:
            return f"import {module}"
        parent, _, last = module.rpartition(".")
        return f"from {parent} import {last}" if alias == last else f"import {module} as {alias}"
    return f"from {module} import {name}" + (f" as {alias}" if alias not in (None, name) else "")
