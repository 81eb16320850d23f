"""Documents written as YAML: they load as exactly what was written, and people can read them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mge_toolkit.core.errors import MgeError
from mge_toolkit.core.plans import JsonValue
from mge_toolkit.plan import load_masterplan, load_text
from mge_toolkit.plan.syntax.nodes import Report, plain
from mge_toolkit.plan.syntax.yaml_text import read_yaml
from mge_toolkit.plan.writing import document_text, write_document

# Any character that can be written as UTF-8, the troublesome ones often.
TEXT = st.text(
    st.sampled_from(" \t\n\r|>-+'\"#:{}[],&*!%@`\\\0\x07\x7f\x85\xa0\u2028\u2029\ufeff\ufffe0anoé\U0001f600")
    | st.characters(exclude_categories=["Cs"]),
    max_size=30,
)
LINES = st.lists(st.text("ab: #-\t'\"é", max_size=8), max_size=6).map("\n".join)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
    | LINES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=15,
)


@given(st.dictionaries(TEXT, JSON, max_size=5))
@settings(max_examples=500)
def test_what_is_written_is_what_is_read(document: dict[str, JsonValue]) -> None:
    report = Report("p.yaml")
    found = plain(read_yaml(document_text(document) or "{}", report), report)
    assert report.clean
    assert found == document
    assert repr(found) == repr(document)


@given(TEXT | LINES)
@example("a\n")
@example("a\n\n\n")
@example("\n\na")
@example("  a\nb")
@example("\ta\n")
@example(" \n a\n")
@example("\n")
@example("a\r\nb")
@example("a  \n  \nb\t\n")
@example("# no comment\n- no list\n--- \n...\n")
@settings(max_examples=500)
def test_code_comes_back_exactly_and_knows_its_lines(code: str) -> None:
    atom = {"code": code, "check": "pass\npass\n"}
    text = document_text({"masterplan": "p", "atoms": {"a": atom, "b": {"code": "last"}}})
    found = load_text(text).atoms["a"].code
    assert found.text == code
    lines = text.split("\n")
    if found.exact:
        for number, line in enumerate(code.split("\n"), 1):
            position = found.position(number, 1)
            if line:
                assert position.column is not None
                assert lines[position.line - 1][position.column - 1 :].startswith(line)


@pytest.mark.parametrize(
    "code", ["def f():\n    return 1\n", "\n\nx = 1\ny = 2", "    indented\nfirst\n", "\tx\n\ty\n\n\n"]
)
def test_code_of_several_lines_is_a_literal_block(code: str) -> None:
    text = document_text({"atoms": {"a": {"code": code}}})
    assert "code: |" in text
    assert load_text(text).atoms["a"].code.exact


@pytest.mark.parametrize("code", ["a\r\nb\n", "a\0\nb", "a\x85\nb", "a\u2028\nb", "\n\n"])
def test_code_that_no_block_can_hold_is_quoted(code: str) -> None:
    text = document_text({"atoms": {"a": {"code": code, "check": "x"}}})
    assert 'code: "' in text
    assert load_text(text).atoms["a"].code.text == code


@pytest.mark.parametrize(
    "word", ["no", "1e3", "0x1F", "true", "null", "~", "12:30", "a: b", "- a", "a #b", " a", "a ", ""]
)
def test_words_keep_their_meaning(word: str) -> None:
    report = Report("p.yaml")
    assert plain(read_yaml(document_text({"k": word, word: 1}), report), report) == {"k": word, word: 1}


def test_a_document_reads_well() -> None:
    document = {
        "masterplan": "shop",
        "defaults": {"language": "python", "timeout": 2.5},
        "atoms": {
            "f": {"code": "def f():\n    return 'é'\n", "critical": False},
            "g": {
                "depends_on": ["f"],
                "code": "result = f()",
                "expect": {"result": "é"},
                "input": {"x": [{"y": 1}]},
            },
        },
    }
    assert document_text(document) == dedent("""\
        masterplan: shop
        defaults: {language: python, timeout: 2.5}
        atoms:
          f:
            code: |
              def f():
                  return 'é'
            critical: false
          g:
            depends_on: [f]
            code: "result = f()"
            expect: {result: "é"}
            input:
              x:
                - {y: 1}
        """)


def test_a_document_is_written_to_a_file(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    write_document({"atoms": {"a": {"code": "x = 'é'\n\n"}}}, path)
    assert load_masterplan(path).atoms["a"].code.text == "x = 'é'\n\n"
    assert b"\r" not in path.read_bytes()


def test_a_lone_surrogate_cannot_be_written() -> None:
    with pytest.raises(MgeError, match=r"lone surrogate U\+D800"):
        document_text({"atoms": {"a": {"code": "x = '\ud800'\ny\n"}}})
