"""Runs and atoms as documents: what the shapes in ``models`` promise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mge_toolkit.api.live.events import failure_brief, result_brief, wave_document
from mge_toolkit.api.live.plans import ShelvedPlan
from mge_toolkit.api.live.sight import Head, Sight
from mge_toolkit.core.plans import Atom
from mge_toolkit.core.results import Attempt, ExecutionResult, Origin, Outcome
from mge_toolkit.reporting.document import atom_document
from mge_toolkit.reporting.execution import execution_summary
from mge_toolkit.reporting.repair import code_diff


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses below ``base``, which is where the router is mounted, such as ``/api/v2``."""

    base: str

    def run(self, run_id: str) -> str:
        """Return the address of a run."""
        return f"{self.base}/runs/{run_id}"

    def plan(self, name: str) -> str:
        """Return the address of a masterplan."""
        return f"{self.base}/masterplans/{name}"


def plan_document(found: ShelvedPlan, links: Links) -> dict[str, Any]:
    """Return a masterplan."""
    plan = found.plan
    return {
        "masterplan": plan.name,
        "path": plan.path,
        "atoms": len(plan),
        "waves": [len(names) for names in found.waves.values()],
        "components": list(
            dict.fromkeys(a.component for a in plan.atoms.values() if a.component is not None)
        ),
        "languages": list(dict.fromkeys(atom.language for atom in plan.atoms.values())),
        "links": {
            "self": links.plan(plan.name),
            "execute": f"{links.base}/execution/masterplan/{plan.name}",
            "summary": f"{links.base}/execution/summary/{plan.name}",
        },
    }


def run_item(head: Head, links: Links) -> dict[str, Any]:
    """Return a run as a list shows it."""
    record, live = head.record, head.live
    here = links.run(record.run_id)
    elapsed = record.wall if record.finished else None
    if live is not None and live.going_on:
        elapsed = max(0.0, (datetime.now(UTC) - record.started_at).total_seconds())
    addresses = {
        "self": here,
        "atoms": f"{here}/atoms",
        "events": f"{here}/events",
        "cancel": f"{here}/cancel",
    }
    return {
        **execution_summary(record, head.status.value),
        "kind": None if live is None else live.asked.kind.value,
        "target": None if live is None else live.asked.target,
        "live": live is not None,
        "elapsed": elapsed,
        "links": addresses,
    }


def run_document(sight: Sight, links: Links) -> dict[str, Any]:
    """Return a run."""
    result, live = sight.result, sight.head.live
    return {
        **run_item(sight.head, links),
        "waves": live.wave_documents() if live is not None else _waves(sight),
        "critical_path": None
        if result is None
        else {"atoms": list(result.critical_path), "time": result.critical_path_time},
        "exit_status": result.exit_status if result is not None and sight.head.record.finished else None,
        "records_error": None if result is None else result.records_error,
        "error": None if live is None or live.error is None else str(live.error),
        "last_event_id": sight.last_event,
    }


def atom_items(sight: Sight, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Return atoms as a list shows them, made when they are asked for."""
    return (_atom_item(sight, sight.plan.atoms[name]) for name in names)


def atom_details(sight: Sight, atom_id: str) -> dict[str, Any]:
    """Return one atom with everything; of one that is not settled, the attempts so far."""
    atom = sight.plan.atoms[atom_id]
    settled = sight.results.get(atom_id)
    result = settled or ExecutionResult(
        atom_id=atom_id,
        outcome=Outcome.STOPPED,
        wave=sight.waves[atom_id],
        attempts=tuple(sight.attempts.get(atom_id, ())),
        component=atom.component,
        module=atom.module,
    )
    document = atom_document(result, atom, sight.plan)
    for attempt in document["attempts"]:
        after = attempt["code"]
        attempt["diff"] = code_diff(atom, atom.code.text, after, f"attempt {attempt['number']}")
    return {
        **document,
        "run_id": sight.head.record.run_id,
        "masterplan": sight.plan.name,
        "state": _state(sight, atom_id),
        "outcome": None if settled is None else result.outcome.value,
        "description": atom.description,
        "code": atom.code.text,
        "check": None if atom.check is None else atom.check.text,
        "depends_on": list(atom.predecessors),
        "origin": result.origin.value,
        "origin_run": result.origin_run,
    }


def _atom_item(sight: Sight, atom: Atom) -> dict[str, Any]:
    settled = sight.results.get(atom.id)
    attempts = sight.attempts.get(atom.id, ()) if settled is None else settled.attempts
    head = {
        "state": _state(sight, atom.id),
        "component": atom.component,
        "module": atom.module,
        "language": atom.language,
        "spans": _spans(sight, atom.id, settled, attempts),
    }
    if settled is not None:
        return {**result_brief(settled), **head}
    return {
        "id": atom.id,
        "outcome": None,
        "wave": sight.waves[atom.id],
        "healed": False,
        "flaky": False,
        "attempts": len(attempts),
        "duration": sum(attempt.execution.usage.wall for attempt in attempts),
        "reported": True,
        "origin": Origin.EXECUTED.value,
        "reason": None,
        **failure_brief(attempts[-1].failure if attempts else None),
        **head,
    }


def _state(sight: Sight, atom_id: str) -> str:
    if atom_id in sight.results:
        return "settled"
    return "running" if atom_id in sight.going or atom_id in sight.attempts else "waiting"


def _spans(
    sight: Sight, atom_id: str, settled: ExecutionResult | None, attempts: Sequence[Attempt]
) -> list[dict[str, Any]]:
    """Return when the atom's attempts ran; those of another run have no place in this one's time."""
    if settled is not None and settled.origin is not Origin.EXECUTED:
        return []
    began = sight.head.record.started_at
    spans: list[dict[str, Any]] = [
        {
            "at": round((attempt.started_at - began).total_seconds(), 4),
            "wall": attempt.execution.usage.wall,
            "slot": attempt.slot,
            "number": attempt.number,
            "passed": attempt.passed,
        }
        for attempt in attempts
    ]
    going = sight.going.get(atom_id)
    if going is not None:
        spans.append(
            {
                "at": round(going.at, 4),
                "wall": None,
                "slot": going.slot,
                "number": going.number,
                "passed": None,
            }
        )
    return spans


def _waves(sight: Sight) -> list[dict[str, Any]]:
    return [] if sight.result is None else [wave_document(wave) for wave in sight.result.waves]
