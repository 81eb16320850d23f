"""The examples load, and use what they are there to show."""

from __future__ import annotations

import re
from pathlib import Path

from mge_toolkit.core.graph import waves
from mge_toolkit.plan import load_masterplan

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_web_shop_flows_through_three_languages() -> None:
    plan = load_masterplan(EXAMPLES / "webshop.yaml")
    assert {atom.language for atom in plan.atoms.values()} == {"python", "javascript", "typescript"}
    crossing = [
        (plan.atoms[source].language, atom.language)
        for atom in plan.atoms.values()
        for source in atom.sources
        if plan.atoms[source].language != atom.language
    ]
    assert len(set(crossing)) >= 4
    assert max(waves({name: atom.predecessors for name, atom in plan.atoms.items()}).values()) >= 4
    assert all(atom.check or atom.expect for atom in plan.atoms.values())


def test_every_failure_says_what_must_come_of_it() -> None:
    plan = load_masterplan(EXAMPLES / "failures.yaml")
    form = re.compile(
        r"(failed, (syntax|import|type|runtime|timeout): [a-z_]+|passed, [a-z_]+|blocked by \w+)\. [A-Z]"
    )
    for atom in plan.atoms.values():
        assert form.match(atom.description or ""), atom.id
        assert atom.max_retries == 0
        assert atom.limits.timeout <= 20
