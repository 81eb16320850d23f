"""Results that need not be executed again: those of a run that is resumed, and those of the cache.

Both go by the digest of the whole program that would run: the atom's code and check, its dependencies' code as it
is now, inputs, data files and limits. A changed atom is executed again, and so is whatever is composed with it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Final

from mge_toolkit.core.errors import UnknownRunError
from mge_toolkit.core.jobs import Job
from mge_toolkit.core.plans import UNSET, Atom
from mge_toolkit.core.ports import RepairLevel
from mge_toolkit.core.records import RecordStore
from mge_toolkit.core.results import ExecutionResult, Origin, Outcome

_FINAL: Final = frozenset({Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED})


def program_digest(atom: Atom, job: Job) -> str:
    """Return a name for everything that decides how ``job`` ends, but for what it runs on."""
    expect = atom.expect
    parts = {
        "language": job.language,
        "segments": [
            (one.atom_id, one.role, one.language, one.source.text, dict(one.inputs), one.timeout)
            for one in job.segments
        ],
        "limits": asdict(job.limits),
        "network": job.network,
        "files": [(file.name, hashlib.sha256(file.content).hexdigest()) for file in job.files],
        "typecheck": job.typecheck,
        "expect": None
        if expect is None
        else (
            expect.result is not UNSET,
            expect.result,
            expect.stdout,
            None if expect.raises is None else (expect.raises.type, expect.raises.match),
            expect.tolerance,
        ),
    }
    return hashlib.sha256(json.dumps(parts, default=repr).encode()).hexdigest()


class ResumedRun:
    """Takes over what a run that did not end had finished."""

    def __init__(self, run_id: str, results: Mapping[str, ExecutionResult]) -> None:
        """Take the results of run ``run_id``, by atom."""
        self._run_id = run_id
        self._results = results

    async def find(self, atom: Atom, digest: str) -> ExecutionResult | None:
        """Return the atom's result where it was final and its program is the same."""
        result = self._results.get(atom.id)
        if result is None or result.outcome not in _FINAL or result.digest != digest:
            return None
        return replace(result, origin=Origin.RESUMED, origin_run=result.origin_run or self._run_id)


class ResultCache:
    """Takes passes from earlier runs on the same interpreters, packages and sandbox.

    A failure is always executed again. What passed only because it was healed counts where repair may go as far
    now as it could then: the cache must not hide that the plan's own code fails.
    """

    def __init__(self, store: RecordStore, environment: str, level: RepairLevel) -> None:
        """Look in ``store`` for passes in ``environment``; ``level`` is how far repair may go."""
        self._store = store
        self._environment = environment
        self._level = level

    async def find(self, atom: Atom, digest: str) -> ExecutionResult | None:
        """Return the latest pass of the same program."""
        return await asyncio.to_thread(self._find, digest)

    def _find(self, digest: str) -> ExecutionResult | None:
        result = self._store.recall(digest, self._environment)
        if (
            result is None
            or result.origin_run is None
            or result.outcome is not Outcome.PASSED
            or result.flaky
        ):
            return None
        if result.healed and not self._allowed(result.origin_run):
            return None
        return replace(result, origin=Origin.CACHED)

    def _allowed(self, run_id: str) -> bool:
        """Return whether repair may go as far now as in that run; no, where nobody knows any more."""
        try:
            return self._level.includes(self._store.find(run_id).repair)
        except UnknownRunError:
            return False
