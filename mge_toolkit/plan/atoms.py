"""One atom's keys to one :class:`Atom`, noting every mistake on the way.

Written by hand and not as a pydantic model. Speed is no reason (a model takes 4 µs an atom, this 15 with the
records made): a model takes plain values, which have lost their lines, cannot tell which of two alternatives
was meant, and words mistakes by its own types.
"""

from __future__ import annotations

import keyword
import re
import warnings
from collections.abc import Callable, Collection
from typing import Any, Final

from mge_toolkit.core.plans import (
    Atom,
    DataFile,
    Expectation,
    FromAtom,
    JsonValue,
    RaisedException,
    Source,
)
from mge_toolkit.plan.files import Neighbours
from mge_toolkit.plan.keys import ATOM_KEYS, EXPECT_KEYS, RAISES_KEYS
from mge_toolkit.plan.settings import LIMIT_KEYS, Inherited
from mge_toolkit.plan.syntax.nodes import (
    MappingNode,
    Node,
    Report,
    Scalar,
    SequenceNode,
    kind,
    plain,
    shortened,
    text_source,
)
from mge_toolkit.plan.values import (
    Parser,
    WrongValueError,
    filled_text,
    number,
    only_value,
    relative_path,
    setting_parsers,
    suggestion,
    text,
    texts,
)

_RESERVED_IN_JAVASCRIPT: Final = frozenset(
    """
    arguments await break case catch class const continue debugger default delete do else enum eval export
    extends false finally for function if implements import in instanceof interface let new null package
    private protected public return static super switch this throw true try typeof var void while with yield
    """.split()  # noqa: SIM905 - a list of fifty quoted words is harder to read
)
_EXCEPTION = re.compile(RAISES_KEYS["type"].schema["pattern"])

Reference = tuple[str, str, int]
"""An atom's id, the id it refers to, and the line where it does."""

_Parser = Callable[[Node, str], Any]


