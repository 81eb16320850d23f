"""Small mistakes of logic: the edit that is meant is among the first that are proposed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mge_toolkit.core.plans import Expectation
from mge_toolkit.core.ports import RepairLevel
from mge_toolkit.core.results import Role
from mge_toolkit.retry.fixes.javascript.search import JavaScriptSearchFixer
from mge_toolkit.retry.fixes.javascript.source.parsing import parse
from tests.retry.fixes.cases import codes, proposed
from tests.retry.fixes.failures import failed_script as failed

FIXER = JavaScriptSearchFixer()

# wrong line of a function, right line, how many candidates may come before it
EDITS = {
    "comparison": ("return a > b;", "return a < b;", 10),
    "strict bound": ("for (let i = 0; i < a; i++) { b += i; }\nreturn b;", "i <= a", 10),
    "arithmetic": ("return a - b;", "return a + b;", 15),
    "connective": ("return a && b;", "return a || b;", 10),
    "every connective": ("return a == 1 || a == 2 || a == 3;", "return a == 1 && a == 2 && a == 3;", 10),
    "negation left out": ("if (!a) { return b; }\nreturn 0;", "if (a) { return b; }", 15),
    "truth": ("let found = true;\nreturn found;", "let found = false;", 15),
    "all truths": (
        "let ok = false;\nif (a) { ok = true; }\nreturn ok;",
        "let ok = true;\nif (a) { ok = false; }",
        30,
    ),
    "first value": ("let total = 0;\ntotal *= a;\nreturn total;", "let total = 1;", 20),
    "text": ("return a.join(' ');", "return a.join('');", 20),
    "variable": ("return b[0] + b[1];", "return a[0] + b[1];", 60),
    "operands": ("return a / b;", "return b / a;", 25),
    "arguments": ("return Math.pow(a, b);", "return Math.pow(b, a);", 25),
    "minimum": ("return Math.min(a, b);", "return Math.max(a, b);", 10),
    "ends": ("return a.startsWith(b);", "return a.endsWith(b);", 10),
    "push": ("b.push(a);\nreturn b;", "b.unshift(a);", 25),
    "quantifier": ("return a.some((x) => x > b);", "return a.every((x) => x > b);", 20),
    "off by one": ("return a.slice(0, b);", "return a.slice(0, b - 1);", 30),
    "division": ("return a / 2;", "return Math.floor(a / 2);", 30),
    "numeric sort": ("return a.sort();", "return a.sort((a, b) => a - b);", 15),
    "missing return": ("a.map((x) => x + 1);", "return a.map((x) => x + 1);", 25),
    "filled and not returned": ("const c = [];\nc.push(a);", "c.push(a);\nreturn c;", 30),
    "excess operand": ("return a + b - 1;", "return a + b;", 40),
    "excess clause": ("return a > 1 && b > 1;", "return a > 1;", 40),
    "excess statement": ("b.push(a);\nb.push(1);\nreturn b;", "b.push(a);\nreturn b;", 60),
    "loop": ("for (const x in a) { b += x; }\nreturn b;", "for (const x of a)", 15),
    "break": ("for (const x of a) { if (x) { break; } b += x; }\nreturn b;", "continue;", 30),
    "assignment": ("for (const x of a) { b = x; }\nreturn b;", "b += x;", 40),
    "branches": ("if (a) { return b; } else { return 0; }", "if (a) { return 0; } else { return b; }", 40),
    "exchange": ("const t = a[0];\na[1] = t;\nreturn a;", "a[0] = a[1];\na[1] = t;", 15),
    "counter of a key": ("for (const x of a) { b[x] += 1; }\nreturn b;", "b[x] = (b[x] || 0) + 1;", 20),
    "another case": ("return a + b === c;", "a + b === c || b + c === a || c + a === b", 60),
    "grouping": ("return a + b / 2;", "return (a + b) / 2;", 60),
}


@pytest.mark.parametrize(("wrong", "right", "most"), EDITS.values(), ids=EDITS)
def test_the_edit_that_is_meant_comes_early(wrong: str, right: str, most: int) -> None:
    code = f"function f(a, b, c) {{\n{wrong}\n}}"
    found = codes(FIXER, failed(code, "AssertionError: no", line=1, role=Role.CHECK))
    assert any(right in one for one in found[:most])


def test_null_is_guarded_where_the_program_failed_on_it() -> None:
    code = "function f(a) {\n  const x = a.b;\n  return x.c;\n}"
    case = failed(code, "TypeError: Cannot read properties of undefined (reading 'c')", line=3, column=12)
    found = codes(FIXER, case)
    assert any("return x?.c;" in one for one in found[:10])


def test_lines_that_were_running_come_before_others() -> None:
    code = "function g(a) {\n  return a + 1;\n}\nfunction f(a) {\n  return a + 1;\n}"
    case = failed(code, "RangeError: Invalid array length", line=5, column=10)
    first = codes(FIXER, case)[0]
    assert first.split("\n")[:3] == code.split("\n")[:3]


def test_an_await_may_be_missing_in_asynchronous_functions_only() -> None:
    code = (
        "const load = async () => 1;\n"
        "const f = async () => { const x = load(); return x + 1; };\n"
        "const g = () => load();"
    )
    found = codes(FIXER, failed(code, "AssertionError: no", line=1, role=Role.CHECK))
    assert any("const x = await load();" in one for one in found[:15])
    assert not any("=> await load()" in one for one in found)


PROGRAM = """function count(text, letters = 'aeiou') {
  let total = 0;
  for (let i = 0; i < text.length; i++) {
    if (letters.includes(text[i]) || text[i] === 'y') {
      total += 1;
    } else if (text[i] === ' ') {
      continue;
    }
  }
  const words = text.split(' ').filter((w) => w.length > 0).map((w) => w.trim());
  return total / words.length;
}
"""


def test_there_are_many_candidates_all_of_which_parse_and_are_new() -> None:
    found = codes(FIXER, failed(PROGRAM, "AssertionError: no", line=1, role=Role.CHECK))
    assert 100 < len(found) <= 600
    assert len(set(found)) == len(found)
    assert PROGRAM not in found
    assert not any(parse(one.encode(), typescript=False).root_node.has_error for one in found)


def test_signatures_stay_as_they_are() -> None:
    signature = PROGRAM.split("\n", 1)[0]
    found = codes(FIXER, failed(PROGRAM, "AssertionError: no", line=1, role=Role.CHECK))
    assert all(one.split("\n", 1)[0] == signature for one in found)


def test_values_that_the_check_expects_are_not_looked_up_in_it() -> None:
    case = failed(
        "const f = (a) => a + 1;",
        "AssertionError: no",
        role=Role.CHECK,
        check="console.assert(f(3) === 7351);",
    )
    assert not any("7351" in one for one in codes(FIXER, case))


def test_nothing_is_searched_for_where_nothing_can_verify_it() -> None:
    code = "const f = (a) => a + 1;\nf(1);"
    case = failed(code, "RangeError: no", line=1)
    assert codes(FIXER, case)
    unchecked = replace(case, atom=replace(case.atom, check=None))
    assert codes(FIXER, unchecked) == []
    expecting = replace(case, atom=replace(case.atom, check=None, expect=Expectation(result=1)))
    assert codes(FIXER, expecting)


def test_nothing_is_searched_for_in_code_that_does_not_parse_or_is_another_language() -> None:
    assert codes(FIXER, failed("f(a", "SyntaxError: Expected ','", line=1)) == []
    assert codes(FIXER, failed("f(a)", "AssertionError: no", line=1, language="python")) == []


def test_candidates_are_in_the_order_of_their_confidence_and_explained_with_their_line() -> None:
    found = proposed(FIXER, failed(PROGRAM, "AssertionError: no", line=1, role=Role.CHECK))
    confidences = [one.confidence for one in found]
    assert confidences == sorted(confidences, reverse=True)
    assert all(" on line" in one.explanation for one in found)
    assert FIXER.level is RepairLevel.SEARCH


@pytest.mark.parametrize(
    ("check", "most"),
    [
        ("assert.equal(f(1, [2]), true);", 12),
        (
            "assert.equal(f(1, [2]), true);\nassert.equal(f(2, [2]), true);\nassert.equal(f(0, []), false);",
            16,
        ),
        ("assert.equal(f(1, [2]), 'yes');\nassert.equal(f(2, [2]), 7);", 600),
    ],
)
def test_few_answers_of_yes_or_no_let_few_candidates_count(check: str, most: int) -> None:
    code = (
        "const f = (n, xs) => { for (let i = 1; i < n; i++) { if (xs[i] > n - 1) return i; } return n + 9; };"
    )
    found = proposed(JavaScriptSearchFixer(), failed(code, "AssertionError: no", check=check))
    assert min(most, 30) <= len(found) <= most
