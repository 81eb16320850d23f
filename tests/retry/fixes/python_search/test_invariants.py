"""What holds for every program: candidates parse, differ, and are few."""

from __future__ import annotations

import ast

from hypothesis import given, settings
from hypothesis import strategies as st

from mge_toolkit.retry.fixes.python_search.fixer import MOST
from tests.retry.fixes.cases import codes
from tests.retry.fixes.python_search.failed import FIXER, failed

KINDS = (
    "assertion",
    "type",
    "index",
    "key",
    "zero_division",
    "recursion",
    "value",
    "attribute",
    "name",
    "wall",
)

HEADS = ("def f(a, b=[], *, n=0):", "def f(items: list, a, b):", "class C:\n  def f(self, a):")

names = st.sampled_from(["a", "b", "n", "items", "é"])
atoms = st.one_of(
    names, st.integers(-3, 30).map(str), st.sampled_from(["''", "' '", "True", "None", "[]", "(a)"])
)


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(
        [" + ", " - ", "*", "//", "%", "<", " <= ", "==", " in ", " and ", " or ", " not in "]
    )
    return st.one_of(
        st.tuples(inner, operators, inner).map("".join),
        inner.map("({})".format),
        inner.map("not ({})".format),
        inner.map("-({})".format),
        st.tuples(names, inner).map("{0[0]}[{0[1]}]".format),
        st.tuples(names, inner, inner).map("{0[0]}[{0[1]}:{0[2]}]".format),
        st.tuples(inner, inner).map("max({0[0]}, ({0[1]}))".format),
        inner.map("len({})".format),
        inner.map("sorted(x for x in ({}))".format),
        st.tuples(inner, inner).map("[x for x in ({0[0]}) if ({0[1]})]".format),
        st.tuples(inner, inner, inner).map("({0[0]} if {0[1]} else {0[2]})".format),
        inner.map("(  # why\n  {}\n  )".format),
        inner.map("({}).lower()".format),
        st.tuples(inner, inner).map("{{{0[0]}: {0[1]}}}".format),
        inner.map("(lambda x: {})".format),
    )


expressions = st.recursive(atoms, larger, max_leaves=6)


def blocks(inner: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    def put(head: str) -> st.SearchStrategy[list[str]]:
        return inner.map(lambda lines: [head, *(f"    {line}" for line in lines)])

    return st.one_of(
        st.tuples(inner, inner).map(lambda pair: pair[0] + pair[1]),
        expressions.flatmap(lambda e: put(f"if ({e}):")),
        expressions.flatmap(lambda e: put(f"while ({e}):  # wait")),
        expressions.flatmap(lambda e: put(f"for x in ({e}):")),
        st.tuples(expressions, inner, inner).map(
            lambda parts: [
                f"if ({parts[0]}):",
                *(f"    {line}" for line in parts[1]),
                "else:",
                *(f"    {line}" for line in parts[2]),
            ]
        ),
    )


simple = st.one_of(
    expressions.map("n = ({})".format),
    expressions.map("n += ({})".format),
    expressions.map("return ({})".format),
    expressions.map("items.append({})".format),
    st.sampled_from(["pass", "a, b = b, a", "items[0] -= 1", "n = 1; b = 2", '"""text\n  more"""']),
).map(lambda text: [text])


@st.composite
def programs(draw: st.DrawFn) -> str:
    lines = draw(st.recursive(simple, blocks, max_leaves=5))
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    head = draw(
        st.sampled_from(
            ["def f(a, b=[], *, n=0):", "def f(items: list, a, b):", "class C:\n  def f(self, a):"]
        )
    )
    indent = "  " if head.startswith("class") else ""
    body = "\n".join(f"{indent}    {line}" for text in lines for line in text.split("\n"))
    text = f"{head}\n{body}" + draw(st.sampled_from(["", "\n", "\n# end", "\nf(1, 2)\n"]))
    return text.replace("\n", newline)


def parses(code: str) -> bool:
    try:
        ast.parse(code)
    except (SyntaxError, ValueError):
        return False
    return True


@settings(max_examples=60, deadline=None)
@given(programs(), st.sampled_from(KINDS))
def test_every_candidate_parses_differs_and_comes_once(code: str, kind: str) -> None:
    found = codes(FIXER, failed(code, kind))
    assert len(found) == len(set(found)) <= MOST
    assert code not in found
    if parses(code):
        assert found
    for changed in found:
        assert parses(changed), changed


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_no_text_makes_it_raise(code: str) -> None:
    for changed in codes(FIXER, failed(code)):
        assert parses(changed)


@settings(max_examples=30, deadline=None)
@given(programs())
def test_the_same_case_gives_the_same_candidates(code: str) -> None:
    assert codes(FIXER, failed(code)) == codes(FIXER, failed(code))
