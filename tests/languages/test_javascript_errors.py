"""Errors of JavaScript and TypeScript programs: their classes, words and exact places."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mge_toolkit.core.results import Execution, Frame, Raised, Role
from mge_toolkit.sandbox.languages.javascript.composition import compose
from tests.jobs import Bench, make_job

LANGUAGES = pytest.mark.parametrize("language", ["javascript", "typescript"])


def raised(execution: Execution) -> Raised:
    assert not execution.completed
    assert execution.raised is not None, execution
    return execution.raised


def places(found: Raised) -> list[tuple[str, str, int, int | None]]:
    return [(frame.atom_id, frame.role.value, frame.line, frame.column) for frame in found.frames]


@LANGUAGES
def test_frames_cross_segments(bench: Bench, language: str) -> None:
    ended = bench.run(
        "\nfunction g(x) {\n  return f(x); }",
        "const ok = 1;\n   g(null)",
        language=language,
        dependencies={"d": "const y = 1; function f(x) {\n\n return x.length }"},
    )
    found = raised(ended)
    assert (found.type, found.bases) == ("TypeError", ("Error",))
    assert found.frames == (
        Frame(atom_id="a", role=Role.CHECK, line=2, column=4),
        Frame(atom_id="a", role=Role.CODE, line=3, column=10, function="g"),
        Frame(atom_id="d", role=Role.DEPENDENCY, line=3, column=11, function="f"),
    )
    assert ended.segment == ("a", Role.CHECK)
    assert "<dependency d>:3:11" in found.traceback
    assert "mge-" not in found.traceback


def test_types_do_not_move_positions(bench: Bench) -> None:
    code = """
interface Order { net: number;
  tax?: number }
enum E { A, B }
class Shop<T extends Order> { constructor(private readonly order: T, public rate: number = 2) {}
  total(this: Shop<T>, extra: number): number { const x: any = undefined; return (x as any).net! + extra }
}
type Deep = { [K in keyof Order]: Order[K] };
const go = (shop: Shop<Order>): number => /* é😀 */ shop.total(<number>1);
  go(new Shop<Order>({ net: E.B }));
"""
    found = raised(bench.run(code, language="typescript"))
    assert places(found) == [("a", "code", 10, 3), ("a", "code", 9, 57), ("a", "code", 6, 93)]


@LANGUAGES
@pytest.mark.parametrize(
    ("code", "line", "column"),
    [
        ("const x = 1;\nconst y = ;", 2, 11),
        ("function f() {\n  return 1 2\n}", 2, 12),
        ("let a = 1;\nlet a = 2;", 2, None),
        ("const s = 'open", 1, 11),
        ("await = ;", 1, None),
    ],
)
def test_syntax_errors_have_their_place(
    bench: Bench, language: str, code: str, line: int, column: int | None
) -> None:
    ended = bench.run(code, "const ok = 1", language=language, dependencies={"d": "const d = 1\nconst e = 2"})
    found = raised(ended)
    assert found.type == "SyntaxError"
    assert found.bases == ("Error",)
    assert [(frame.atom_id, frame.role, frame.line) for frame in found.frames] == [("a", Role.CODE, line)]
    if column is not None:
        assert found.frames[0].column == column
    assert ended.segment == ("a", Role.CODE)
    assert "file://" not in found.message + found.traceback


@LANGUAGES
@pytest.mark.parametrize("broken", ["function f() {", "const x = [1, 2", "const t = `open", "/* open"])
def test_what_is_left_open_is_blamed_on_who_left_it(bench: Bench, language: str, broken: str) -> None:
    ended = bench.run(
        "const ok = 1", "const fine = 1", language=language, dependencies={"d": broken, "e": "const e = 1"}
    )
    assert raised(ended).type == "SyntaxError"
    assert ended.segment == ("d", Role.DEPENDENCY)


def test_a_sloppy_scripts_errors_have_their_place(bench: Bench) -> None:
    found = raised(bench.run("x = 1;\n  foo.bar()", language="javascript", dependencies={"d": "y = 1"}))
    assert found.type == "ReferenceError"
    assert places(found) == [("a", "code", 2, 3)]
    found = raised(bench.run("x = 1;\n  let y = ;", language="javascript"))
    assert found.type == "SyntaxError"
    assert places(found) == [("a", "code", 2, 11)]


@pytest.mark.parametrize("text", ["const x = 1;\nconst y = '\0'", "const x = 1;\nconst y = '\ud800'"])
def test_what_is_no_text_is_a_syntax_error(bench: Bench, text: str) -> None:
    found = raised(bench.run(text, language="typescript"))
    assert found.type == "SyntaxError"
    assert places(found) == [("a", "code", 2, None)]


@LANGUAGES
def test_nesting_that_exhausts_the_parser_is_a_syntax_error(bench: Bench, language: str) -> None:
    found = raised(bench.run("const x = " + "[" * 20_000 + "]" * 20_000, language=language))
    assert found.type == "SyntaxError"


@pytest.mark.parametrize(
    ("thrown", "kind", "message"),
    [
        ("'text'", "String", "text"),
        ("5", "Number", "5"),
        ("null", "null", "null"),
        ("undefined", "undefined", "undefined"),
        ("{ a: 1 }", "Object", "{ a: 1 }"),
        ("Object.create(null)", "object", "[Object: null prototype] {}"),
    ],
)
def test_what_is_thrown_need_not_be_an_error(bench: Bench, thrown: str, kind: str, message: str) -> None:
    found = raised(bench.run(f"throw ({thrown})", language="javascript"))
    assert (found.type, found.bases, found.message) == (kind, ("thrown value",), message)


@LANGUAGES
@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("async function f() { null.x }\nf()", (1, 27)),
        ("const p = 1;\nPromise.reject(new Error('no'))", (2, 16)),
        ("setTimeout(() => {\n  throw new Error('late') }, 5)", (2, 9)),
        ("queueMicrotask(() => { undefined.x })", (1, 34)),
    ],
)
def test_late_errors_are_errors(bench: Bench, language: str, code: str, place: tuple[int, int]) -> None:
    ended = bench.run(code, language=language)
    assert place in [(frame.line, frame.column) for frame in raised(ended).frames]


def test_classes_codes_and_causes_are_told(bench: Bench) -> None:
    code = """
