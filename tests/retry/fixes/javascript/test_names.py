"""Names and members that nothing gives: misspelt, of another language, misused."""

from __future__ import annotations

import pytest

from mge_toolkit.core.results import Role
from mge_toolkit.retry.fixes.javascript.names import JavaScriptNamesFixer
from tests.retry.fixes.cases import codes, proposed
from tests.retry.fixes.failures import failed_script as failed

FIXER = JavaScriptNamesFixer()

# code, what it ended with, the code that is meant
UNDEFINED = {
    "misspelt variable": ("const total = 1;\nf(totl);", "totl", "const total = 1;\nf(total);"),
    "other case": ("const maxLen = 1;\nf(maxlen);", "maxlen", "const maxLen = 1;\nf(maxLen);"),
    "other convention": ("const max_len = 1;\nf(maxLen);", "maxLen", "const max_len = 1;\nf(max_len);"),
    "misspelt global": ("const f = (x) => Mth.floor(x);", "Mth", "const f = (x) => Math.floor(x);"),
    "misspelt truth": ("const f = () => treu;", "treu", "const f = () => true;"),
    "misspelt return": (
        "const f = () => {\n  retrn (1);\n};",
        "retrn",
        "const f = () => {\n  return (1);\n};",
    ),
    "missing this": (
        "class A {\n  constructor() { this.v = 1; }\n  get() { return v; }\n}",
        "v",
        "class A {\n  constructor() { this.v = 1; }\n  get() { return this.v; }\n}",
    ),
    "len": ("const f = (x) => len(x);", "len", "const f = (x) => x.length;"),
    "print": ("const f = (x) => print(x, 1);", "print", "const f = (x) => console.log(x, 1);"),
    "str": ("const f = (x) => str(x);", "str", "const f = (x) => String(x);"),
    "range of one": ("const f = (x) => range(x);", "range", "const f = (x) => [...Array(x).keys()];"),
    "None": ("const f = () => None;", "None", "const f = () => null;"),
    "bare mathematics": ("const f = (x) => floor(x);", "floor", "const f = (x) => Math.floor(x);"),
    "missing dot": ("const f = (list) => listlength;", "listlength", "const f = (list) => list.length;"),
    "never declared": (
        "function f() {\n  count = 1;\n  return count;\n}\nexport {};",
        "count",
        "function f() {\n  let count = 1;\n  return count;\n}\nexport {};",
    ),
    "loop variable": (
        "for (i = 0; i < 3; i++) { f(i); }\nexport {};",
        "i",
        "for (let i = 0; i < 3; i++) { f(i); }\nexport {};",
    ),
    "declared in a block": (
        "function f(x) {\n  if (x) {\n    let y = 1;\n  }\n  return y;\n}",
        "y",
        "function f(x) {\n  let y;\n  if (x) {\n    y = 1;\n  }\n  return y;\n}",
    ),
    "nameless declaration": (
        "const f = () => {\n  let = 1;\n  return t;\n};",
        "t",
        "const f = () => {\n  let t = 1;\n  return t;\n};",
    ),
}


@pytest.mark.parametrize(("code", "name", "meant"), UNDEFINED.values(), ids=UNDEFINED)
def test_undefined_names(code: str, name: str, meant: str) -> None:
    found = codes(FIXER, failed(code, f"ReferenceError: {name} is not defined", line=1))
    assert meant in found[:3]


MISUSED = {
    "constant": (
        "const a = 1;\nconst b = 2;\na = b;",
        "TypeError: Assignment to constant variable.",
        "let a = 1;\nconst b = 2;\na = b;",
    ),
    "constant counter": (
        "for (const i = 0; i < 2; i++) { f(i); }",
        "TypeError: Assignment to constant variable.",
        "for (let i = 0; i < 2; i++) { f(i); }",
    ),
    "used too early": (
        "f(x);\nconst x = 1;",
        "ReferenceError: Cannot access 'x' before initialization",
        "const x = 1;\nf(x);\n",
    ),
    "class without new": (
        "class A { }\nconst a = A();",
        "TypeError: Class constructor A cannot be invoked without 'new'",
        "class A { }\nconst a = new A();",
    ),
    "missing super": (
        "class A extends B { constructor() { this.v = 1; } }",
        "ReferenceError: Must call super constructor in derived class before accessing 'this'",
        "class A extends B { constructor() { super(); this.v = 1; } }",
    ),
    "pairs of an object": (
        "for (const [k, v] of data) { f(k, v); }",
        "TypeError: data is not iterable",
        "for (const [k, v] of Object.entries(data)) { f(k, v); }",
    ),
    "append": (
        "const a = [1];\na.append(2);",
        "TypeError: a.append is not a function",
        "const a = [1];\na.push(2);",
    ),
    "length called": (
        "const f = (a) => a.length();",
        "TypeError: a.length is not a function",
        "const f = (a) => a.length;",
    ),
    "lower": (
        "const f = (s) => s.lower();",
        "TypeError: s.lower is not a function",
        "const f = (s) => s.toLowerCase();",
    ),
    "contains": (
        "const f = (s) => s.contains('a');",
        "TypeError: s.contains is not a function",
        "const f = (s) => s.includes('a');",
    ),
    "misspelt method": (
        "const f = (s) => s.toUppercase();",
        "TypeError: s.toUppercase is not a function",
        "const f = (s) => s.toUpperCase();",
    ),
    "misspelt static": (
        "const f = (s) => JSON.prase(s);",
        "TypeError: JSON.prase is not a function",
        "const f = (s) => JSON.parse(s);",
    ),
    "own method misspelt": (
        "const o = { total(x) { return x; } };\no.totl(1);",
        "TypeError: o.totl is not a function",
        "const o = { total(x) { return x; } };\no.total(1);",
    ),
    "reversed text": (
        "const f = (s) => s.reverse();",
        "TypeError: s.reverse is not a function",
        "const f = (s) => s.split('').reverse().join('');",
    ),
    "misspelt property": (
        "const f = (s) => s.lenght > 1;",
        "AssertionError: no",
        "const f = (s) => s.length > 1;",
    ),
    "length of a set": (
        "const seen = new Set();\nconst f = () => seen.length;",
        "AssertionError: no",
        "const seen = new Set();\nconst f = () => seen.size;",
    ),
}