class AtomReader:
    """Makes atoms of one plan file."""

    def __init__(
        self, written: str, report: Report, neighbours: Neighbours, languages: Collection[str]
    ) -> None:
        """Take what is ``written`` in the file, from which the columns of code are read off."""
        self._text = written
        self._report = report
        self._neighbours = neighbours
        self.references: list[Reference] = []
        self.setting_parsers = setting_parsers(languages)
        parsers: dict[str, _Parser] = {
            "description": lambda node, _: text_of(node),
            "code": self._source,
            "check": self._source,
            "expect": self._expectation,
            "depends_on": self._depends_on,
            "input": self._inputs,
            "files": self._files,
            "file": lambda node, _: relative_path(filled_text(node)),
            "sample_of": lambda node, _: filled_text(node),
        }
        parsers |= {key: _without_id(parse) for key, parse in self.setting_parsers.items()}
        self.parsers = {key: parsers[key] for key in ATOM_KEYS}
        self.expect_parsers: dict[str, _Parser] = {
            "result": lambda node, atom_id: plain(node, report, atom_id),
            "stdout": lambda node, _: text(node),
            "raises": self._raises,
            "tolerance": lambda node, _: number(node, 0, 1e300),
        }

    def read(
        self,
        atom_id: str,
        node: MappingNode,
        line: int,
        inherited: Inherited,
        place: tuple[str | None, str | None],
    ) -> Atom | None:
        """Return the atom in ``node``, or ``None`` where a mistake in it was noted."""
        report = self._report
        fields: dict[str, Any] = {}
        limits: dict[str, Any] = {}
        good = True
        if node.duplicates:
            report.duplicates(node, atom_id)
            good = False
        for key, (key_line, value) in node.entries.items():
            parse = self.parsers.get(key)
            if parse is None:
                report.add(key_line, f"unknown key '{key}'{known_keys(key, ATOM_KEYS)}", atom_id)
                good = False
                continue
            try:
                (limits if key in LIMIT_KEYS else fields)[key] = parse(value, atom_id)
            except WrongValueError as error:
                report.add(value.line, f"{key}: {error}", atom_id)
                good = False
        if "code" not in node.entries:
            report.add(line, "code is missing: give the atom 'code:'", atom_id)
            good = False
        if not good:
            return None
        atom = _make(atom_id, fields, limits, line, inherited, place)
        self._check_atom(atom, node)
        return atom

    def _source(self, node: Node, _: str) -> Source:
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return text_source(node, text(node), self._text, self._report.file)
        path = only_value(node, "path")
        if path is None:
            raise WrongValueError(
                f"must be code or {{path: file}}, not {kind(node)}: write '|' and the code below"
            )
        return self._neighbours.source(text(path))

    def _depends_on(self, node: Node, atom_id: str) -> tuple[str, ...]:
        if isinstance(node, Scalar) and node.value is None:
            return ()
        found = texts(node, "atom ids")
        self.references.extend((atom_id, target, line) for target, line in found)
        return tuple(dict.fromkeys(target for target, _ in found))

    def _inputs(self, node: Node, atom_id: str) -> dict[str, JsonValue | FromAtom]:
        if not isinstance(node, MappingNode):
            raise WrongValueError(f"must map names to values, not be {kind(node)}")
        self._report.duplicates(node, atom_id)
        inputs: dict[str, JsonValue | FromAtom] = {}
        for name, (line, value) in node.entries.items():
            if not name.isidentifier() or name == "result":
                reason = "is what the atom returns" if name == "result" else "is no identifier"
                self._report.add(line, f"input: the name {shortened(name)} {reason}: choose another", atom_id)
            origin = only_value(value, "from")
            if origin is None:
                inputs[name] = plain(_unescaped(value), self._report, atom_id)
            elif isinstance(origin, Scalar) and isinstance(origin.value, str):
                self.references.append((atom_id, origin.value, origin.line))
                inputs[name] = FromAtom(atom=origin.value)
            else:
                message = f"input: {name}: 'from' must be the id of an atom, not {kind(origin)}"
                self._report.add(origin.line, message, atom_id)
        return inputs

    def _expectation(self, node: Node, atom_id: str) -> Expectation:
        if not isinstance(node, MappingNode) or not node.entries:
            raise WrongValueError(
                f"must map one or more of {', '.join(EXPECT_KEYS)} to values, such as {{result: 3}}"
            )
        self._report.duplicates(node, atom_id)
        fields: dict[str, Any] = {}
        for key, (line, value) in node.entries.items():
            if key not in self.expect_parsers:
                self._report.add(line, f"expect: unknown key '{key}'{known_keys(key, EXPECT_KEYS)}", atom_id)
                continue
            try:
                fields[key] = self.expect_parsers[key](value, atom_id)
            except WrongValueError as error:
                self._report.add(value.line, f"expect: {key}: {error}", atom_id)
        if fields.keys() >= {"result", "raises"}:
            raise WrongValueError("an atom that raises has no result: expect one of 'result' and 'raises'")
        if "tolerance" in fields and "result" not in node.entries:
            raise WrongValueError("'tolerance' applies to 'result': give that too, or remove it")
        return Expectation(**fields)

    def _raises(self, node: Node, atom_id: str) -> RaisedException:
        if not isinstance(node, MappingNode):
            return RaisedException(type=_exception(node))
        self._report.duplicates(node, atom_id)
        for key, (line, _) in node.entries.items():
            if key not in RAISES_KEYS:
                self._report.add(
                    line, f"expect: raises: unknown key '{key}'{known_keys(key, RAISES_KEYS)}", atom_id
                )
        if "type" not in node.entries:
            raise WrongValueError("'type' is missing: name the exception's class, such as {type: ValueError}")
        match = node.entries.get("match")
        return RaisedException(
            type=_exception(node.entries["type"][1]), match=None if match is None else _pattern(match[1])
        )

    def _files(self, node: Node, atom_id: str) -> tuple[DataFile, ...]:
        if isinstance(node, SequenceNode):
            paths = [relative_path(path) for path, _ in texts(node, "paths")]
            return tuple(
                DataFile(name=path, content=self._neighbours.read(path)) for path in dict.fromkeys(paths)
            )
        if not isinstance(node, MappingNode):
            raise WrongValueError(
                f"must be a list of paths or map names to {{path}} or {{text}}, not be {kind(node)}"
            )
        self._report.duplicates(node, atom_id)
        files: list[DataFile] = []
        for name, (_, value) in node.entries.items():
            path, content = only_value(value, "path"), only_value(value, "text")
            if path is not None:
                data = self._neighbours.read(text(path))
            elif content is not None:
                data = text(content).encode()
            else:
                raise WrongValueError(f"{shortened(name)} must be {{path: file}} or {{text: content}}")
            files.append(DataFile(name=relative_path(name), content=data))
        return tuple(files)

    def _check_atom(self, atom: Atom, node: MappingNode) -> None:
        """Note what is wrong with keys together."""

        def note(key: str, message: str) -> None:
            self._report.add(node.entries[key][0], message, atom.id)

        if not atom.code.text.strip() and atom.check is None and atom.expect is None:
            note("code", "code is empty and nothing checks it: write code, or remove the atom")
        if atom.check is not None:
            if atom.expect is not None and atom.expect.raises is not None:
                note("check", "a check never runs after 'expect: {raises}': remove one of them")
            elif not atom.check.text.strip():
                note("check", "check is empty: write a check, or remove the key")
        if atom.inputs:
            python = atom.language == "python"
            for name in atom.inputs:
                if keyword.iskeyword(name) if python else name in _RESERVED_IN_JAVASCRIPT:
                    line = _entry_line(node, "input", name)
                    self._report.add(
                        line,
                        f"input: '{name}' is a reserved word of {atom.language}: choose another name",
                        atom.id,
                    )
        if "typecheck" in node.entries and atom.typecheck and atom.language in {"python", "javascript"}:
            note("typecheck", f"typecheck applies to typescript, not to {atom.language}: remove it")


