"""What an atom's code shares with what stands around it: names its dependencies declare, names its check uses."""

from __future__ import annotations

from functools import lru_cache

from mge_toolkit.core.ports import RepairCase
from mge_toolkit.retry.fixes.javascript.source.parsing import LANGUAGES, parse, readable
from mge_toolkit.retry.fixes.javascript.source.scopes import scopes_of


@lru_cache(maxsize=128)
def declared_names(code: str, typescript: bool) -> frozenset[str]:
    """Return the names that code declares at its top level."""
    source = readable(code)
    if source is None:
        return frozenset()
    return frozenset(scopes_of(parse(source, typescript).root_node).root.names)


@lru_cache(maxsize=128)
def wanted_names(code: str, typescript: bool) -> frozenset[str]:
    """Return the names that code uses and does not declare."""
    source = readable(code)
    if source is None:
        return frozenset()
    return frozenset(use.name for use in scopes_of(parse(source, typescript).root_node).unresolved())


def dependency_names(case: RepairCase) -> frozenset[str]:
    """Return the names that the atom's dependencies provide."""
    found: set[str] = set()
    for atom in case.dependencies:
        if atom.language in LANGUAGES:
            found |= declared_names(atom.code.text, atom.language == "typescript")
    return frozenset(found)


def outside_names(case: RepairCase) -> frozenset[str]:
    """Return the names that the code may use without declaring them: of dependencies and inputs."""
    return dependency_names(case) | frozenset(case.atom.inputs)


def names_of_check(case: RepairCase) -> frozenset[str]:
    """Return the names that the check uses and does not declare."""
    if case.atom.check is None:
        return frozenset()
    return wanted_names(case.atom.check.text, case.atom.language == "typescript")
