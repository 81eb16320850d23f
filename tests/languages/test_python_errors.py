"""Exceptions of Python programs: their classes, words and exact places."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mge_toolkit.core.results import Execution, Frame, Raised, Role
from tests.jobs import Bench


def raised(execution: Execution) -> Raised:
    assert not execution.completed
    assert execution.raised is not None, execution
    return execution.raised


def test_class_bases_message_and_frames(bench: Bench) -> None:
    code = "class Bad(KeyError): pass\n\ndef f(x):\n    raise Bad(x)"
    found = raised(bench.run(code, "y = 1;  f('é')"))
    assert (found.type, found.message) == ("__main__.Bad", "'é'")
    assert found.bases == ("KeyError", "LookupError", "Exception", "BaseException")
    assert found.frames == (
        Frame(atom_id="a", role=Role.CHECK, line=1, column=9),
        Frame(atom_id="a", role=Role.CODE, line=4, column=5, function="f"),
    )


def test_columns_count_characters(bench: Bench) -> None:
    found = raised(bench.run("é = 'ü€😀'; f()"))
    assert found.frames[-1].column == 12


def test_frames_of_libraries_are_left_out_but_shown(bench: Bench) -> None:
    found = raised(bench.run("import json\njson.loads('{')"))
    assert found.type == "json.decoder.JSONDecodeError"
    assert [(frame.line, frame.function) for frame in found.frames] == [(2, None)]
    assert "decoder.py" in found.traceback
    assert "python_harness" not in found.traceback
    assert "python_describe" not in found.traceback


def test_the_traceback_shows_the_source_and_the_causes(bench: Bench) -> None:
    code = "try:\n    {}['k']\nexcept KeyError as error:\n    raise ValueError('no') from error"
    text = raised(bench.run(code)).traceback
    assert "{}['k']" in text
    assert "direct cause" in text
    assert '<atom a>", line 4' in text


@pytest.mark.parametrize("end", ["", "\n"])
def test_marks_in_a_traceback_stand_below_what_they_mark(bench: Bench, end: str) -> None:
    line, marks = raised(bench.run(f"x = 1 + int('q'){end}")).traceback.splitlines()[2:4]
    assert line.index("int") == len(marks) - len(marks.lstrip())
    assert set(marks.strip()) <= set("~^")


def test_notes_and_groups_are_told(bench: Bench) -> None:
    code = (
        "e = ValueError('inner')\ne.add_note('a note')\nraise ExceptionGroup('all', [e, TypeError('other')])"
    )
    found = raised(bench.run(code))
    assert found.type == "ExceptionGroup"
    assert "a note" in found.traceback
    assert "TypeError: other" in found.traceback


@pytest.mark.parametrize(
    ("code", "line", "column"),
    [
        ("x = 1\ny = (\n", 2, 5),
        ("x = 1\nif x\n    pass", 2, 5),
        ("def f():\npass", 2, 1),
        ("return 5", 1, 1),
        ("é = 'x' 'y' z", 1, 13),
        ("\ufeffx = = 1", 1, 5),
    ],
)
def test_syntax_errors_have_their_place(bench: Bench, code: str, line: int, column: int) -> None:
    ended = bench.run(code)
    found = raised(ended)
    assert "SyntaxError" in (found.type, *found.bases)
    assert found.frames == (Frame(atom_id="a", role=Role.CODE, line=line, column=column),)
    assert ended.segment == ("a", Role.CODE)
    assert "(<atom a>" not in found.message


@pytest.mark.parametrize("text", ["x = 1\ny = '\0'", "x = 1\ny = '\ud800'"])
def test_what_is_no_text_is_a_syntax_error(bench: Bench, text: str) -> None:
    found = raised(bench.run(text))
    assert found.type == "SyntaxError"
    assert found.frames[0].line == 2


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "(" * 5000 + ")" * 5000,
        "x = " + "-" * 100_000 + "1",
        "x = " + "+".join(["1"] * 100_000),
        "x = " + "[" * 150 + "]" * 150 + "\n" + "not " * 100_000 + "x",
        "\n".join("    " * n + "if x:" for n in range(200)),
    ],
)
def test_nesting_that_exhausts_the_parser_is_a_syntax_error(bench: Bench, text: str) -> None:
    found = raised(bench.run(text))
    assert "SyntaxError" in (found.type, *found.bases)


def test_a_large_source_works(bench: Bench) -> None:
    line = "x = 'a line of some sixty characters to fill the source up'\n"
    ended = bench.run(line * (10 * 1024**2 // len(line)) + "result = 1\n")
    assert ended.completed, ended.raised


def test_runaway_recursion_is_abbreviated(bench: Bench) -> None:
    code = "import sys\nsys.setrecursionlimit(5000)\ndef f(): g()\ndef g(): f()\nf()"
    found = raised(bench.run(code))
    assert found.type == "RecursionError"
    assert len(found.frames) <= 64
    assert "frames left out" in found.traceback
    assert len(found.traceback) < 10_000


@pytest.mark.parametrize("method", ["__str__", "__repr__"])
@pytest.mark.parametrize("body", ["raise RuntimeError", "raise SystemExit", "return 5"])
def test_an_exception_that_cannot_be_told(bench: Bench, method: str, body: str) -> None:
    found = raised(bench.run(f"class E(Exception):\n    def {method}(self): {body}\nraise E(1)"))
    assert found.type == "__main__.E"
    assert found.frames[-1].line == 3


def test_a_huge_message_is_cut(bench: Bench) -> None:
    found = raised(bench.run("raise ValueError('x' * 10**7)"))
    assert len(found.message) <= 4096


def test_a_message_of_surrogates_is_text(bench: Bench) -> None:
    assert raised(bench.run("raise ValueError('\\ud800')")).message == "\\ud800"


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("sys.exit(0)", 0),
        ("sys.exit()", 0),
        ("sys.exit(7)", 7),
        ("sys.exit('no')", 1),
        ("raise SystemExit", 0),
    ],
)
def test_leaving_early_is_not_completing(bench: Bench, call: str, code: int) -> None:
    ended = bench.run(f"import sys\nresult = 1\n{call}", "assert result == 1")
    found = raised(ended)
    assert found.type == "SystemExit"
    assert ended.exit_code == code
    assert ended.segment == ("a", Role.CODE)


def test_an_exit_past_the_interpreter_leaves_no_report(bench: Bench) -> None:
    ended = bench.run("import os\nos._exit(0)")
    assert not ended.completed
    assert (ended.exit_code, ended.raised, ended.segment) == (0, None, None)


def test_an_interrupt_is_an_exception(bench: Bench) -> None:
    assert raised(bench.run("raise KeyboardInterrupt")).type == "KeyboardInterrupt"


@given(
    before=st.lists(st.integers(min_value=0, max_value=6), min_size=1, max_size=3),
    lines=st.integers(min_value=0, max_value=6),
    where=st.integers(min_value=0, max_value=3),
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_error_on_any_line_of_any_segment_is_found(
    bench: Bench, before: list[int], lines: int, where: int
) -> None:
    texts = ["x = 1\n" * count for count in before]
    where = min(where, len(texts) - 1)
    texts[where] += "\n" * lines + "  \nif x_:\n    pass"
    names = [f"d{i}" for i in range(len(texts) - 1)] + ["a"]
    ended = bench.run(texts[-1], dependencies=dict(zip(names[:-1], texts[:-1], strict=True)))
    frame = raised(ended).frames[-1]
    assert (frame.atom_id, frame.line, frame.column) == (names[where], before[where] + lines + 2, 4)
