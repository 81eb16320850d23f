"""Whatever the code and however the plan writes it: afterwards the plan says that code, and all else as before."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mge_toolkit.plan.rewriting import rewrite
from tests.plan.rewriting.files import healed, written

LINES = st.text(
    st.sampled_from(list("ab:#-|>&*!'\"\\{}[],%@`?=~ \t")) | st.characters(exclude_categories=["Cs"]),
    max_size=8,
)
CODES = st.lists(
    LINES
    | st.sampled_from(["", " ", "    x", "\ty", "trailing  ", "# no comment", "---", "...", "null", "1"]),
    min_size=1,
    max_size=6,
).map("\n".join)

YAML = """\
# the plan's own comment
masterplan: styles   # its name
x-shared: &shared |
  pass  # by an anchor
defaults: {language: python}  # what holds for all
atoms:
  literal:  # c1
    code: |  # c2
      def f():

          return 1  # not yours

    # c3: after blank lines
    check: &check "1"
  stripped:
    code: |-
          deep = 1
          # c4 is code
  kept:
    code: |+
      x = 1


    # c5: after lines that were kept
  indicated:
    code: |2-
        x = 1
      y = 2
    check: "1"
  folded:
    code: >-  # c6
      x = 1

      y = 2
# c7 at the margin

  plain:   # c8
    code: x = 1  # c9
    check: "1"
  below:
    code:
      x = 1
    # c10
    check: "1"
  wrapped:
    code: x +
      1
    check: "1"
  single: {code: 'it''s = 1', check: "1"}  # c11
  double: {check: "1", code: "x = 1\\ny = 2"}
  bare: { check: "1" , code: pass }
  quoted:
    check: "1"
    code: 'x = 1'    # c12
  escaped:
    code: "x = 1\\n\\
      y = 2\\n"  # c13
    check: "1"
  anchored:
    code: !!str &own pass  # c14
    check: "1"
  aliased:
    code: *shared  # c15
    check: *check
  base: &base
    # c16
    check: "1"
    timeout: 3
    code: pass
  merged:
    # c17
    <<: *base
    timeout: 2  # c18
  inflow: {<<: *base, timeout: 1}
  last:
    check: "1"
    code: |
      end = 1"""

STYLES = [
    line.strip().partition(":")[0] for line in YAML.split("\n") if line.startswith("  ") and line[2] != " "
][1:]
ANY = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def comments(text: str) -> Counter[str]:
    return Counter(part.split()[0] for part in text.replace("\r", "").split("# ")[1:] if part.startswith("c"))


@pytest.mark.parametrize("ending", ["", "\n", "\n\n", "\n  # c19\n"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@ANY
@given(codes=st.dictionaries(st.sampled_from(STYLES), CODES, min_size=1))
def test_yaml(tmp_path: Path, newline: str, ending: str, codes: dict[str, str]) -> None:
    text = (YAML + ending).replace("\n", newline)
    plan = written(tmp_path, text)
    codes = {name: code for name, code in codes.items() if code.strip() or plan.atoms[name].check is not None}
    # What merges the base's code has it too, unless it is given its own.
    codes |= {name: codes.get(name, "own = 1") for name in ("merged", "inflow") if "base" in codes}
    rewriting = healed(plan, codes)
    assert rewriting.refused == {}
    after = Path(plan.path).read_bytes().decode()
    kept = comments(text) - comments(plan.atoms["stripped"].code.text)
    assert not kept - comments(after)
    if newline == "\r\n":
        assert after.count("\n") == after.count("\r\n")


@ANY
@given(codes=st.dictionaries(st.sampled_from(["a", "b", "c"]), CODES, min_size=1))
def test_json(tmp_path: Path, codes: dict[str, str]) -> None:
    atoms = {
        "a": {"code": "x = 1", "check": "1"},
        "b": {"check": "1", "code": ""},
        "c": {"code": "é\n", "check": "1"},
    }
    for text in (
        json.dumps({"atoms": atoms}),
        json.dumps({"atoms": atoms}, indent=1, ensure_ascii=False) + "\n",
    ):
        plan = written(tmp_path, text, "plan.json")
        assert healed(plan, codes).refused == {}
        after = Path(plan.path).read_text()
        expected = {name: atom | {"code": codes.get(name, atom["code"])} for name, atom in atoms.items()}
        assert json.loads(after) == {"atoms": expected}
        assert after.isascii() or not text.isascii()


@ANY
@given(codes=st.dictionaries(st.sampled_from(["a", "b"]), CODES, min_size=1))
def test_json_lines(tmp_path: Path, codes: dict[str, str]) -> None:
    lines = [
        '{"masterplan": "p"}',
        "",
        '{"id": "a", "code": "1", "check": "1"}',
        '{ "check": "1", "code":"2","id":"b" }',
    ]
    plan = written(tmp_path, "\n".join(lines), "plan.jsonl")
    assert healed(plan, codes).refused == {}
    after = Path(plan.path).read_text().split("\n")
    assert after[:2] == lines[:2]
    assert len(after) == 4


@ANY
@given(code=st.text(st.characters() | st.sampled_from("\ud800\udfff"), max_size=20))
def test_no_text_raises(tmp_path: Path, code: str) -> None:
    plan = written(tmp_path, YAML)
    codes = dict.fromkeys(STYLES, code)
    rewriting = rewrite(plan, codes)
    changed = {name for name in STYLES if plan.atoms[name].code.text != code}
    assert changed == {*rewriting.written, *rewriting.refused}
