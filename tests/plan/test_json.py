"""JSON and JSON Lines plans: the same values as the standard reader's, and lines besides."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mge_toolkit.core.errors import PlanError
from mge_toolkit.core.plans import JsonValue
from mge_toolkit.plan.syntax.json_text import read_json
from mge_toolkit.plan.syntax.nodes import MappingNode, Node, Report, Scalar, plain
from tests.plan.helpers import CASES, load, only, problems

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def read(text: str) -> JsonValue:
    report = Report("p.json")
    value = plain(read_json(text, report), report)
    report.raise_any()
    return value


@given(JSON, st.sampled_from([None, 0, 2]), st.booleans())
def test_values_are_those_of_the_standard_reader(
    value: JsonValue, indent: int | None, ascii_only: bool
) -> None:
    found = read(json.dumps(value, indent=indent, ensure_ascii=ascii_only))
    assert found == value
    assert json.dumps(found) == json.dumps(value)


def has_duplicates(text: str) -> bool:
    """Tell whether an object of the text has a key twice, which the standard reader lets pass."""
    found: list[bool] = []
    json.loads(text, object_pairs_hook=lambda pairs: found.append(len(dict(pairs)) < len(pairs)))
    return any(found)


@given(st.text(alphabet='{}[]",:.-+eE0129 \n\t\\utrfalsn', max_size=24))
def test_what_the_standard_reader_refuses_is_refused_and_nothing_else(text: str) -> None:
    try:
        expected = json.loads(text)
        json.dumps(expected, allow_nan=False)
    except ValueError:
        with pytest.raises(PlanError, match=r"p\.json:"):
            read(text)
    else:
        if not has_duplicates(text):
            assert read(text) == expected


def lines_of(node: Node, text: str) -> None:
    """Check that every scalar stands where its node says."""
    if isinstance(node, Scalar):
        line = text.split("\n")[node.line - 1]
        written = text[node.start : node.end]
        assert line[node.column :].startswith(written)
        assert json.loads(written) == node.value
    else:
        children = (
            [value for _, value in node.entries.values()] if isinstance(node, MappingNode) else node.items
        )
        for child in children:
            lines_of(child, text)


@given(JSON)
def test_every_value_knows_where_it_stands(value: JsonValue) -> None:
    text = json.dumps(value, indent=1, ensure_ascii=False)
    lines_of(read_json(text, Report("p.json")), text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1,}', "1:9: a key in double quotes is expected here (and no ',' before '}')"),
        ("{'a': 1}", "1:2: a key in double quotes is expected here (and no ',' before '}')"),
        ('{"a" 1}', "1:6: ':' is expected after the key 'a'"),
        ('{"a": 1\n "b": 2}', "2:2: ',' or '}' is expected here, in the object that begins on line 1"),
        ('{"a": [1\n 2]}', "2:2: ',' or ']' is expected here, in the list that begins on line 1"),
        ('{"a": True}', "1:7: 'True' is no JSON value: write true"),
        ('{"a": NaN}', "1:7: 'NaN' is no JSON value: write a quoted text"),
        ('{"a": -Infinity}', "1:7: '-Infinity' is no JSON value: write a quoted text"),
        ('{"a": 012}', "1:7: '012' is no JSON value: write double quotes around text"),
        ('{"a": "x}', "1:7: the quote opened here is never closed"),
        ('{"a": "x\n"}', "1:9: a line break or control character in a string: write \\n, \\t or \\u00XX"),
        ('{"a": "\\q"}', "1:8: the backslash begins no escape that JSON knows: double it"),
        ('{"a": ', "1:7: the text ends here, before its value does"),
        ('{"a": }', "1:7: a value is missing here"),
        ('{"a": 1} x', "1:10: text stands after the end of the value: remove it, or add the missing ','"),
        ("[" * 5000, "1:102: values nest more than 100 levels deep: flatten them"),
    ],
)
def test_a_syntax_error_says_where_and_what_to_do(text: str, expected: str) -> None:
    assert problems(text, "json") == [expected]


def test_a_plan_in_json_knows_its_lines() -> None:
    text = '{\n "atoms": {\n  "a": {"code": "x = 1"},\n  "b": {\n   "code": "x\\ny"\n  }\n }\n}'
    plan = load(text, "json")
    assert {name: atom.line for name, atom in plan.atoms.items()} == {"a": 3, "b": 4}
    code = plan.atoms["a"].code
    assert code.exact
    assert text.split("\n")[2][code.indent :].startswith("x = 1")
    assert not plan.atoms["b"].code.exact
    assert plan.atoms["b"].code.line == 5


def test_mistakes_in_a_json_plan_have_lines() -> None:
    assert problems('{"atoms": {\n"a": {"code": "x",\n"tiemout": 3,\n"code": "y"}}}', "json") == [
        "3: atom 'a': unknown key 'tiemout' (did you mean 'timeout'?)",
        "4: atom 'a': duplicate key 'code' (first given on line 2): keep one of them",
    ]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (r'"code": "x = \"\ud800\""', "code: "),
        (r'"code": "x", "check": "\udfff"', "check: "),
        (r'"code": "x", "description": "\udfff"', "description: "),
        (r'"code": "x", "expect": {"stdout": "\udfff"}', "expect: stdout: "),
        (r'"code": "x", "input": {"v": "\ud800"}', ""),
        (r'"code": "x", "input": {"v": {"\ud800": 1}}', ""),
    ],
)
def test_a_lone_surrogate_is_refused_wherever_it_stands(keys: str, said: str) -> None:
    mistake = f"atom 'a': {said}a lone surrogate cannot be written as UTF-8: remove it"
    assert problems(f'{{"atoms": {{\n"a": {{{keys}}}}}}}', "json") == [f"2: {mistake}"]
    assert problems(f'{{"id": "b", "code": "x"}}\n{{"id": "a", {keys}}}', "jsonl") == [f"2: {mistake}"]


def test_a_pair_of_surrogates_is_a_character() -> None:
    assert only('{"atoms": {"a": {"code": "\\ud83d\\ude00"}}}', "json").code.text == "\U0001f600"


def test_json_lines_have_a_header_and_an_atom_on_each_line() -> None:
    plan = load(
        """\
        {"masterplan": "lines", "defaults": {"timeout": 3}, "preload": ["math"]}
        {"id": "a", "component": "c", "module": "m", "code": "x"}

        {"id": "b", "depends_on": "a", "code": "y"}
        """,
        "jsonl",
    )
    assert (plan.name, plan.preload) == ("lines", ("math",))
    a, b = plan.atoms.values()
    assert (a.line, a.component, a.module, a.limits.timeout) == (2, "c", "m", 3)
    assert (b.line, b.component, b.depends_on) == (4, None, ("a",))
    assert str(b.code.position(1, 1)) == "plan.yaml:4:41"


def test_json_lines_need_no_header() -> None:
    assert list(load('{"id": "a", "code": "x"}', "jsonl").atoms) == ["a"]


def test_every_wrong_line_is_told() -> None:
    wrong = (CASES / "wrong_lines.jsonl").read_text(encoding="utf-8")
    expected = (CASES / "wrong_lines.txt").read_text(encoding="utf-8")
    assert problems(wrong, "jsonl") == expected.splitlines()
