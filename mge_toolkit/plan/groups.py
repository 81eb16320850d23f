"""A plan's groups: components, modules and atoms, with what each inherits."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from mge_toolkit.core.plans import Atom
from mge_toolkit.plan.atoms import AtomReader, Reference, known_keys
from mge_toolkit.plan.files import Neighbours
from mge_toolkit.plan.keys import (
    COMPONENT_KEYS,
    FORMAT_VERSION,
    HEADER_KEYS,
    LINE_KEYS,
    MODULE_KEYS,
    PLAN_KEYS,
    SETTING_KEYS,
    Key,
)
from mge_toolkit.plan.settings import Inherited
from mge_toolkit.plan.syntax.nodes import MappingNode, Node, Report, Scalar, SequenceNode, kind, shortened
from mge_toolkit.plan.values import WrongValueError, is_name, name_problem, text, texts

_MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_NO_PLACE: Final = (None, None)

Place = tuple[str | None, str | None]
"""The component and the module that an atom belongs to."""


class PlanReader:
    """Makes the parts of a masterplan of the nodes of one plan file; problems go to the report."""

    def __init__(self, text: str, report: Report, directory: Path | None, languages: Collection[str]) -> None:
        """Start with nothing read."""
        self._report = report
        self._reader = AtomReader(text, report, Neighbours(directory), languages)
        self.name: str | None = None
        self.preload: tuple[str, ...] = ()
        self.atoms: dict[str, Atom] = {}
        self.atom_lines: dict[str, int] = {}

    @property
    def references(self) -> list[Reference]:
        """Return every reference from one atom to another."""
        return self._reader.references

    def read(self, root: Node) -> None:
        """Read a whole plan."""
        if not isinstance(root, MappingNode):
            self._report.add(
                root.line, f"a plan is a mapping with the key 'atoms' or 'components', not {kind(root)}"
            )
            return
        self._known(root, PLAN_KEYS, "")
        inherited = self._header(root)
        for name, _, component in self._group(root, "components", "component"):
            self._known(component, COMPONENT_KEYS, f"component '{name}': ")
            self._description(component)
            below = self._defaults(component, inherited)
            self._modules(component, below, name)
            self._atoms(component, below, (name, None))
        self._modules(root, inherited, None)
        self._atoms(root, inherited, _NO_PLACE)
        if not self.atom_lines and self._report.clean:
            self._report.add(root.line, "the plan has no atoms: write at least one below 'atoms:'")

    def read_lines(self, nodes: Iterable[Node]) -> None:
        """Read a plan of JSON Lines: a header, if it has one, then an atom on each line."""
        inherited = Inherited()
        for number, node in enumerate(nodes):
            if not isinstance(node, MappingNode):
                self._report.add(
                    node.line, f"each line is one object with the keys of an atom, not {kind(node)}"
                )
            elif not number and "id" not in node.entries and "code" not in node.entries:
                self._known(node, HEADER_KEYS, "header: ")
                inherited = self._header(node)
            else:
                self._line(node, inherited)
        if not self.atom_lines and self._report.clean:
            self._report.add(1, "the plan has no atoms: write one object with 'id' and 'code' on each line")

    def _line(self, node: MappingNode, inherited: Inherited) -> None:
        names: dict[str, str | None] = {}
        for key in ("id", "component", "module"):
            line, value = node.entries.pop(key, (node.line, None))
            names[key] = None if value is None else self._name(key, value, line)
            if key == "id" and value is None:
                self._report.add(line, f'the atom has no id: give it "id"{_near_id(node)}')
        for key, (line, _) in list(node.entries.items()):
            if key not in LINE_KEYS:
                del node.entries[key]
                self._report.add(line, f"unknown key '{key}'{known_keys(key, LINE_KEYS)}", names["id"])
        if names["id"] is not None:
            self._atom(names["id"], node, node.line, inherited, (names["component"], names["module"]))

    def _name(self, what: str, node: Node, line: int) -> str | None:
        try:
            name = text(node)
        except WrongValueError as error:
            self._report.add(line, f"{what}: {error}")
            return None
        if not is_name(name):
            self._report.add(line, name_problem(what, name))
            return None
        return name

    def _header(self, root: MappingNode) -> Inherited:
        """Read what a plan says before its groups."""
        entries, report = root.entries, self._report
        if "masterplan" in entries:
            line, value = entries["masterplan"]
            self.name = self._name("masterplan", value, line)
        if "version" in entries:
            line, value = entries["version"]
            if (
                not isinstance(value, Scalar)
                or value.value != FORMAT_VERSION
                or isinstance(value.value, bool)
            ):
                report.add(line, f"version: must be {FORMAT_VERSION}, not {kind(value)}")
        self._description(root)
        if "preload" in entries:
            line, value = entries["preload"]
            try:
                modules = [name for name, _ in texts(value, "module names")]
                for name in modules:
                    if not _MODULE.fullmatch(name):
                        report.add(
                            line, f"preload: {shortened(name)} is no module name: write one such as numpy"
                        )
                self.preload = tuple(dict.fromkeys(modules))
            except WrongValueError as error:
                report.add(line, f"preload: {error}")
        return self._defaults(root, Inherited())

    def _description(self, node: MappingNode) -> None:
        line, value = node.entries.get("description", (0, None))
        if value is not None and not (isinstance(value, Scalar) and value.value is None):
            try:
                text(value)
            except WrongValueError as error:
                self._report.add(line, f"description: {error}")

    def _known(self, node: MappingNode, keys: Mapping[str, Key], where: str) -> None:
        """Note duplicate keys and those that mean nothing here; ``x-…`` are the user's own at the top."""
        self._report.duplicates(node)
        for key, (line, _) in node.entries.items():
            if key not in keys and not (keys is PLAN_KEYS and key.startswith("x-")):
                self._report.add(line, f"{where}unknown key '{key}'{known_keys(key, keys)}")

    def _defaults(self, node: MappingNode, inherited: Inherited) -> Inherited:
        line, value = node.entries.get("defaults", (0, None))
        if value is None or (isinstance(value, Scalar) and value.value is None):
            return inherited
        if not isinstance(value, MappingNode):
            self._report.add(line, f"defaults: must map settings to values, not be {kind(value)}")
            return inherited
        self._known(value, SETTING_KEYS, "defaults: ")
        settings: dict[str, Any] = {}
        for key, (_, setting) in value.entries.items():
            parse = self._reader.setting_parsers.get(key)
            if parse is not None:
                try:
                    settings[key] = parse(setting)
                except WrongValueError as error:
                    self._report.add(setting.line, f"defaults: {key}: {error}")
        return inherited.with_settings(settings)

    def _group(self, node: MappingNode, key: str, what: str) -> Iterable[tuple[str, int, MappingNode]]:
        """Yield name, line and mapping of each member of the group ``key``."""
        line, group = node.entries.get(key, (0, None))
        if group is None or (isinstance(group, Scalar) and group.value is None):
            return
        if not isinstance(group, MappingNode):
            hint = ": write 'name:' and not '- id: name'" if isinstance(group, SequenceNode) else ""
            self._report.add(line, f"{key}: must map names to {what}s, not be {kind(group)}{hint}")
            return
        self._report.duplicates(group)
        for name, (member_line, member) in group.entries.items():
            if not is_name(name):
                self._report.add(member_line, name_problem(what, name))
            if isinstance(member, MappingNode):
                yield name, member_line, member
            elif what == "atom":
                self.atom_lines.setdefault(name, member_line)
                self._report.add(
                    member_line, f"must be a mapping with the key 'code', not {kind(member)}", name
                )
            else:
                self._report.add(member_line, f"{what} '{name}': must be a mapping, not {kind(member)}")

    def _modules(self, node: MappingNode, inherited: Inherited, component: str | None) -> None:
        for name, _, module in self._group(node, "modules", "module"):
            self._known(module, MODULE_KEYS, f"module '{name}': ")
            self._description(module)
            self._atoms(module, self._defaults(module, inherited), (component, name))

    def _atoms(self, node: MappingNode, inherited: Inherited, place: Place) -> None:
        for atom_id, line, atom in self._group(node, "atoms", "atom"):
            self._atom(atom_id, atom, line, inherited, place)

    def _atom(self, atom_id: str, node: MappingNode, line: int, inherited: Inherited, place: Place) -> None:
        if atom_id in self.atom_lines:
            first = self.atom_lines[atom_id]
            better = f"{place[1] or place[0] or 'second'}_{atom_id}"
            message = (
                f"duplicate id (first used on line {first}): ids are unique in the plan, so rename one, "
            )
            self._report.add(line, f"{message}such as '{better}'", atom_id)
            self._reader.read(atom_id, node, line, inherited, place)
            return
        self.atom_lines[atom_id] = line
        atom = self._reader.read(atom_id, node, line, inherited, place)
        if atom is not None:
            self.atoms[atom_id] = atom


def _near_id(node: MappingNode) -> str:
    """Return a hint where another key was probably meant to be the id."""
    for key in ("name", "atom", "atom_id", "task_id"):
        if key in node.entries:
            return f" (did you mean 'id' by '{key}'?)"
    return ""