@pytest.mark.parametrize(("code", "said", "meant"), MISUSED.values(), ids=MISUSED)
def test_misused_names_and_members(code: str, said: str, meant: str) -> None:
    place = code.find(" of ") + 5 if "iterable" in said else 1
    found = [text.strip() for text in codes(FIXER, failed(code, said, line=1, column=place))]
    assert meant.strip() in found[:3]


def test_undefined_is_meant_by_a_slip_only() -> None:
    def offered(name: str) -> bool:
        case = failed(f"const f = (a) => {name} + a;", f"ReferenceError: {name} is not defined", line=1)
        return "const f = (a) => undefined + a;" in codes(FIXER, case)

    assert offered("undefned")
    assert not offered("undefinedThing")


def test_every_wrong_name_is_put_right_at_once() -> None:
    code = "const total = 1;\nconst names = [];\nf(totl, nmaes, len(names));"
    first = codes(FIXER, failed(code, "ReferenceError: totl is not defined", line=3, column=3))[0]
    assert first == "const total = 1;\nconst names = [];\nf(total, names, names.length);"


def test_scopes_decide_which_names_can_be_meant() -> None:
    code = "const f = () => { const counter = 1; return counter; };\nconst g = (count1) => countr + 1;"
    found = codes(FIXER, failed(code, "ReferenceError: countr is not defined", line=2, column=25))
    assert "const g = (count1) => count1 + 1;" in found[0]
    assert not any("=> counter + 1" in one for one in found)


def test_a_shorthand_property_keeps_its_name() -> None:
    code = "const total = 1;\nf({ totl });"
    found = codes(FIXER, failed(code, "ReferenceError: totl is not defined", line=2))
    assert "const total = 1;\nf({ totl: total });" in found


def test_the_name_that_the_check_asks_for_is_given() -> None:
    code = "function sumList(a) {\n  return a.length ? a[0] + sumList(a.slice(1)) : 0;\n}"
    case = failed(
        code, "ReferenceError: sum_list is not defined", line=1, role=Role.CHECK, check="sum_list([1]);"
    )
    found = proposed(FIXER, case)
    assert found[0].code == code.replace("sumList", "sum_list")
    assert "as the check has it" in found[0].explanation


def test_a_name_unlike_the_wanted_one_gets_a_second_name() -> None:
    code = "const solve = (a) => a;"
    case = failed(code, "ReferenceError: task is not defined", line=1, role=Role.CHECK, check="task(1);")
    assert codes(FIXER, case)[0] == "const solve = (a) => a;\nconst task = solve;\n"


def test_names_of_dependencies_can_be_meant() -> None:
    case = failed(
        "const f = () => tax_rte('es');",
        "ReferenceError: tax_rte is not defined",
        line=1,
        dependencies=["const tax_rate = (c) => 0.2;"],
    )
    assert codes(FIXER, case)[0] == "const f = () => tax_rate('es');"


CHECKED = {
    "name": (
        "const total = 1;\nf(totl);",
        "TS2552: Cannot find name 'totl'. Did you mean 'total'?",
        "const total = 1;\nf(total);",
    ),
    "member": (
        "const f = (s: string) => s.lenght;",
        "TS2551: Property 'lenght' does not exist on type 'string'. Did you mean 'length'?",
        "const f = (s: string) => s.length;",
    ),
    "constant": (
        "const a = 1;\na = 2;",
        "TS2588: Cannot assign to 'a' because it is a constant.",
        "let a = 1;\na = 2;",
    ),
}


@pytest.mark.parametrize(("code", "said", "meant"), CHECKED.values(), ids=CHECKED)
def test_what_the_type_checker_says_is_understood_too(code: str, said: str, meant: str) -> None:
    case = failed(code, said, line=1, bases=("TypeCheckError",), language="typescript")
    assert meant in codes(FIXER, case)[:2]


def test_code_that_does_not_parse_is_left_to_others() -> None:
    assert codes(FIXER, failed("f(a", "ReferenceError: a is not defined", line=1)) == []


def test_there_are_few_candidates_and_each_is_new() -> None:
    code = "const ab = 1, ac = 2, ad = 3, ae = 4, af = 5, ag = 6, ah = 7;\nf(ax);"
    found = codes(FIXER, failed(code, "ReferenceError: ax is not defined", line=2))
    assert 0 < len(found) <= 16
    assert len(set(found)) == len(found)
    assert code not in found