class Bad extends RangeError { constructor(message, options) { super(message, options); this.name = "Odd" } }
try { null.x } catch (error) { throw new Bad("worse", { cause: error }) }
"""
    found = raised(bench.run(code, language="javascript"))
    assert (found.type, found.bases, found.message) == ("Bad", ("RangeError", "Error"), "worse")
    assert "Caused by: TypeError" in found.traceback
    found = raised(bench.run("import fs from 'fs'; fs.readFileSync('missing')", language="javascript"))
    assert "ENOENT" in found.bases


@pytest.mark.parametrize(
    ("code", "evidence"),
    [
        ("import x from './missing.js'; x()", "ERR_MODULE_NOT_FOUND"),
        ("import x from 'lodash'; x()", "ERR_MODULE_NOT_FOUND"),
        ("const x = require('lodash')", "MODULE_NOT_FOUND"),
        ("await import('lodash')", "ERR_MODULE_NOT_FOUND"),
        ("import { nope } from 'fs'", "ERR_MISSING_EXPORT"),
    ],
)
def test_imports_that_fail(bench: Bench, code: str, evidence: str) -> None:
    found = raised(bench.run(f"const ok = 1;\n{code}", language="javascript"))
    assert evidence in found.bases
    assert {frame.line for frame in found.frames} == {2}


def test_an_error_that_cannot_be_told(bench: Bench) -> None:
    code = "class E extends Error { get message() { throw 1 } get stack() { throw 2 } }\nthrow new E()"
    assert raised(bench.run(code, language="javascript")).type == "E"


LINES = st.sampled_from(
    [
        "const {n} = 1;",
        "function {n}() {{}}",
        "// a comment",
        "",
        "import {n} from 'fs';",
        "import fs from 'fs';",
        "export const {n} = `a",
        "var {n} = [1,",
        "class {n} {{}}",
        "let same = 1;",
        "export default { a: 1 };",
        "/* é",
    ]
)
CLOSING = {"`a": "\n`;", "[1,": "\n2];", "/* é": "\n*/"}


def written(kinds: list[str], prefix: str) -> str:
    """Return source of those kinds of lines, with names of its own, each kind once."""
    lines = []
    for number, kind in enumerate(dict.fromkeys(kinds)):
        line = kind.replace("{n}", f"{prefix}{number}").replace("{{}}", "{}")
        lines.append(line + next((end for start, end in CLOSING.items() if line.endswith(start)), ""))
    return "".join(f"{line}\n" for line in lines)


@given(st.lists(st.lists(LINES, max_size=6), min_size=1, max_size=4))
@settings(max_examples=200, deadline=None)
@example([["let same = 1;", "import fs from 'fs';"], ["let same = 1;", "import fs from 'fs';"]])
def test_every_line_maps_back_to_itself(segments: list[list[str]]) -> None:
    texts = [f"{written(kinds, f's{index}_')}mark({index})" for index, kinds in enumerate(segments)]
    names = [f"d{index}" for index in range(len(texts) - 1)]
    job = make_job(texts[-1], dependencies=dict(zip(names, texts[:-1], strict=True)), language="javascript")
    composition = compose(job, typescript=False)
    lines = composition.text.split("\n")
    for index, text in enumerate(texts):
        line = text.count("\n") + 1
        (found,) = [n for n, one in enumerate(lines, 1) if one.strip().endswith(f"mark({index})")]
        assert composition.locate(found) == (index, line)


@given(st.lists(st.lists(LINES, max_size=5), min_size=1, max_size=3), st.data())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_error_on_any_line_of_any_segment_is_found(
    bench: Bench, segments: list[list[str]], data: st.DataObject
) -> None:
    texts = [written(kinds, f"s{index}_") for index, kinds in enumerate(segments)]
    where = data.draw(st.integers(min_value=0, max_value=len(texts) - 1))
    line = texts[where].count("\n") + 1
    texts[where] += " ;  null.x;"
    names = [f"d{index}" for index in range(len(texts) - 1)] + ["a"]
    language = data.draw(st.sampled_from(["javascript", "typescript"]))
    ended = bench.run(
        texts[-1], dependencies=dict(zip(names[:-1], texts[:-1], strict=True)), language=language
    )
    frame = raised(ended).frames[-1]
    assert (frame.atom_id, frame.line, frame.column) == (names[where], line, 10)
