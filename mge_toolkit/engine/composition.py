"""Puts an atom and what it depends on together into one job for a sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mge_toolkit.core.graph import topological_order
from mge_toolkit.core.jobs import Job, Segment
from mge_toolkit.core.plans import (
    UNSET,
    Atom,
    FromAtom,
    JsonValue,
    Limits,
    Masterplan,
    Source,
    empty_mapping,
)
from mge_toolkit.core.ports import Language
from mge_toolkit.core.results import Role, Value


class ResultMissingError(LookupError):
    """An input asks for a ``result`` that its atom did not bind, or that is no JSON value."""

    def __init__(self, atom_id: str, name: str, shown: str | None) -> None:
        """Keep the ids and say why there is nothing to pass on."""
        self.atom_id = atom_id
        why = "bound no 'result'" if shown is None else f"has a result that is not JSON: {shown[:80]}"
        super().__init__(f"input '{name}' comes from atom '{atom_id}', which {why}")


def job_with(job: Job, source: Source, limits: Limits, trace_id: str, check: Source | None = None) -> Job:
    """Return ``job`` with other code in its atom's place, other limits, and ``check`` for its check, if given."""
    segments = tuple(
        replace(
            segment, source=source if segment.role is Role.CODE else segment.source, timeout=limits.timeout
        )
        if segment.atom_id == job.atom_id
        else segment
        for segment in job.segments
    )
    if check is not None:
        segments = tuple(segment for segment in segments if segment.role is not Role.CHECK)
        own = segments[-1]
        segments += (replace(own, role=Role.CHECK, source=check, inputs=empty_mapping()),)
    return replace(job, segments=segments, limits=limits, trace_id=trace_id)


class Composer:
    """Composes jobs for the atoms of one run, with the code and the results that the run has so far.

    Only atoms of one language family compose; an edge to another family orders the two and ends there.
    """

    def __init__(
        self, plan: Masterplan, languages: Mapping[str, Language], timeout: float | None = None
    ) -> None:
        """Take the plan, and a wall timeout in seconds that replaces every atom's own."""
        self._plan = plan
        self._languages = languages
        self._timeout = timeout
        self._repaired: dict[str, Source] = {}
        self._results: dict[str, Value | None] = {}
        order = topological_order({name: atom.predecessors for name, atom in plan.atoms.items()})
        self._rank = {name: rank for rank, name in enumerate(order)}

    def record(self, atom: Atom, result: Value | None, repaired: Source | None) -> None:
        """Remember what a passed atom gave: its result, and its code where that is no longer the plan's."""
        self._results[atom.id] = result
        if repaired is not None:
            self._repaired[atom.id] = repaired

    def dependencies(self, atom: Atom) -> tuple[Atom, ...]:
        """Return the atoms whose code runs before ``atom``'s, in the order in which it does."""
        if not atom.depends_on:
            return ()
        family = self._languages[atom.language].family
        found: set[str] = set()
        stack = list(atom.depends_on)
        while stack:
            name = stack.pop()
            dependency = self._plan.atoms[name]
            if name not in found and self._languages[dependency.language].family == family:
                found.add(name)
                stack.extend(dependency.depends_on)
        return tuple(self._plan.atoms[name] for name in sorted(found, key=self._rank.__getitem__))

    def job(
        self,
        atom: Atom,
        source: Source,
        *,
        dependencies: tuple[Atom, ...],
        inputs: Mapping[str, JsonValue] | None = None,
    ) -> Job:
        """Return the job that runs ``source`` as the code of ``atom``.

        ``inputs`` replaces the values of the atom's own inputs, by name. Raises ``ResultMissingError`` where an
        input's atom left nothing to pass on.
        """
        segments = [self._dependency(dependency) for dependency in dependencies]
        replaced = inputs or {}
        own = {name: value for name, value in atom.inputs.items() if name not in replaced}
        bound = {**self._bind(own), **replaced}
        limits = self._limits(atom.limits)
        segments.append(
            Segment(
                atom_id=atom.id,
                role=Role.CODE,
                source=source,
                language=atom.language,
                inputs=bound,
                timeout=limits.timeout,
            )
        )
        if atom.check is not None:
            segments.append(
                Segment(
                    atom_id=atom.id,
                    role=Role.CHECK,
                    source=atom.check,
                    language=atom.language,
                    timeout=limits.timeout,
                )
            )
        return Job(
            atom_id=atom.id,
            language=atom.language,
            segments=tuple(segments),
            limits=limits,
            network=atom.network,
            files=atom.files,
            typecheck=atom.typecheck,
            expects_exception=atom.expect is not None and atom.expect.raises is not None,
        )

    def _dependency(self, dependency: Atom) -> Segment:
        return Segment(
            atom_id=dependency.id,
            role=Role.DEPENDENCY,
            source=self._repaired.get(dependency.id, dependency.code),
            language=dependency.language,
            inputs=self._bind(dependency.inputs),
            timeout=self._limits(dependency.limits).timeout,
        )

    def _bind(self, inputs: Mapping[str, JsonValue | FromAtom]) -> dict[str, JsonValue]:
        bound = {}
        for name, value in inputs.items():
            if not isinstance(value, FromAtom):
                bound[name] = value
                continue
            result = self._results.get(value.atom)
            if result is None or result.json is UNSET:
                raise ResultMissingError(value.atom, name, None if result is None else result.repr)
            bound[name] = result.json
        return bound

    def _limits(self, limits: Limits) -> Limits:
        return limits if self._timeout is None else replace(limits, timeout=self._timeout)
