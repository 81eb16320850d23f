"""Importing the toolkit costs next to nothing; a pytest run that does not use it, little."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("asyncio", "yaml", "pydantic", "pluggy", "subprocess", "concurrent.futures", "numpy")


def modules_after(statement: str) -> set[str]:
    """Return what is loaded after ``statement`` in a fresh interpreter without site packages' own start-up."""
    text = f"import sys; before = set(sys.modules)\n{statement}\nprint(*set(sys.modules) - before)"
    done = subprocess.run(
        [sys.executable, "-c", text],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={"PATH": "/bin"},
    )
    return set(done.stdout.split())


def test_importing_the_package_imports_nothing_heavy() -> None:
    loaded = modules_after("import mge_toolkit")
    assert not loaded & set(HEAVY)
    assert {name for name in loaded if name.startswith("mge_toolkit.")} == set()


@pytest.mark.parametrize("name", ["Masterplan", "Settings", "ExecutionService", "run", "load_masterplan"])
def test_public_names_load_when_they_are_used(name: str) -> None:
    assert f"mge_toolkit.{name}" not in modules_after("import mge_toolkit")
    assert modules_after(f"from mge_toolkit import {name}")


def test_every_public_name_is_there() -> None:
    statement = "import mge_toolkit; [getattr(mge_toolkit, name) for name in mge_toolkit.__all__]"
    assert "mge_toolkit.service" in modules_after(statement)


def test_the_pytest_plug_in_imports_little_before_it_is_used() -> None:
    loaded = modules_after("import pytest; before |= set(sys.modules); import pytest_mge.plugin")
    assert not loaded & {"asyncio", "yaml", "pydantic"}
    assert not {name for name in loaded if name.startswith(("mge_toolkit.engine", "mge_toolkit.sandbox"))}
