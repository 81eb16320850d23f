"""Pictures in files: from Python, ``mge plot``, ``mge run --plots`` and ``pytest --mge-plots``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mge_toolkit.cli import main
from mge_toolkit.core.errors import SettingsError
from mge_toolkit.plots import save_all
from mge_toolkit.plots.pictures import directory_name
from mge_toolkit.plots.saving import NAMES
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.testing import FakeSandboxPlugin
from tests.plots.samples import SHOP, shop_records, shop_run

PLAN = "masterplan: mine\natoms: {one: {code: pass}, two: {depends_on: [one], code: pass}}\n"
RECORDED = [name for name in NAMES if not name.startswith("trend")]


def test_every_picture_is_written_in_both_formats(tmp_path: Path) -> None:
    files = save_all(shop_run(), tmp_path / "new" / "folder", runs=shop_records())
    assert [file.name for file in files] == [f"{name}.{kind}" for name in NAMES for kind in ("png", "svg")]
    assert all(file.stat().st_size > 1000 for file in files)
    assert files[0].read_bytes().startswith(b"\x89PNG")
    assert "<svg" in files[1].read_text()


def test_the_same_run_gives_the_same_files(tmp_path: Path) -> None:
    one, other = (
        [file.read_bytes() for file in save_all(shop_run(), tmp_path / name, only=["graph", "retries"])]
        for name in ("one", "other")
    )
    assert one == other


def test_only_what_is_asked_for_is_written(tmp_path: Path) -> None:
    files = save_all(shop_run(), tmp_path, only=["timeline", "timeline", "success"], formats=["svg"])
    assert sorted(file.name for file in tmp_path.iterdir()) == ["success.svg", "timeline.svg"]
    assert len(files) == 2


@pytest.mark.parametrize(
    ("only", "formats", "why"),
    [
        (["nothing"], ["png"], "only: 'nothing' is none of wave_parallelism"),
        (["timeline"], ["gif"], "format: 'gif' is none of png, svg"),
        (["trend"], ["png"], "trend: needs earlier runs"),
    ],
)
def test_mistakes_are_told_before_anything_is_written(
    tmp_path: Path, only: list[str], formats: list[str], why: str
) -> None:
    with pytest.raises(SettingsError, match=why):
        save_all(shop_run(), tmp_path / "new", only=only, formats=formats)


def test_a_run_that_does_not_know_its_plan_takes_it_or_goes_without(tmp_path: Path) -> None:
    from dataclasses import replace

    run = replace(shop_run(), plan=None)
    assert "graph.png" not in [file.name for file in save_all(run, tmp_path, formats=["png"])]
    assert "graph.png" in [file.name for file in save_all(run, tmp_path, formats=["png"], plan=SHOP)]


def mge(*words: str) -> int:
    return main(words, plugins=Plugins([FakeSandboxPlugin()], entry_points=False))


def test_the_command_draws_a_run_and_what_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("plan.yaml").write_text(PLAN)
    assert mge("run", "plan.yaml", "--sandbox", "fake", "--plots", "drawn") == 0
    assert f"wrote {2 * len(NAMES)} pictures into drawn" in capsys.readouterr().out
    assert {file.stem for file in Path("drawn").iterdir()} == set(NAMES)
    assert mge("plot", "--out", "again", "--only", "graph,trend", "--format", "svg") == 0
    assert capsys.readouterr().out == "wrote again/graph.svg\nwrote again/trend.svg\n"
    assert mge("plot", "last", "--only", "graf") == 4
    assert "'graf' is none of" in capsys.readouterr().err
    assert mge("plot", "ffff") == 4


def test_a_directory_that_cannot_be_made_is_told_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("plan.yaml").write_text(PLAN)
    assert mge("run", "plan.yaml", "--sandbox", "fake", "--plots", "plan.yaml/drawn") == 4
    assert "plots: 'plan.yaml/drawn' cannot be made (Not a directory)" in capsys.readouterr().err


def test_pytest_draws_each_masterplan_into_its_own_directory(pytester: pytest.Pytester) -> None:
    pytester.makefile(".yaml", plan=PLAN)
    pytester.makeconftest(
        """
        from mge_toolkit.testing import FakeSandboxPlugin

        class Fake(FakeSandboxPlugin):
            def pytest_mge_sandboxes(self):
                return self.mge_sandboxes()

        def pytest_configure(config):
            config.pluginmanager.register(Fake())
        """
    )
    ended = pytester.runpytest_subprocess(
        "--mge-masterplan",
        "plan.yaml",
        "--mge-sandbox",
        "fake",
        "--mge-plots",
        "drawn",
        "--mge-records",
        "off",
    )
    ended.assert_outcomes(passed=2)
    ended.stdout.fnmatch_lines([f"wrote {2 * len(RECORDED)} pictures into drawn"])
    assert {file.stem for file in (pytester.path / "drawn" / "mine").iterdir()} == set(RECORDED)


@pytest.mark.parametrize(
    ("name", "directory"), [("shop", "shop"), ("my plan", "my_plan"), ("../../x", "_.._x"), ("..", "plan")]
)
def test_a_masterplans_name_makes_a_safe_directory(name: str, directory: str) -> None:
    assert directory_name(name) == directory


def test_matplotlib_is_imported_when_something_is_drawn() -> None:
    code = "import sys, mge_toolkit.plots, mge_toolkit.plots.pictures; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
