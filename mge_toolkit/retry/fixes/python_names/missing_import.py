"""Names that only lack their import: of the standard library, or of a package that is installed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mge_toolkit.retry.fixes.python_names.analysis.imports import statement_for
from mge_toolkit.retry.fixes.python_names.analysis.program import Program
from mge_toolkit.retry.fixes.python_names.analysis.scopes import Use
from mge_toolkit.retry.fixes.python_names.analysis.standard import (
    ALIASES,
    exporters,
    has_all,
    is_installed,
    is_standard,
    modules,
    with_all,
)
from mge_toolkit.retry.fixes.python_names.resolution import Resolution
from mge_toolkit.retry.fixes.similarity import likeness


def resolve(program: Program, name: str, uses: Sequence[Use]) -> Iterable[Resolution]:
    """Yield the imports that would bind ``name``, judged by how it is used."""
    line = uses[0].node.lineno
    attributes = {use.attribute.attr for use in uses if use.attribute is not None}
    only_attributes = all(use.attribute is not None for use in uses)
    if only_attributes:
        yield from _module_of_that_name(name, line, attributes)
    yield from _exported(name, line, attributes, uses)
    if not only_attributes:
        yield from _module_of_that_name(name, line, attributes, 0.5)
    yield from _alias(name, line, attributes)
    if only_attributes and name not in ALIASES:
        yield from _module_by_attributes(name, line, attributes)


def _module_of_that_name(
    name: str, line: int, attributes: Iterable[str], confidence: float = 0.96
) -> Iterator[Resolution]:
    if name in modules():
        if has_all(name, attributes):
            yield _imports(statement_for(name), line, confidence)
        elif confidence > 0.5:  # an attribute is misspelt, or too new for the list
            yield _imports(statement_for(name), line, 0.6)
    elif is_standard(name) and name.isidentifier():
        yield _imports(statement_for(name), line, confidence - 0.1)
    elif confidence > 0.5 and is_installed(name):
        yield _imports(statement_for(name), line, 0.75)
    for module in modules():  # a part of a package: ``path``, ``abc``, ``mock``
        parent, _, last = module.rpartition(".")
        if parent and last == name and has_all(module, attributes):
            yield _imports(statement_for(parent, name), line, confidence - 0.1)


def _exported(name: str, line: int, attributes: Iterable[str], uses: Sequence[Use]) -> Iterator[Resolution]:
    places = list(exporters().get(name, ()))
    if "typing" in places and len(places) > 1:
        if uses and all(use.in_annotation for use in uses):
            places.sort(key=lambda module: module != "typing")
        else:
            places.remove("typing")
    if name in modules() and attributes and has_all(name, attributes):
        return  # ``copy.deepcopy`` takes the module, whatever else has that name
    for index, module in enumerate(places[:3]):
        yield _imports(statement_for(module, name), line, 0.95 - 0.12 * index)


def _alias(name: str, line: int, attributes: Iterable[str]) -> Iterator[Resolution]:
    module = ALIASES.get(name)
    if module is None:
        return
    known = has_all(module, attributes) if is_standard(module) else is_installed(module.split(".")[0])
    if known:
        yield _imports(statement_for(module, alias=name), line, 0.95)


def _module_by_attributes(name: str, line: int, attributes: Iterable[str]) -> Iterator[Resolution]:
    """Yield the standard modules that have everything that is asked of ``name``, such as ``hp.heappush``."""
    found = with_all(attributes)
    found.sort(key=lambda module: -max(likeness(name, module), float(_abbreviates(name, module))))
    for index, module in enumerate(found[:3]):
        likely = 0.85 if _abbreviates(name, module) or likeness(name, module) > 0.6 else 0.45
        if module == name or ("." in module and module.rpartition(".")[2] == name):
            continue
        yield _imports(statement_for(module, alias=name), line, likely - 0.1 * index)


def _abbreviates(name: str, module: str) -> bool:
    """Return whether the letters of ``name`` come in that order in ``module``, from its first one on."""
    letters = iter(module.lower())
    return name[:1].lower() == module[:1] and all(letter in letters for letter in name.lower())


def _imports(statement: str, line: int, confidence: float) -> Resolution:
    return Resolution(
        explanation=f"added the missing '{statement}', which line {line} needs",
        confidence=confidence,
        imports=(statement,),
    )
