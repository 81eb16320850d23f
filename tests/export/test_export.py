"""Runs exported as notebooks and pages: what is in them, that nothing there takes effect, what is refused."""

from __future__ import annotations

import asyncio
import html.parser
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from mge_toolkit import ExecutionService, Settings
from mge_toolkit.cli import main
from mge_toolkit.core.errors import MgeError, SettingsError, UnknownRunError
from mge_toolkit.export import export_run
from mge_toolkit.plan import load_text
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.records import open_store
from mge_toolkit.testing import FakeSandboxPlugin, failing

nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
pytest.importorskip("pandas", reason="pandas is not installed")
pytest.importorskip("matplotlib", reason="matplotlib is not installed")

HOSTILE = (
    "</pre><script>alert(1)</script> ``` $x$ <img src=x onerror=alert(2)> | [a](javascript:alert(3)) **b**"
)
PLAN = """\
masterplan: shop
components:
  catalog:
    atoms:
      base: {code: "x = 1"}
      good: {code: "y = 1", depends_on: base}
      bad: {code: "raise SystemExit"}
      after: {code: "z", depends_on: bad}
"""


def recorded(directory: Path, message: str = "no such thing", runs: int = 2) -> Path:
    """Return records of some runs whose atom ``bad`` fails with ``message``, and is then healed or not."""
    database = directory / "history.db"
    store = open_store(database)

    async def all_of_them() -> None:
        plugins = Plugins([FakeSandboxPlugin({"bad": [failing(message)] * 20})])
        plan = load_text(PLAN, file="shop.yaml")
        settings = Settings(sandbox="fake", slots=2, wave_threshold=0)
        async with ExecutionService(settings, plugins=plugins, records=store) as service:
            for _ in range(runs):
                await service.execute_masterplan(plan)

    asyncio.run(all_of_them())
    store.close()
    return database


def export(database: Path, target: Path, *, kernel: bool = False, run: str = "last") -> Path:
    store = open_store(database)
    try:
        return export_run(
            store, run, target, location=str(database), languages=Plugins().languages, kernel=kernel
        )
    finally:
        store.close()


def outputs(path: Path) -> list[Any]:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def mime_types(found: list[Any]) -> set[str]:
    return {kind for output in found for kind in output.get("data", ())}


@pytest.mark.parametrize("kernel", [False, True], ids=["here", "kernel"])
def test_a_notebook_is_readable_without_a_kernel(tmp_path: Path, kernel: bool) -> None:
    if kernel:
        pytest.importorskip("ipykernel", reason="ipykernel is not installed")
        pytest.importorskip("nbclient", reason="nbclient is not installed")
    path = export(recorded(tmp_path), tmp_path / "report.ipynb", kernel=kernel)
    found = outputs(path)
    assert {"image/png", "text/html", "text/plain"} <= mime_types(found)
    assert not [output for output in found if output.output_type == "error"]
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert "4 atoms" in text
    assert "1 failed" in text
    assert "no such thing" in text


def test_both_ways_of_executing_show_the_same(tmp_path: Path) -> None:
    pytest.importorskip("ipykernel", reason="ipykernel is not installed")
    pytest.importorskip("nbclient", reason="nbclient is not installed")
    database = recorded(tmp_path)
    here, there = (
        outputs(export(database, tmp_path / f"{kernel}.ipynb", kernel=kernel)) for kernel in (False, True)
    )
    assert [set(output.get("data", ())) for output in here] == [
        set(output.get("data", ())) for output in there
    ]
    plain = [[output.get("data", {}).get("text/html") for output in found] for found in (here, there)]
    assert plain[0] == plain[1]


def test_each_cell_makes_its_output_again(tmp_path: Path) -> None:
    database = recorded(tmp_path)
    path = export(database, tmp_path / "report.ipynb")
    space: dict[str, Any] = {}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, "<cell>", "exec"), space)
    assert space["run"].counts.failed == 1
    space["store"].close()


