"""The cache, from one run to the next over real records."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mge_toolkit.core.jobs import Job
from mge_toolkit.core.plans import Atom, Source
from mge_toolkit.core.results import Execution, Origin, Outcome
from mge_toolkit.core.runs import RunResult
from mge_toolkit.core.settings import RepairSettings, Settings
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.records import open_store
from mge_toolkit.records.store import SqlRecordStore
from mge_toolkit.service import ExecutionService
from mge_toolkit.testing import (
    PASSED,
    FakeSandboxPlugin,
    FixerPlugin,
    ScriptedFixer,
    failing,
    make_atom,
    make_plan,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlRecordStore]:
    opened = open_store(tmp_path / "history.db")
    yield opened
    opened.close()


def run(
    store: SqlRecordStore,
    atoms: Sequence[Atom],
    *,
    level: str = "fix",
    fixed: str | None = None,
    answer: Any = None,
    **script: Any,
) -> tuple[RunResult, list[str]]:
    """Return a run with the cache and which atoms it executed. ``fixed`` is code that heals any atom."""
    plugin = FakeSandboxPlugin(script, answer)
    parts: list[object] = [plugin]
    if fixed is not None:
        parts.append(FixerPlugin(ScriptedFixer({atom.id: [fixed] for atom in atoms})))

    async def main() -> RunResult:
        settings = Settings(
            sandbox="fake",
            slots=1,
            wave_threshold=0,
            repair=RepairSettings(level=level),  # type: ignore[arg-type]
        )
        plugins = Plugins(parts, entry_points=False)
        async with ExecutionService(settings, plugins=plugins, records=store, cache=True) as service:
            return await service.execute_masterplan(make_plan(atoms))

    result = asyncio.run(main())
    return result, [job.atom_id for job in plugin.made[0].executed]


def test_passes_are_taken_from_the_cache_and_marked(store: SqlRecordStore) -> None:
    atoms = [make_atom("a"), make_atom("b", depends_on=("a",))]
    first, executed = run(store, atoms)
    assert executed == ["a", "b"]
    second, executed = run(store, atoms)
    assert executed == []
    assert (second.counts.passed, second.counts.cached) == (2, 2)
    assert {one.origin for one in second.results.values()} == {Origin.CACHED}
    assert second.results["a"].origin_run == first.run_id
    third, executed = run(store, atoms)
    assert executed == []
    assert third.results["a"].origin_run == first.run_id


def test_a_changed_atom_executes_itself_and_its_dependents_only(store: SqlRecordStore) -> None:
    atoms = [make_atom("a"), make_atom("b", depends_on=("a",)), make_atom("c")]
    run(store, atoms)
    changed = [replace(atoms[0], code=Source(text="x = 2")), *atoms[1:]]
    result, executed = run(store, changed)
    assert executed == ["a", "b"]
    assert result.results["c"].origin is Origin.CACHED


def test_a_failure_is_never_taken_from_the_cache(store: SqlRecordStore) -> None:
    atoms = [make_atom("a")]
    first, _ = run(store, atoms, level="off", a=[failing()])
    assert first.counts.failed == 1
    second, executed = run(store, atoms, level="off", a=[failing()])
    assert executed == ["a"]
    assert second.counts.failed == 1


def test_a_flaky_atom_is_executed_again(store: SqlRecordStore) -> None:
    atoms = [make_atom("a")]
    first, _ = run(store, atoms, fixed="repaired", a=[failing(), PASSED])
    assert first.results["a"].flaky
    _, executed = run(store, atoms)
    assert executed == ["a"]


def test_a_healed_atom_counts_only_where_repair_may_go_as_far(store: SqlRecordStore) -> None:
    atoms = [make_atom("a", code="broken")]
    first, _ = run(store, atoms, fixed="repaired", answer=only_repaired)
    assert first.results["a"].healed
    again, executed = run(store, atoms)
    assert executed == []
    assert (again.counts.healed, again.counts.cached) == (1, 1)
    strict, executed = run(store, atoms, level="off", answer=only_repaired)
    assert executed == ["a"]
    assert strict.results["a"].outcome is Outcome.FAILED


def only_repaired(job: Job) -> Execution:
    return PASSED if job.segments[-1].source.text == "repaired" else failing()
