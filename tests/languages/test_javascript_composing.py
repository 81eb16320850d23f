"""What composing a program costs grows with the program, and no faster."""

from __future__ import annotations

import pytest

from mge_toolkit.sandbox.languages.javascript.composition import compose
from tests.jobs import make_job


@pytest.mark.timeout(15)
def test_thousands_of_imports_are_composed_at_once() -> None:
    text = "import {a} from 'b';\n" * 20_000
    job = make_job(text, dependencies={"d": text}, language="javascript")
    composed = compose(job, typescript=False).text
    assert composed.count("import {a}") == 20_000  # those of the dependency; the code's own are known by then