class Elements(html.parser.HTMLParser):
    """Collects what takes effect on a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def test_a_page_fetches_nothing_and_runs_nothing_whatever_programs_wrote(tmp_path: Path) -> None:
    pytest.importorskip("nbconvert", reason="nbconvert is not installed")
    page = export(recorded(tmp_path, HOSTILE), tmp_path / "report.html").read_text(encoding="utf-8")
    elements = Elements()
    elements.feed(page)
    assert "alert(1)" in page
    assert "script" not in elements.tags
    assert not [name for name, _ in elements.attributes if name.startswith("on")]
    links = [value for name, value in elements.attributes if name in ("href", "src")]
    assert all(value.startswith(("#", "data:image/png;base64,")) for value in links)
    assert "Content-Security-Policy" in page
    assert elements.tags.count("img") >= 5


def test_what_programs_wrote_takes_no_effect_in_the_notebook(tmp_path: Path) -> None:
    path = export(recorded(tmp_path, HOSTILE), tmp_path / "report.ipynb")
    tables = [output.data["text/html"] for output in outputs(path) if "text/html" in output.get("data", {})]
    assert any("alert(1)" in table for table in tables)
    for table in tables:
        elements = Elements()
        elements.feed(table)
        assert {"script", "img", "a"}.isdisjoint(elements.tags)


@pytest.mark.parametrize("kernel", [False, True], ids=["here", "kernel"])
def test_what_programs_wrote_is_not_set_as_formulas(tmp_path: Path, kernel: bool) -> None:
    if kernel:
        pytest.importorskip("ipykernel", reason="ipykernel is not installed")
        pytest.importorskip("nbclient", reason="nbclient is not installed")
    pandas = pytest.importorskip("pandas")
    before = pandas.get_option("display.html.use_mathjax")
    path = export(recorded(tmp_path, "costs $5 or $6"), tmp_path / "report.ipynb", kernel=kernel)
    tables = [output.data["text/html"] for output in outputs(path) if "text/html" in output.get("data", {})]
    assert any("costs $5 or $6" in table for table in tables)
    for table in tables:
        assert re.match(r'<div class="[^"]*\bmathjax_ignore\b', table)
        assert "<table" in table
        assert "tex2jax_ignore" in table[table.index("<table") :], "also where the cells are run again"
    assert pandas.get_option("display.html.use_mathjax") == before


def test_the_password_of_a_database_is_not_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = recorded(tmp_path)
    store = open_store(database)
    monkeypatch.setattr("mge_toolkit.records.open_store", lambda _: store)
    target = export_run(
        store,
        "last",
        tmp_path / "report.ipynb",
        location="postgresql://me:secret@db/runs",
        languages=Plugins().languages,
        kernel=False,
    )
    text = target.read_text(encoding="utf-8")
    assert "secret" not in text
    assert "MGE_RECORDS" in text
    assert "MGE_RECORDS" not in os.environ
    store.close()


def test_a_first_run_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    path = export(recorded(tmp_path, runs=1), tmp_path / "report.ipynb")
    assert "compare(" not in path.read_text(encoding="utf-8")


def test_what_cannot_be_exported_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    database = recorded(tmp_path, runs=1)
    with pytest.raises(SettingsError, match=r"ends in neither \.ipynb nor \.html"):
        export(database, tmp_path / "report.pdf")
    with pytest.raises(SettingsError, match="there is no directory"):
        export(database, tmp_path / "none" / "report.html")
    with pytest.raises(UnknownRunError):
        export(database, tmp_path / "report.html", run="nobody")
    (tmp_path / "full.ipynb").mkdir()
    with pytest.raises(MgeError, match="cannot be written"):
        export(database, tmp_path / "full.ipynb")


def test_the_command_says_what_it_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded(tmp_path, runs=1)
    monkeypatch.chdir(tmp_path)
    assert main(["export", "--records", "history.db", "--to", "report.ipynb"]) == 0
    assert capsys.readouterr().out == "wrote report.ipynb\n"
    assert json.loads(Path("report.ipynb").read_text(encoding="utf-8"))["nbformat"] == 4
    assert main(["export", "--records", "none.db", "--to", "report.ipynb"]) == 4
    assert "there are no records in 'none.db'" in capsys.readouterr().err
