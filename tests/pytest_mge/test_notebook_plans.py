"""Notebooks as plans of a session: their cells are items, and notebooks without atoms are left to others."""

from __future__ import annotations

import json
from typing import Any

from tests.pytest_mge.conftest import Sessions, node_ids


def cell(source: str, *tags: str) -> dict[str, Any]:
    metadata = {"tags": list(tags)} if tags else {}
    return {
        "cell_type": "code",
        "metadata": metadata,
        "source": source,
        "execution_count": None,
        "outputs": [],
    }


def notebook(*cells: dict[str, Any]) -> str:
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4})


ATOMS = notebook(
    cell("import pandas"),
    cell("%%atom tax --component catalog\nRATE = 0.21"),
    cell("%%atom gross --depends-on tax\nx = 1"),
    cell("assert x == 1", "check:gross"),
)


def test_every_cell_that_is_an_atom_is_an_item(sessions: Sessions) -> None:
    sessions.plan(ATOMS, "analysis.ipynb")
    found = ["analysis.ipynb::catalog::tax", "analysis.ipynb::gross"]
    assert node_ids(sessions.run("--mge-masterplan", "analysis.ipynb", "--collect-only", "-q")) == found
    sessions.run("--mge-masterplan", "analysis.ipynb").assert_outcomes(passed=2)


def test_a_node_id_runs_that_cell(sessions: Sessions) -> None:
    sessions.plan(ATOMS, "analysis.ipynb")
    sessions.run("analysis.ipynb::gross").assert_outcomes(passed=1)


def test_a_failure_points_at_the_cell(sessions: Sessions) -> None:
    sessions.plan(ATOMS, "analysis.ipynb")
    sessions.conftest("SCRIPT['gross'] = [failing('no')] * 9")
    result = sessions.run("--mge-masterplan", "analysis.ipynb")
    result.assert_outcomes(passed=1, failed=1)
    assert "x = 1" in result.stdout.str()


def test_mistakes_end_the_session_before_anything_runs(sessions: Sessions) -> None:
    sessions.plan(notebook(cell("%%atom gross --depends-on tax\nx = 1")), "analysis.ipynb")
    result = sessions.run("--mge-masterplan", "analysis.ipynb")
    assert result.ret == 4
    told = result.stdout.str() + result.stderr.str()
    assert "analysis.ipynb#cell-1:1: atom 'gross': unknown atom 'tax'" in told


def test_a_notebook_without_atoms_is_left_to_other_plug_ins(sessions: Sessions) -> None:
    sessions.plan(notebook(cell("x = 'an atom'"), cell("y", "slow")), "plain.ipynb")
    result = sessions.run("plain.ipynb")
    assert "mge" not in result.stderr.str()
    result.assert_outcomes()
