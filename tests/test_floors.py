"""Imports go downward only, heavy packages load when used, and what runs in a sandbox stands alone."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("mge_toolkit", "pytest_mge")

# The longest prefix that fits says on which floor a module stands.
FLOORS = {
    "mge_toolkit": 6,  # the public names: it imports lazily, from anywhere
    "mge_toolkit.core": 0,
    "mge_toolkit.plan": 1,
    "mge_toolkit.sandbox": 1,
    "mge_toolkit.retry": 1,
    "mge_toolkit.records": 1,
    "mge_toolkit.reporting": 1,
    "mge_toolkit.engine": 2,
    "mge_toolkit.plugins": 2,
    "mge_toolkit.review": 2,
    "mge_toolkit.service": 3,
    "mge_toolkit.options": 3,
    "mge_toolkit.history": 3,
    "mge_toolkit.recorded_frames": 3,
    "mge_toolkit.healing": 4,
    "mge_toolkit.run_report": 4,
    "mge_toolkit.testing": 4,
    "mge_toolkit.notebook": 4,
    "mge_toolkit.plots": 4,
    "mge_toolkit.plots.palette": 1,  # colours, for every driver
    "mge_toolkit.api": 4,
    "mge_toolkit.export": 4,
    "mge_toolkit.cli": 5,
    "mge_toolkit.__main__": 6,
    "pytest_mge": 5,
}

HEAVY = {
    "IPython",
    "alembic",
    "anthropic",
    "docker",
    "fastapi",
    "ipywidgets",
    "matplotlib",
    "nbformat",
    "numpy",
    "pandas",
    "prometheus_client",
    "sqlalchemy",
    "uvicorn",
}

# Packages that are nothing without these; whoever is outside imports them only where they are used.
LATE = {
    "mge_toolkit.api": {"fastapi", "uvicorn"},
    "mge_toolkit.notebook": {"IPython", "ipywidgets"},
    "mge_toolkit.records": {"alembic", "sqlalchemy"},
}

# What a sandbox runs or reads as it is: files beside the product's own code that import nothing of ours.
INSIDE = (
    "mge_toolkit/sandbox/languages/python_harness.py",
    "mge_toolkit/sandbox/languages/python_describe.py",
    "mge_toolkit/sandbox/local/inside",
)


def modules() -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


MODULES = dict(modules())


def imported(text: str, package: str = "") -> Iterator[tuple[ast.stmt, str]]:
    """Yield every import statement in a module of ``package``, with the full name of what it imports."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: 1 - node.level or None] if node.level else []
            origin = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                whole = f"{origin}.{alias.name}"
                yield node, whole if whole in MODULES else origin


def imports_of(module: str) -> list[tuple[ast.stmt, str]]:
    path = MODULES[module]
    package = module if path.stem == "__init__" else module.rpartition(".")[0]
    return list(imported(path.read_text(), package))


def home(module: str) -> str:
    """Return the package, among those of the floors, that a module belongs to."""
    fitting = [name for name in FLOORS if module == name or module.startswith(f"{name}.")]
    return max(fitting, key=len, default="")


def lines_of(tree: ast.AST, condition: type[ast.AST]) -> set[int]:
    return {
        line
        for node in ast.walk(tree)
        if isinstance(node, condition)
        for line in range(getattr(node, "lineno", 0), (getattr(node, "end_lineno", 0) or 0) + 1)
    }


def typing_only(tree: ast.AST) -> set[int]:
    """Return the lines under ``if TYPE_CHECKING``, which import nothing when the program runs."""
    return {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for child in node.body
        for line in range(child.lineno, (child.end_lineno or child.lineno) + 1)
    }


@cache
def is_heavy(module: str) -> bool:
    """Return whether importing a module of the packages above imports what is heavy, itself or by another."""
    seen: set[str] = set()
    stack = [module]
    while stack:
        name = stack.pop()
        if name.split(".")[0] in HEAVY:
            return True
        if name in seen or name not in MODULES or home(name) not in LATE:
            continue
        seen.add(name)
        stack += [name.rpartition(".")[0], *(found for _, found in at_once(name))]
    return False


def at_once(module: str) -> list[tuple[ast.stmt, str]]:
    """Return the imports that importing ``module`` carries out."""
    tree = ast.parse(MODULES[module].read_text())
    lazily = lines_of(tree, ast.FunctionDef) | lines_of(tree, ast.AsyncFunctionDef) | typing_only(tree)
    return [(node, name) for node, name in imports_of(module) if node.lineno not in lazily]


def inside(path: Path) -> bool:
    relative = path.relative_to(ROOT).as_posix()
    return any(relative == place or relative.startswith(f"{place}/") for place in INSIDE)


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_downward_only(module: str) -> None:
    here = home(module)
    wrong = []
    for node, name in imports_of(module):
        if name.split(".")[0] not in PACKAGES:
            continue
        there = home(name)
        if there != here and FLOORS[there] >= FLOORS[here]:
            wrong.append(
                f"line {node.lineno}: {module} (floor {FLOORS[here]}) imports {name} (floor {FLOORS[there]})"
            )
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("module", MODULES)
def test_heavy_packages_are_imported_only_where_they_are_used(module: str) -> None:
    own = LATE.get(home(module), set())
    wrong = [
        f"line {node.lineno}: {name}"
        for node, name in at_once(module)
        if name.split(".")[0] in HEAVY - own or (home(name) not in ("", home(module)) and is_heavy(name))
    ]
    assert not wrong, f"{module} imports at module level: {', '.join(wrong)}"


def test_code_that_runs_in_the_sandbox_stands_alone() -> None:
    found = {module: path for module, path in MODULES.items() if inside(path)}
    assert {place for place in INSIDE if (ROOT / place).exists()} == set(INSIDE)
    siblings = {path.stem for path in found.values()}
    for module, path in found.items():
        for node, name in imports_of(module):
            own = name in found or name in siblings
            top = name.split(".")[0]
            assert own or top in sys.stdlib_module_names, f"{path.name}:{node.lineno} imports {name}"


def test_every_module_has_a_floor() -> None:
    roots = {".".join(module.split(".")[:2]) for module in MODULES if module.startswith("mge_toolkit.")}
    assert roots <= FLOORS.keys()


def test_relative_imports_are_for_code_inside_the_sandbox() -> None:
    hidden = [
        f"{module}, line {node.lineno}"
        for module, path in MODULES.items()
        for node, _ in imports_of(module)
        if isinstance(node, ast.ImportFrom) and node.level and not inside(path)
    ]
    assert not hidden, f"relative imports hide their floor: {hidden}"


def test_a_violation_would_be_seen() -> None:
    text = "from mge_toolkit.engine import run\nimport numpy\nfrom . import errors\nfrom .plans import Atom\n"
    names = [name for _, name in imported(text, "mge_toolkit.core")]
    assert names == ["mge_toolkit.engine.run", "numpy", "mge_toolkit.core.errors", "mge_toolkit.core.plans"]
    assert FLOORS[home(names[0])] > FLOORS[home(names[2])]
