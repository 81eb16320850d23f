"""Packages that are installed beside the standard library, where they are."""

from __future__ import annotations

import sys

import pytest

from mge_toolkit.retry.fixes.python_names.analysis.standard import is_installed
from tests.retry.fixes.failures import failed
from tests.retry.fixes.python_names.proposals import all_codes


def test_a_package_is_imported_under_its_usual_name() -> None:
    case = failed("x = np.zeros(2)\n", "NameError: name 'np' is not defined", line=1)
    assert all_codes(case)[0] == "import numpy as np\nx = np.zeros(2)\n"


def test_a_misspelt_package_is_found() -> None:
    case = failed(
        "import nmupy as np\nx = np.zeros(2)\n", "ModuleNotFoundError: No module named 'nmupy'", line=1
    )
    assert all_codes(case)[0] == "import numpy as np\nx = np.zeros(2)\n"


def test_a_type_that_numpy_has_given_up_is_the_built_in_one() -> None:
    said = "AttributeError: module 'numpy' has no attribute 'int'.\n`np.int` was a deprecated alias."
    case = failed("import numpy as np\nx = np.int(5)\n", said, line=2, column=5)
    assert all_codes(case)[0] == "import numpy as np\nx = int(5)\n"


def test_a_package_that_is_not_installed_is_not_imported() -> None:
    assert not is_installed("tensorflow_that_nobody_has")
    case = failed("x = tf.zeros(2)\n", "NameError: name 'tf' is not defined", line=1)
    if not is_installed("tensorflow"):
        assert not any("import tensorflow" in code for code in all_codes(case))


def test_nothing_is_imported_to_look() -> None:
    before = set(sys.modules)
    case = failed(
        "x = tkinter.Tk() + antigravity.fly(statistcs.mean([1]))\n",
        "NameError: name 'tkinter' is not defined",
    )
    assert "import tkinter" in all_codes(case)[0]
    assert not {"tkinter", "antigravity"} & (set(sys.modules) - before)


@pytest.mark.parametrize("name", ["", ".", "a.b", "a b", "\x00", "__main__", "é" * 300])
def test_a_strange_name_is_not_installed(name: str) -> None:
    assert is_installed(name) in (True, False)
