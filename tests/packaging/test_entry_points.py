"""A separately installed package adds a sandbox, a language, a fixer and an importer: all four are used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.packaging.conftest import ROOT, Installed, build

PLAN = """\
masterplan: sums
defaults: {language: rpn}
atoms:
  plain: {code: 2 3 +, expect: {result: 5}}
  mended: {code: 2 3 x, expect: {result: 6}}
  fed: {input: {a: {from: plain}}, code: a 2 *, expect: {result: 10}}
  wrong: {code: 1 +}
"""


@pytest.fixture(scope="module")
def mge(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the command in an environment that has the example package too."""
    built = build(ROOT / "examples" / "mge-rpn", tmp_path_factory.mktemp("rpn"), "wheel")
    installed.pip_install(built)
    return installed.directory / "bin" / "mge"


def run(installed: Installed, mge: Path, directory: Path, plan: Path) -> dict[str, Any]:
    out = directory / "run.json"
    installed.run(
        ["sh", "-c", '"$0" "$@"; test $? -le 1', mge, "run", plan, "--sandbox", "abacus", "--json", out],
        cwd=directory,
    )
    document: dict[str, Any] = json.loads(out.read_text())
    return document


def test_language_fixer_and_sandbox_work_together(installed: Installed, mge: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(PLAN)
    document = run(installed, mge, tmp_path, plan)
    atoms = {atom["id"]: atom for atom in document["atoms"]}
    assert document["isolation"]["sandbox"] == "abacus"
    assert {name: atom["outcome"] for name, atom in atoms.items()} == {
        "plain": "passed",
        "mended": "passed",
        "fed": "passed",
        "wrong": "failed",
    }
    assert atoms["mended"]["healed"]
    assert [attempt["source"] for attempt in atoms["mended"]["attempts"]] == ["plan", "times-sign"]
    assert atoms["fed"]["result"] == {"json": 10}
    assert atoms["wrong"]["position"]["line"] == 7


def test_the_importer_is_found_by_its_name(installed: Installed, mge: Path, tmp_path: Path) -> None:
    (tmp_path / "sums.txt").write_text("2 3 + = 5\n4 5 * = 20\n")
    installed.run([mge, "import", "sums", "sums.txt", "-o", "sums.yaml"], cwd=tmp_path)
    document = run(installed, mge, tmp_path, tmp_path / "sums.yaml")
    assert document["counts"]["passed"] == document["counts"]["total"] == 2


def test_the_default_sandbox_holds_the_added_language(
    installed: Installed, mge: Path, tmp_path: Path
) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("atoms: {five: {language: rpn, code: 2 3 +, expect: {result: 5}}}\n")
    document = tmp_path / "run.json"
    installed.run([mge, "run", plan, "--json", document], cwd=tmp_path)
    assert json.loads(document.read_text())["isolation"]["sandbox"] == "local"


def test_without_the_package_its_language_is_unknown(tmp_path: Path) -> None:
    from mge_toolkit.core.errors import PlanError
    from mge_toolkit.plan import load_masterplan
    from mge_toolkit.plugins.manager import Plugins

    plan = tmp_path / "plan.yaml"
    plan.write_text("atoms: {five: {language: rpn, code: 2 3 +}}\n")
    with pytest.raises(PlanError, match="rpn"):
        load_masterplan(plan, languages=Plugins().languages)
