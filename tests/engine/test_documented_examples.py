"""Every example of the page about the Python API does what it shows, in the real sandbox."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs/python-api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
FIGURES = "1.0\n2 1.0\n[True, True]\n0\n"
PRINTED = ["2 0\n", "passed\n", "passed 42\n", "tax passed\ngross passed\nNone\n", FIGURES]
PLAN = """\
atoms:
  tax: {code: "RATE = 0.21"}
  gross: {depends_on: [tax], code: "assert RATE"}
"""


@pytest.mark.parametrize(("example", "printed"), list(zip(EXAMPLES, PRINTED, strict=True)))
def test_an_example_prints_what_it_promises(tmp_path: Path, example: str, printed: str) -> None:
    (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (ended.stdout, ended.returncode) == (printed, 0), ended.stderr
