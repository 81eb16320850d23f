"""The masterplan as records: what is to be run, with which inputs, checks and limits.

These records are what a loader produces and the engine consumes. They carry no behaviour beyond
looking things up in themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, TypeAlias

JsonValue: TypeAlias = Any
"""A value that JSON can hold: ``None``, ``bool``, ``int``, finite ``float``, ``str``, ``list``, ``dict``."""

_EMPTY: Final[Mapping[Any, Any]] = MappingProxyType({})


def empty_mapping() -> Mapping[Any, Any]:
    """Return the one empty, read-only mapping; dataclasses take no unhashable value as a default."""
    return _EMPTY


class Unset(StrEnum):
    """The type of :data:`UNSET`, which says that a value was not given (``None`` is a value)."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """A place in a file that the user can open. Lines and columns count from 1."""

    file: str
    line: int
    column: int | None = None

    def __str__(self) -> str:
        """Format as ``file:line`` or ``file:line:column``."""
        place = f"{self.file}:{self.line}"
        return place if self.column is None else f"{place}:{self.column}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A piece of code and the place where the user wrote it.

    ``line`` is where the first line of ``text`` stands in ``file``; ``indent`` is how many columns
    stand to its left there. ``exact`` is false where the lines of ``text`` are not lines of the file
    (a quoted YAML scalar, a JSON string): every position is then ``line`` itself.
    """

    text: str
    file: str = "<code>"
    line: int = 1
    indent: int = 0
    exact: bool = True

    def position(self, line: int, column: int | None = None) -> Position:
        """Return where line ``line`` (from 1) of this code stands in the user's file."""
        if not self.exact:
            return Position(file=self.file, line=self.line)
        shifted = None if column is None else column + self.indent
        return Position(file=self.file, line=self.line + line - 1, column=shifted)


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one attempt may use. Times in seconds, sizes in bytes.

    ``cpu_time`` of ``None`` means ``timeout * cpus``. ``output`` is what is kept of each stream;
    an attempt that writes more than ``output_kill`` to its streams together is killed.
    """

    timeout: float = 30.0
    cpu_time: float | None = None
    memory: int = 512 * 1024**2
    cpus: float = 1.0
    processes: int = 64
    output: int = 1024**2
    output_kill: int = 64 * 1024**2
    disk: int = 64 * 1024**2

    @property
    def cpu_seconds(self) -> float:
        """Return the CPU-time limit in seconds that holds."""
        return self.timeout * self.cpus if self.cpu_time is None else self.cpu_time


DEFAULT_LIMITS: Final = Limits()


class Network(StrEnum):
    """What network an atom sees: none at all, or a loopback interface of its own."""

    NONE = "none"
    LOOPBACK = "loopback"


@dataclass(frozen=True, kw_only=True, slots=True)
class FromAtom:
    """An input whose value is the ``result`` of another atom."""

    atom: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RaisedException:
    """The exception that an atom is expected to raise.

    ``type`` is a class name, matched against the exception's class and its bases, bare or qualified;
    ``match`` is a regular expression searched for in the message.
    """

    type: str
    match: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Expectation:
    """What ``expect`` asks for; a field left ``UNSET``/``None`` is not compared.

    ``tolerance`` is the absolute difference allowed between numbers anywhere inside ``result``.
    """

    result: JsonValue | Unset = UNSET
    stdout: str | None = None
    raises: RaisedException | None = None
    tolerance: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class DataFile:
    """A read-only file given to an atom: ``name`` relative to its work directory, and its ``content``."""

    name: str
    content: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Atom:
    """The smallest unit that runs.

    ``id`` is unique in its masterplan. ``language`` is a registered language's name. ``inputs`` binds
    names to JSON values or to other atoms' results. ``line`` is where the plan names the atom.
    ``sample_of`` groups the atoms that are samples of one task, for pass@k.
    """

    id: str
    code: Source
    language: str = "python"
    check: Source | None = None
    expect: Expectation | None = None
    depends_on: tuple[str, ...] = ()
    inputs: Mapping[str, JsonValue | FromAtom] = field(default_factory=empty_mapping)
    limits: Limits = DEFAULT_LIMITS
    network: Network = Network.NONE
    files: tuple[DataFile, ...] = ()
    component: str | None = None
    module: str | None = None
    description: str | None = None
    critical: bool = True
    max_retries: int = 3
    typecheck: bool = False
    target_file: str | None = None
    sample_of: str | None = None
    line: int = 1

    def __post_init__(self) -> None:
        """Refuse code that is no ``Source``, which would fail far from here."""
        for name, part in (("code", self.code), ("check", self.code if self.check is None else self.check)):
            if not isinstance(part, Source):
                raise TypeError(f"atom '{self.id}': {name} is a {type(part).__name__}: give Source(text=...)")

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the ids of the atoms whose results this atom takes as inputs, in order of its inputs."""
        return tuple(dict.fromkeys(v.atom for v in self.inputs.values() if isinstance(v, FromAtom)))

    @property
    def predecessors(self) -> tuple[str, ...]:
        """Return every atom that must have passed before this one starts."""
        return tuple(dict.fromkeys((*self.depends_on, *self.sources)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Masterplan:
    """A validated plan: ids are unique, every dependency exists, and there is no cycle.

    ``atoms`` is in the plan's own order. ``path`` is the file it came from, as the user named it.
    ``preload`` names modules that are imported once, before any atom runs.
    """

    name: str
    atoms: Mapping[str, Atom]
    path: str = "<plan>"
    preload: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Return the number of atoms."""
        return len(self.atoms)
