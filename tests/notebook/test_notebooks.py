"""Notebooks executed by a real kernel, and what is left of them where no kernel and no widget is."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
nbconvert = pytest.importorskip("nbconvert", reason="nbconvert is not installed")

from tests.notebook.jupyter import notebook_of  # noqa: E402 - needs nbformat

PLAN = """\
masterplan: small
atoms:
  one: {code: result = 1, expect: {result: 1}}
  two: {depends_on: [one], code: "result = 3", expect: {result: 2}}
"""


def executed(directory: Path, cells: Sequence[str], **more: Any) -> Any:
    """Return a notebook that a kernel has executed."""
    (directory / "small.yaml").write_text(PLAN)
    notebook = notebook_of(cells)
    client = nbclient.NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(directory)}}, **more
    )
    client.execute()
    return notebook


def outputs(notebook: Any, place: int) -> list[Any]:
    found: list[Any] = notebook.cells[place].outputs
    return found


def test_a_live_run_leaves_a_picture_behind(tmp_path: Path) -> None:
    notebook = executed(
        tmp_path,
        [
            "%load_ext mge_toolkit",
            "run = %mge run small.yaml --repair off\nrun",
            "(await run).counts.total",
            "assert run.done",
        ],
    )
    live, still = outputs(notebook, 1)
    assert "application/vnd.jupyter.widget-view+json" in live.data
    assert still.data["text/plain"].startswith("<run ")
    assert "1 passed, 1 failed" in still.data["text/plain"]
    assert base64.b64decode(still.data["image/png"]).startswith(b"\x89PNG")
    assert "data:image/png;base64," in still.data["text/html"]
    assert outputs(notebook, 2)[0].data["text/plain"] == "2"


def test_an_exported_notebook_shows_pictures_pages_and_tables_without_widgets(tmp_path: Path) -> None:
    notebook = executed(
        tmp_path,
        [
            "%load_ext mge_toolkit",
            "%mge run small.yaml --repair off --wait",
            "%mge show",
            "%mge history",
            "%%atom gross --check 'gross(1) == 2'\ndef gross(net):\n    return net * 3\n",
            "%mge run small.yaml --repair off --wait",
            "%mge compare",
        ],
        store_widget_state=False,
    )
    html, _ = nbconvert.HTMLExporter().from_notebook_node(notebook)
    for shown in ("1 failed", "data:image/png;base64,", "small.yaml", "return net * 3", "still failing"):
        assert shown in html, shown
    assert html.count("data:image/png;base64,") >= 2
    markdown, files = nbconvert.MarkdownExporter().from_notebook_node(notebook)
    assert "<run " in markdown or files["outputs"]


def test_a_mistake_stops_a_notebook_with_one_line(tmp_path: Path) -> None:
    notebook = notebook_of(["%load_ext mge_toolkit", "%mge run nowhere.yaml"])
    client = nbclient.NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="there is no such file"):
        client.execute()
    (error,) = outputs(notebook, 1)
    assert error.output_type == "error"
    assert len(error.traceback) == 1


def test_a_run_is_followed_from_a_loop_that_is_running(tmp_path: Path) -> None:
    notebook = executed(
        tmp_path,
        [
            "%load_ext mge_toolkit",
            "import asyncio\nrun = %mge run small.yaml\n"
            "both = await asyncio.gather(run, asyncio.sleep(0.01, 'beside'))\nboth[1], both[0].counts.total",
        ],
    )
    assert outputs(notebook, 1)[-1].data["text/plain"] == "('beside', 2)"
