from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

from tests.packaging.conftest import ROOT, Installed, build


def source_files() -> set[str]:
    """Return every file of the two packages in the checkout that is no leftover."""
    return {
        path.relative_to(ROOT).as_posix()
        for package in ("mge_toolkit", "pytest_mge")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == source_files()


def test_the_wheel_says_that_it_is_typed(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        assert {"mge_toolkit/py.typed", "pytest_mge/py.typed"} <= set(archive.namelist())


def test_the_source_distribution_is_complete_enough_to_build_and_to_test(tmp_path: Path) -> None:
    path = build(ROOT, tmp_path, "sdist")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert source_files() <= names
    expected = {
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "examples/webshop.yaml",
        "pyproject.toml",
        "tests/conftest.py",
        "tests/oldest.txt",
        "tox.ini",
    }
    assert expected <= names


def test_the_command_says_its_version(installed: Installed) -> None:
    assert installed.run([installed.directory / "bin" / "mge", "--version"], cwd=installed.directory) == (
        "mge-toolkit 0.1.0\n"
    )


def test_the_installed_copy_is_what_runs(installed: Installed) -> None:
    place = installed.run(
        [installed.python, "-c", "import mge_toolkit; print(mge_toolkit.__file__)"], cwd=installed.directory
    )
    assert Path(place.strip()).is_relative_to(installed.directory)


def test_pytest_finds_the_plug_in_by_itself(installed: Installed) -> None:
    help_text = installed.run([installed.python, "-m", "pytest", "--help"], cwd=installed.directory)
    assert "--mge-masterplan" in help_text


def test_a_plan_runs_from_an_installed_wheel(installed: Installed, tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("atoms: {six: {code: 'result = 2 * 3', expect: {result: 6}}}\n")
    mge = installed.directory / "bin" / "mge"
    assert "1 passed" in installed.run([mge, "run", plan], cwd=tmp_path)
