# ruff: noqa: RUF001 (the signs are the subject)
"""Every kind of dirt comes off by itself, and the first candidate is the program as it was."""

from __future__ import annotations

import pytest

from tests.retry.fixes.dirt.soil import (
    AROUND,
    CHARACTERS,
    JAVASCRIPT,
    LINES,
    PROGRAMS,
    WHOLE,
    Dirt,
    fences,
    same,
    session,
    washed,
)

PYTHON = {**CHARACTERS, **LINES, **AROUND, **fences("python"), **WHOLE, "a session": session}
# What leaves JavaScript a program need not come off.
JAVASCRIPT_ALONE = {**CHARACTERS, **LINES, **AROUND, **fences("javascript"), **WHOLE}
SOILING_JAVASCRIPT = {kind: dirt for kind, dirt in JAVASCRIPT_ALONE.items() if dirt(JAVASCRIPT) != JAVASCRIPT}


SOILED_PYTHON = [
    pytest.param(dirt, program, id=f"{kind}-{program}")
    for kind, dirt in PYTHON.items()
    for program, text in PROGRAMS.items()
    if not same(dirt(text), text)  # there are programs that hold nothing which takes this dirt
]


@pytest.mark.parametrize(("dirt", "program"), SOILED_PYTHON)
def test_dirt_comes_off_python(dirt: Dirt, program: str) -> None:
    original = PROGRAMS[program]
    soiled = dirt(original)
    found = washed(soiled)
    assert found, "nothing was proposed"
    ambiguous = dirt is WHOLE["breaks alone escaped"] and "\\n" in original
    assert any(same(each.code, original) for each in (found if ambiguous else found[:2]))


@pytest.mark.parametrize("language", ["javascript", "typescript"])
@pytest.mark.parametrize("dirt", SOILING_JAVASCRIPT.values(), ids=SOILING_JAVASCRIPT)
def test_dirt_comes_off_javascript(dirt: Dirt, language: str) -> None:
    soiled = dirt(JAVASCRIPT)
    assert any(same(each.code, JAVASCRIPT, language) for each in washed(soiled, language)[:3])


@pytest.mark.parametrize(
    ("soiled", "clean"),
    [
        (
            "```py\ndef f():\n    return 1\n```\nand\n```py\nx = f()\n```\n",
            "def f():\n    return 1\nx = f()\n",
        ),
        ("```bash\npip install x\n```\n```python\nx = 1\n```\n", "x = 1\n"),
        ("Run `f`:\n```py\nx = 1\n```\nIt prints:\n```\n1 apple\n```\n", "x = 1\n"),
        ("```python x = 1\n```", "x = 1\n"),
        ("`x = max(1, 2)`", "x = max(1, 2)\n"),
        ("!pip install numpy\n%matplotlib inline\nimport math\n", "import math\n"),
        ("$ python3 program.py\nx = 1\n", "x = 1\n"),
        ("pip install requests\nx = 1\n", "x = 1\n"),
        ("if True:\n    !ls\nx = 1\n", "if True:\n    pass\nx = 1\n"),
        ("In [1]: x = 1\n\nIn [2]: x + 1\nOut[2]: 2\n", "x = 1\nx + 1\n"),
        (">>> def f(x):\n...     return x\n...\n>>> f(2)\n2\n", "def f(x):\n    return x\nf(2)\n"),
        ("class A:\n    …\n", "class A:\n    ...\n"),
        ("def f(a, b) → int:\n    return a × b\n", "def f(a, b) -> int:\n    return a * b\n"),
        ("x = ‘it’s’\n", 'x = "it\'s"\n'),
        ("x = “““a\nb”””\n", 'x = """a\nb"""\n'),
        ("if 2 ≥ 1 and 3 ≠ 4:\n    x = 5 ÷ 2\n", "if 2 >= 1 and 3 != 4:\n    x = 5 / 2\n"),
        ("if x &lt; 3 and y:\n    pass\n", "if x < 3 and y:\n    pass\n"),
        ("Answer: def f(): return 1\n", "def f(): return 1\n"),
        ("**Solution:**\nx = 1\n", "x = 1\n"),
        ("x = 1\u2028y = 2\n", "x = 1\ny = 2\n"),
    ],
)
def test_small_cases(soiled: str, clean: str) -> None:
    assert any(same(each.code, clean) for each in washed(soiled))


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("x = “a”\ny = 'curly “b” – stays'\n", "'curly “b” – stays'"),
        ("x = 1 − 2\ny = '1 − 2'  # 1 − 2\n", "'1 − 2'  # 1 − 2"),
        ("x =\u200b [1,\u200b 2]\ny\u200b = 'a\u200bb'\n", "'a\u200bb'"),
        ("if x &lt; 1 and x > 0:\n    y = '&lt;'\n", "'&lt;'"),
        ("```python\nx = '<br>'\n```", "'<br>'"),
        ("```python\nx = '> a'\ny = '''\n> b\n1. c\n+ d\n!e\n'''\n```", "'''\n> b\n1. c\n+ d\n!e\n'''"),
        ("```python\nx = 'Answer:'\n# Answer:\n```", "'Answer:'\n# Answer:"),
    ],
)
def test_what_is_in_strings_stays(code: str, kept: str) -> None:
    first = washed(code)[0].code
    assert kept in first


def test_comments_and_docstrings_in_prose_are_kept() -> None:
    code = '"""A module."""\n\n# What it does.\nx = 1  # one\n'
    found = washed(f"Here is what you asked for:\n\n{code}\nI hope that this is of help to you.\n")
    assert found[0].code.strip() == code.strip()


def test_headings_and_words_of_prose_are_not_taken_for_code() -> None:
    text = "## Solution\n\nSure\n\nNote: important\n\nIt is, of course, like this:\n\nx = 1\n\nOutput\n\n42\n"
    assert washed(text)[0].code.strip() == "x = 1"


def test_dirty_code_with_another_fault_is_still_washed() -> None:
    found = washed("Here you go:\n```python\ndef f(x)\n    return “a”\n```\nDone.\n")
    assert [each.code.strip() for each in found] == ['def f(x)\n    return "a"']
    assert found[0].confidence < 0.4


def test_explanations_name_the_dirt_and_its_line() -> None:
    found = washed("Here:\n```python\nx = “a”\n```\n")
    assert found[0].explanation == (
        "took the code out of the Markdown fence on line 2; replaced typographic signs, the first on line 1"
    )