def known_keys(key: str, known: Collection[str]) -> str:
    """Return the key that was probably meant, else all there are."""
    return suggestion(key, known) or f": choose one of {', '.join(known)}"


def text_of(node: Node) -> str | None:
    """Return a text, or ``None`` where nothing is written."""
    return None if isinstance(node, Scalar) and node.value is None else text(node)


def _without_id(parse: Parser) -> _Parser:
    return lambda node, _: parse(node)


def _make(
    atom_id: str,
    fields: dict[str, Any],
    limits: dict[str, Any],
    line: int,
    inherited: Inherited,
    place: tuple[str | None, str | None],
) -> Atom:
    get = fields.get
    return Atom(
        id=atom_id,
        code=fields["code"],
        language=get("language", inherited.language),
        check=get("check"),
        expect=get("expect"),
        depends_on=get("depends_on", ()),
        limits=inherited.limits_with(limits),
        network=get("network", inherited.network),
        files=get("files", ()),
        component=place[0],
        module=place[1],
        description=get("description"),
        critical=get("critical", inherited.critical),
        max_retries=get("max_retries", inherited.max_retries),
        typecheck=get("typecheck", inherited.typecheck),
        target_file=get("file"),
        sample_of=get("sample_of"),
        line=line,
        **({"inputs": fields["input"]} if "input" in fields else {}),
    )


def _entry_line(node: MappingNode, key: str, name: str) -> int:
    line, value = node.entries[key]
    return value.entries[name][0] if isinstance(value, MappingNode) and name in value.entries else line


def _unescaped(node: Node) -> Node:
    """Return what ``{value: …}`` holds where it is there to keep a ``from`` from naming an atom."""
    inner = only_value(node, "value")
    escaped = inner
    while escaped is not None:
        if only_value(escaped, "from") is not None:
            return inner or node
        escaped = only_value(escaped, "value")
    return node


def _exception(node: Node) -> str:
    name = text(node)
    if not _EXCEPTION.fullmatch(name):
        raise WrongValueError(f"{shortened(name)} is no class name: write one such as ValueError")
    return name


def _pattern(node: Node) -> str:
    pattern = text(node)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise WrongValueError(f"'match' is no regular expression ({error}): mend or escape it") from None
    return pattern
