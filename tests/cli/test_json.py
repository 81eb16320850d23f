from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from mge_toolkit.testing import failing
from tests.cli.support import Commands

DOCS = Path(__file__).resolve().parents[2] / "docs" / "cli.md"


def keys(value: Any) -> set[str]:
    """Return every key of a document, without those that are names of atoms, protections or numbers."""
    if isinstance(value, list):
        return {key for item in value for key in keys(item)}
    if isinstance(value, dict):
        free = {"mechanisms", "missing", "estimates"}
        inner = {key for name, item in value.items() if name not in free for key in keys(item)}
        return set(value) | inner
    return set()


def test_the_document_goes_to_standard_output_and_the_report_to_standard_error(commands: Commands) -> None:
    ended = commands.run(commands.plan(), "--json", script={"second": [failing()]})
    document = json.loads(ended.out)
    assert document["exit_status"] == ended.status == 1
    assert "failed  second" in ended.err
    assert [atom["id"] for atom in document["atoms"]] == ["first", "second", "third", "alone"]


def test_the_document_goes_to_a_file(commands: Commands) -> None:
    target = commands.directory / "out.json"
    ended = commands.run(commands.plan(), "--json", str(target))
    assert json.loads(target.read_text())["counts"]["passed"] == 4
    assert ended.out.endswith(f"wrote {target}\n")


def test_every_key_is_documented(commands: Commands) -> None:
    atoms = "atoms: {a: {sample_of: t, code: pass}, b: {code: pass}, c: {depends_on: b, code: pass}}\n"
    ended = commands.run(commands.plan(atoms), "--json", "--wave-threshold", "0", script={"b": [failing()]})
    documented = set(re.findall(r"`(\w+)`", DOCS.read_text()))
    outcomes = {"passed", "failed", "blocked", "skipped", "stopped", "error"}
    assert (
        keys(json.loads(ended.out)) - documented - outcomes == {"json", "file", "line", "column"} - documented
    )


def test_a_document_does_not_replace_the_plan(commands: Commands) -> None:
    plan = commands.plan()
    before = Path(plan).read_text()
    ended = commands.run(plan, "--json", plan)
    assert ended.status == 4
    assert "would write over the plan" in ended.err
    assert Path(plan).read_text() == before


def test_a_document_that_cannot_be_written_is_refused_before_the_run(commands: Commands) -> None:
    ended = commands.run(commands.plan(), "--json", str(commands.directory / "no" / "where.json"))
    assert (ended.status, ended.out) == (4, "")
    assert "name a file in a directory that exists" in ended.err


def test_the_plan_after_the_option_is_explained(commands: Commands) -> None:
    ended = commands("run", "--json", commands.plan())
    assert ended.status == 4
    assert "put PLAN before it" in ended.err
