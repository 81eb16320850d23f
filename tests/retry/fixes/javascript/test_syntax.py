"""JavaScript and TypeScript that do not parse, and the smallest edits after which they do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mge_toolkit.retry.fixes.javascript.source.parsing import parse
from mge_toolkit.retry.fixes.javascript.syntax import JavaScriptSyntaxFixer
from tests.retry.fixes.cases import codes, proposed
from tests.retry.fixes.failures import failed_script as failed

FIXER = JavaScriptSyntaxFixer()

# broken code, V8's or Deno's place, the code that is meant
ONE_MISTAKE = {
    "closing parenthesis": ("function f(a {\n  return a;\n}", 1, 14, "function f(a) {\n  return a;\n}"),
    "closing parenthesis of a condition": ("if (a == 1 {\n  b();\n}", 1, 12, "if (a == 1) {\n  b();\n}"),
    "opening parenthesis": ("f(a);\nwhile a > 1) {\n  a--;\n}", 2, 7, "f(a);\nwhile (a > 1) {\n  a--;\n}"),
    "parentheses of a condition": ("if x > 3 {\n  y();\n}", 1, 4, "if (x > 3) {\n  y();\n}"),
    "closing bracket": ("x = [1, 2;\ny = 3;", 1, 10, "x = [1, 2];\ny = 3;"),
    "wrong bracket": ("const a = [1, 2);", 1, 16, "const a = [1, 2];"),
    "opening brace": (
        "function f(a) {\n  if (a)\n    b();\n    c();\n  }\n}",
        6,
        1,
        "function f(a) {\n  if (a) {\n    b();\n    c();\n  }\n}",
    ),
    "comma in an object": ("let a = {x: 1 y: 2};", 1, 15, "let a = {x: 1, y: 2};"),
    "quote": ("let s = 'abc;\nf(s);", 1, 9, "let s = 'abc';\nf(s);"),
    "mixed quotes": ("let s = 'abc\";\nf(s);", 1, 9, "let s = 'abc';\nf(s);"),
    "quote inside": ('const s = "it"s ok";', 1, 15, 'const s = "it\\"s ok";'),
    "template": ("let x = `abc;\nlet y = 1;", 1, 9, "let x = `abc`;\nlet y = 1;"),
    "arrow in two parts": ("const f = (a) = > a + 1;", 1, 17, "const f = (a) => a + 1;"),
    "thin arrow": ("const f = (a) -> a + 1;", 1, 16, "const f = (a) => a + 1;"),
    "comparison in two parts": ("if (a = = b) { c(); }", 1, 9, "if (a == b) { c(); }"),
    "assignment in a condition": ("if (a + 1 = 2) { b(); }", 1, 11, "if (a + 1 == 2) { b(); }"),
    "if before a long condition": (
        "for (const x of a) {\n  (x > 1 && x < 5 || x === 7 || x === 9) { b(); }\n}",
        2,
        42,
        "for (const x of a) {\n  if (x > 1 && x < 5 || x === 7 || x === 9) { b(); }\n}",
    ),
    "commas in a loop": (
        "for (let i = 0, i < 3, i++) { a(); }",
        1,
        19,
        "for (let i = 0; i < 3; i++) { a(); }",
    ),
    "colon of a case": ("switch (x) { case 1 a(); }", 1, 21, "switch (x) { case 1: a(); }"),
    "elif": (
        "if (a) {\n  b();\n} elif (c) {\n  d();\n}",
        3,
        12,
        "if (a) {\n  b();\n} else if (c) {\n  d();\n}",
    ),
    "def": ("def f(a) {\n  return a;\n}", 1, 5, "function f(a) {\n  return a;\n}"),
    "misspelt const": ("cosnt a = 1;\nf(a);", 1, 7, "const a = 1;\nf(a);"),
    "misspelt function": ("fucntion f(a) {\n  return a;\n}", 1, 10, "function f(a) {\n  return a;\n}"),
    "misspelt return": ("function f(a) {\n  retrun a;\n}", 2, 10, "function f(a) {\n  return a;\n}"),
    "declared by type": ("int x = 1;\nf(x);", 1, 5, "let x = 1;\nf(x);"),
    "reserved word": ("let class = 3;\nf(class);", 1, 5, "let class_ = 3;\nf(class_);"),
    "python comment": ("# add\nlet x = 1;", 1, 1, "// add\nlet x = 1;"),
    "python logic": ("if (x and not y) { z(); }", 1, 7, "if (x && !y) { z(); }"),
    "formatted string": ('const s = f"a{b}";', 1, 11, "const s = `a${b}`;"),
    "await in a plain function": (
        "function g() {\n  const x = await h();\n  return x;\n}",
        2,
        13,
        "async function g() {\n  const x = await h();\n  return x;\n}",
    ),
    "await in a method": (
        "class A {\n  get() {\n    return await h();\n  }\n}",
        3,
        12,
        "class A {\n  async get() {\n    return await h();\n  }\n}",
    ),
    "constant without a value": ("const x;\nx = 3;", 1, 7, "let x;\nx = 3;"),
    "declared again": ("let x = 1;\nlet x = 2;", 2, 5, "let x = 1;\nx = 2;"),
    "constant declared again": ("const x = 1;\nlet x = 2;", 2, 5, "let x = 1;\nx = 2;"),
    "mixed connectives": ("const a = b ?? c || d;", 1, 18, "const a = b ?? (c || d);"),
    "two names run together": (
        "result.pushitem.trim());\nconst item = 1;",
        1,
        21,
        "result.push(item.trim());\nconst item = 1;",
    ),
}


@pytest.mark.parametrize(("broken", "line", "column", "meant"), ONE_MISTAKE.values(), ids=ONE_MISTAKE)
def test_one_mistake_is_mended(broken: str, line: int, column: int, meant: str) -> None:
    found = codes(FIXER, failed(broken, "SyntaxError: Unexpected token", line=line, column=column))
    assert meant in found[:4]


@pytest.mark.parametrize(
    "name",
    ["closing parenthesis", "elif", "misspelt return", "comma in an object", "quote", "python comment"],
)
def test_where_only_one_thing_can_be_meant_it_comes_first(name: str) -> None:
    broken, line, column, meant = ONE_MISTAKE[name]
    found = proposed(FIXER, failed(broken, "SyntaxError: Unexpected token", line=line, column=column))
    assert found[0].code == meant
    assert found[0].confidence > 0.7
    assert f"on line {line}" in found[0].explanation


def test_a_missing_brace_is_put_where_the_indentation_says() -> None:
    broken = "function f() {\n  if (x) {\n    y();\n\n  return 1;\n}\nfunction g() {\n}"
    meant = "function f() {\n  if (x) {\n    y();\n  }\n\n  return 1;\n}\nfunction g() {\n}"
    case = failed(broken, "SyntaxError: Unexpected end of input", line=8)
    assert codes(FIXER, case)[0] == meant


def test_several_mistakes_are_mended_in_one_candidate() -> None:
    broken = "fucntion f(a, b {\n  cosnt c = a + b;\n  retrun c;\n"
    meant = "function f(a, b) {\n  const c = a + b;\n  return c;\n"
    case = failed(broken, "SyntaxError: Expected ';'", line=1, column=10)
    assert any(code.startswith(meant) and code.rstrip().endswith("}") for code in codes(FIXER, case))


def test_blocks_by_indentation_get_braces() -> None:
    broken = (
        "def f(a):\n"
        "    # small ones\n"
        "    if a == None:\n"
        "        return 1\n"
        "    elif a > 3 and a < 5:\n"
        "        return 2\n"
        "    else:\n"
        "        x = 3\n"
        "    return a\n"
    )
    meant = (
        "function f(a) {\n"
        "    // small ones\n"
        "    if (a == null) {\n"
        "        return 1\n"
        "    } else if (a > 3 && a < 5) {\n"
        "        return 2\n"
        "    } else {\n"
        "        x = 3\n"
        "    }\n"
        "    return a\n"
        "}\n"
    )
    assert codes(FIXER, failed(broken, "SyntaxError: Expected ';'", line=1, column=5))[0] == meant


def test_types_are_taken_out_of_javascript() -> None:
    broken = (
        "interface Point { x: number }\n"
        "enum Color { Red, Blue = 5 }\n"
        "class Box<T> {\n"
        "  constructor(private readonly item: T, public size?: number) { }\n"
        "  get(): T { return this.item as T; }\n"
        "}\n"
        "function f(p: Point, ...rest: number[]): string { return p!.x + ''; }\n"
    )
    found = codes(FIXER, failed(broken, "SyntaxError: Expected ','", line=1, column=11))
    first = found[0]
    assert not parse(first.encode(), typescript=False).root_node.has_error
    assert 'const Color = { Red: 0, 0: "Red", Blue: 5, 5: "Blue" };' in first
    assert "constructor(item, size) { this.item = item; this.size = size; }" in first.replace("{  ", "{ ")
    assert "function f(p, ...rest) { return p.x + ''; }" in first
    assert "interface" not in first


def test_types_stay_in_typescript() -> None:
    broken = "function f(a: number: string {\n  return a + '';\n}"
    case = failed(broken, "SyntaxError: Expected ','", line=1, column=21, language="typescript")
    assert "function f(a: number): string {\n  return a + '';\n}" in codes(FIXER, case)


def test_a_missing_operand_is_taken_from_the_names_around_it() -> None:
    broken = "function f(list, i) {\n  return list[i] + list[];\n}"
    case = failed(broken, "SyntaxError: Expression expected", line=2, column=25)
    assert "function f(list, i) {\n  return list[i] + list[i];\n}" in codes(FIXER, case)


def test_names_of_dependencies_count_as_known() -> None:
    broken = "let total = add(1, 2;"
    case = failed(
        broken, "SyntaxError: Expected ','", line=1, column=21, dependencies=["const add = (a, b) => a + b;"]
    )
    assert codes(FIXER, case)[0] == "let total = add(1, 2);"


@pytest.mark.parametrize("name", ONE_MISTAKE)
def test_every_candidate_parses_and_is_new(name: str) -> None:
    broken, line, column, _ = ONE_MISTAKE[name]
    found = codes(FIXER, failed(broken, "SyntaxError: Unexpected token", line=line, column=column))
    assert 0 < len(found) <= 16
    assert len(set(found)) == len(found)
    assert broken not in found
    assert not any(parse(code.encode(), typescript=False).root_node.has_error for code in found)


def test_nothing_is_proposed_for_other_failures_and_languages() -> None:
    assert codes(FIXER, failed("f(a", "TypeError: f is not a function", line=1)) == []
    assert codes(FIXER, failed("f(a", "SyntaxError: unexpected EOF", line=1, language="python")) == []


def test_codes_that_were_tried_are_not_proposed_again() -> None:
    case = failed("f(a, b;", "SyntaxError: Expected ','", line=1, column=7)
    first = codes(FIXER, case)[0]
    assert first not in codes(FIXER, replace(case, tried=frozenset({first})))


def test_a_bracket_is_closed_where_the_line_goes_on() -> None:
    code = "const o = {\n  b: [\n    1,\n    2\n  ,\n  c: 3\n};\n"
    assert codes(FIXER, failed(code, "SyntaxError: no"))[0] == code.replace("\n  ,", "\n  ],")
