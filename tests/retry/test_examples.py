"""Examples in docstrings become a further check."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mge_toolkit.retry.examples import examples_check, with_examples
from mge_toolkit.testing import make_atom


def check_of(docstring: str, name: str = "f") -> str | None:
    return examples_check(f'def {name}(x, y=0):\n    """Say.\n\n    {docstring}\n    """\n    return x\n')


FORMS = {
    "doctest": (">>> f(2)\n    4", "f(2) == 4"),
    "doctest of text": (">>> f('a b', 'c')\n    'x'", "f('a b', 'c') == 'x'"),
    "doctest that compares": (">>> f([1], 2) == [3]", "f([1], 2) == [3]"),
    "equals": ("f(2) = 4", "f(2) == 4"),
    "double arrow": ("f((1, 2)) => (2, 4)", "f((1, 2)) == (2, 4)"),
    "long arrow": ('f("a)") ==> "b"', 'f("a)") == "b"'),
    "thin arrow": ("f(-1) -> True", "f(-1) == True"),
    "drawn arrow": ("f([1, [2]]) ➞ [[1], 2]", "f([1, [2]]) == [[1], 2]"),
    "words": ("For f(5) should return 10.", "f(5) == 10"),
    "verb": ("f(5) returns [1, 2], because it does", "f(5) == [1, 2]"),
    "keyword": ("f(5, y=2) == 10  # so", "f(5, y=2) == 10"),
}


@pytest.mark.parametrize(("docstring", "wanted"), FORMS.values(), ids=FORMS)
def test_an_example_is_read(docstring: str, wanted: str) -> None:
    check = check_of(docstring)
    assert check is not None
    assert wanted in check
    ast.parse(check)


def test_floats_need_not_agree_to_the_last_digit() -> None:
    check = check_of("f(3) == 0.1")
    assert check is not None
    assert "abs(f(3) - 0.1) < 1e-6" in check


NONE = {
    "prose": "Calls f(x) and returns what it gives.",
    "another function": "g(2) == 4",
    "a method of that name": "other.f(2) == 4",
    "arguments that are no literals": "f(open('x')) == 4",
    "a value that is none": "f(2) == x + 1",
    "a value that goes on": "f(2) == 4 * 5",
    "several values": "f(2) == 1, 2",
    "no value": ">>> f(2)",
    "a call that does not end": "f((2 == 4",
    "an output of another statement": ">>> print(f(2))\n    4",
}


@pytest.mark.parametrize("docstring", NONE.values(), ids=NONE)
def test_what_is_no_example_is_left_alone(docstring: str) -> None:
    assert check_of(docstring) is None


def test_a_program_without_functions_or_that_does_not_parse_has_none() -> None:
    assert examples_check("x = 1") is None
    assert examples_check("def f(:") is None
    assert examples_check("\0") is None


def test_each_example_is_taken_once() -> None:
    check = check_of("f(2) == 4\n    f(2) == 4\n    f(3) == 6")
    assert check is not None
    assert check.count("assert") == 2


DOUBLE = 'def f(n):\n    """Double.\n\n    >>> f(2)\n    4\n    """\n    return n * 2\n'


def test_an_atoms_check_asks_for_the_examples_after_its_own() -> None:
    atom = with_examples(make_atom("a", DOUBLE, check="assert f(1) == 2"))
    assert atom.check is not None
    assert atom.check.text.splitlines()[0] == "assert f(1) == 2"
    assert "f(2) == 4" in atom.check.text


def test_an_atom_without_a_check_gets_one() -> None:
    check = with_examples(make_atom("a", DOUBLE)).check
    assert check is not None
    assert "f(2) == 4" in check.text


def test_atoms_without_examples_and_of_other_languages_stay_as_they_are() -> None:
    plain, other = make_atom("a", "x = 1", check="assert x"), make_atom("a", DOUBLE, language="javascript")
    assert with_examples(plain) is plain
    assert with_examples(other) is other


@given(st.text(alphabet="f(x)=>[]{}'\"\\#.,:-1 2\n", max_size=80))
def test_no_docstring_makes_it_raise(text: str) -> None:
    quoted = repr(f"f(1) == 2 {text}\nf({text}")
    check = examples_check(f"def f(x):\n    {quoted}\n    return x\n")
    if check is not None:
        ast.parse(check)
