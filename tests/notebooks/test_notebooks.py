"""The notebooks: short, without outputs in the repository, and each runs from a clean kernel."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mge_toolkit.plan import load_masterplan

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NAMES = [
    "01_quickstart",
    "02_wave_parallelism",
    "03_error_patterns",
    "04_repair_review",
    "05_results_and_plots",
    "06_benchmarks",
]

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return found


def test_all_of_them_are_there() -> None:
    assert [path.stem for path in NOTEBOOKS] == NAMES
    readme = (ROOT / "notebooks" / "README.md").read_text(encoding="utf-8")
    assert all(f"({name}.ipynb)" in readme for name in NAMES)


@each
def test_outputs_are_stripped(path: Path) -> None:
    for cell in cells(path):
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"], cell["metadata"]) == ([], None, {})


@each
def test_they_are_short_and_explained(path: Path) -> None:
    found = cells(path)
    code = [cell for cell in found if cell["cell_type"] == "code"]
    assert 3 <= len(code) <= 12
    assert found[0]["cell_type"] == "markdown"
    assert sum(cell["cell_type"] == "markdown" for cell in found) >= 4


@each
def test_they_run_from_a_clean_kernel(path: Path, tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed")
    work = tmp_path / "notebooks"
    work.mkdir()
    for name in ("examples", "benchmarks"):
        (tmp_path / name).symlink_to(ROOT / name)
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(work)}}
    nbclient.NotebookClient(notebook, timeout=240, kernel_name="python3", resources=resources).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert outputs
    assert not [output for output in outputs if output.output_type == "error"]
    told = "".join(output.text for output in outputs if output.get("name") == "stderr")
    assert "Traceback" not in told


def test_the_quickstart_is_itself_a_plan() -> None:
    plan = load_masterplan(ROOT / "notebooks" / "01_quickstart.ipynb")
    assert list(plan.atoms) == ["tax_rate", "gross", "invoice"]
