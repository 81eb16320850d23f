"""What a rewritten plan looks like: each style in which code can be written, and what stands around it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from mge_toolkit.plan.rewriting import rewrite
from tests.plan.rewriting.files import becomes, healed, written

LOOP = "for i in 1, 2:\n    print(i)\n"

CASES = {
    "a block keeps its comments, its depth and the blank lines behind it": (
        "atoms:\n  a:\n      code: |   # mine\n          x = 0\n          y = 1\n\n\n      # n\n      cpus: 3\n",
        "x = 1\ny = 1\n",
        "atoms:\n  a:\n      code: |   # mine\n          x = 1\n          y = 1\n\n\n      # n\n      cpus: 3\n",
    ),
    "blanks in lines that did not change stay": (
        "atoms:\n  a:\n    code: |\n      x = 0\n   \n      y = 1\n    timeout: 3\n",
        "x = 2\n\ny = 1\n",
        "atoms:\n  a:\n    code: |\n      x = 2\n   \n      y = 1\n    timeout: 3\n",
    ),
    "a stripped block stays one": (
        "atoms:\n  a:\n    code: |-\n      x = 0\n",
        "x = 1",
        "atoms:\n  a:\n    code: |-\n      x = 1\n",
    ),
    "no final newline stays none": (
        "atoms:\n  a:\n    code: |-\n      x = 0",
        "x = 1\ny = 2",
        "atoms:\n  a:\n    code: |-\n      x = 1\n      y = 2",
    ),
    "a folded block becomes a literal one": (
        "atoms:\n  a:\n    code: >\n      x =\n      0\n    timeout: 3\n",
        LOOP,
        "atoms:\n  a:\n    code: |\n      for i in 1, 2:\n          print(i)\n    timeout: 3\n",
    ),
    "an indicator stays and counts the same": (
        "atoms:\n  a:\n    code: |2\n        x\n      y\n",
        "x\ny\n",
        "atoms:\n  a:\n    code: |2\n      x\n      y\n",
    ),
    "a word stays a word": (
        "atoms: {a: {code: pass, timeout: 3}}\n",
        "print(1)",
        "atoms: {a: {code: print(1), timeout: 3}}\n",
    ),
    "a word that would mean something else is quoted": (
        "atoms:\n  a:\n    code: pass  # c\n",
        "x = 1 # one",
        'atoms:\n  a:\n    code: "x = 1 # one"  # c\n',
    ),
    "a number is quoted": ("atoms:\n  a:\n    code: x\n", "1", 'atoms:\n  a:\n    code: "1"\n'),
    "single quotes stay": (
        "atoms:\n  a:\n    code: 'x = 0'\n",
        "x = 'it'",
        "atoms:\n  a:\n    code: 'x = ''it'''\n",
    ),
    "double quotes stay": (
        'atoms:\n  a:\n    code: "x = 0"\n',
        'x = "\\d"',
        'atoms:\n  a:\n    code: "x = \\"\\\\d\\""\n',
    ),
    "one line that becomes several becomes a block, as deep as its neighbours are": (
        "atoms:\n    a:\n        code: pass\n        cpus: 3\n",
        LOOP,
        "atoms:\n    a:\n        code: |\n            for i in 1, 2:\n                print(i)\n        cpus: 3\n",
    ),
    "a flow mapping stays on its line": (
        "atoms: {a: {timeout: 3, code: 'pass'}}\n",
        LOOP,
        'atoms: {a: {timeout: 3, code: "for i in 1, 2:\\n    print(i)\\n"}}\n',
    ),
    "lines within double quotes stay there": (
        'atoms:\n  a:\n    code: "x = 0\\ny = 1"\n',
        "x = 1\ny = 1",
        'atoms:\n  a:\n    code: "x = 1\\ny = 1"\n',
    ),
    "line ends are the file's": (
        "atoms:\r\n  a:\r\n    code: |\r\n      x = 0\r\n    timeout: 3\r\n",
        LOOP,
        "atoms:\r\n  a:\r\n    code: |\r\n      for i in 1, 2:\r\n          print(i)\r\n    timeout: 3\r\n",
    ),
    "a byte order mark stays": (
        "\ufeffatoms:\n  a:\n    code: |\n      x = 0\n",
        "x = 1\n",
        "\ufeffatoms:\n  a:\n    code: |\n      x = 1\n",
    ),
    "what no block can hold is quoted, and a comment stays": (
        "atoms:\n  a:\n    code: |  # c\n      x = 0\n\n    # d\n    timeout: 3\n",
        "x = '\x1b'\ny = 1\n",
        'atoms:\n  a:\n    code: "x = \'\\u001b\'\\ny = 1\\n"  # c\n\n    # d\n    timeout: 3\n',
    ),
    "a comment as deep as the block would be is not taken in": (
        "atoms:\n  a:\n    code: pass\n      # c\n    timeout: 3\n",
        "x\ny",
        'atoms:\n  a:\n    code: "x\\ny"\n      # c\n    timeout: 3\n',
    ),
    "blank lines behind do not become code": (
        "atoms:\n  a:\n    code: pass\n\n\n\n    timeout: 3\n",
        "x\n\n",
        'atoms:\n  a:\n    code: "x\\n\\n"\n\n\n\n    timeout: 3\n',
    ),
    "an explicit key": (
        "atoms:\n  ? a\n  : ? code\n    : pass\n    ? timeout\n    : 3\n",
        LOOP,
        "atoms:\n  ? a\n  : ? code\n    : |\n      for i in 1, 2:\n          print(i)\n    ? timeout\n    : 3\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("before", "code", "after"), CASES.values(), ids=CASES)
def test_only_the_code_changes(tmp_path: Path, before: str, code: str, after: str) -> None:
    assert becomes(tmp_path, before, {"a": code}) == after


def test_json_keeps_its_form_and_to_ascii(tmp_path: Path) -> None:
    before = '{"atoms": {\n "a": {"code":"x = \'\\u00e9\'", "check": "1"}\n}}'
    after = '{"atoms": {\n "a": {"code":"x = \'\\u00fc\'\\n", "check": "1"}\n}}'
    assert becomes(tmp_path, before, {"a": "x = 'ü'\n"}, "plan.json") == after


def test_json_lines_stay_lines(tmp_path: Path) -> None:
    before = '\ufeff{"masterplan": "p"}\r\n\r\n{"id": "é", "code": "1"}\r\n'.replace("é", "a")
    assert becomes(tmp_path, before, {"a": LOOP}, "plan.jsonl") == before.replace(
        '"1"', '"for i in 1, 2:\\n    print(i)\\n"'
    )


def test_groups_and_settings_stay(tmp_path: Path) -> None:
    before = dedent("""\
        defaults: {language: javascript, timeout: 3}
        components:
          one:
            defaults: {language: python}
            modules:
              two:
                # the first
                atoms:
                  a: {code: 'pass'}
            atoms:
              b:
                code: pass
        modules:
          three: {atoms: {c: {code: "let x"}}}
        atoms:
          d:
            code: let y
        """)
    after = becomes(tmp_path, before, {"a": "x = 1", "b": LOOP, "c": "let z", "d": "let y = 1"})
    assert after == (
        before.replace("'pass'", "'x = 1'")
        .replace("code: pass", "code: |\n          for i in 1, 2:\n              print(i)")
        .replace("let x", "let z")
        .replace("let y", "let y = 1")
    )


def test_code_that_is_the_plans_own_is_not_written(tmp_path: Path) -> None:
    plan = written(tmp_path, "atoms: {a: {code: 'x'}, b: {code: x}}\n")
    assert rewrite(plan, {"a": "x"}).changes == ()
    rewriting = healed(plan, {"a": "x", "b": "y"})
    assert rewriting.written == ("b",)


def test_a_large_plan_is_rewritten_in_seconds(tmp_path: Path) -> None:
    text = "atoms:\n" + "".join(f"  a{n}:\n    code: |\n      x = {n}\n    # c\n" for n in range(3000))
    codes = {f"a{n}": f"x = -{n}\n" for n in range(0, 3000, 2)}
    assert becomes(tmp_path, text, codes).count("x = -") == 1500
