"""Calls of what nothing defines, where the code around them tells what they stand for."""

from __future__ import annotations

import pytest

from tests.retry.fixes.failures import failed
from tests.retry.fixes.python_names.proposals import all_codes, all_proposed

TWINS = """\
class Union:
    def find(self, u):
        return u
    def join(self, u, v):
        root_u = self.find(u)
        root_v = self.{}
        return root_u == root_v
"""
KINDS = """\
class Sweets:
    def count(self, kinds):
        return len(self.unique_kinds(kinds))
    def unique_kinds(self, kinds):
        {}
"""


def test_a_line_may_be_meant_as_the_one_above_for_another_variable() -> None:
    case = failed(
        TWINS.format("undefined(u)"),
        "AttributeError: 'Union' object has no attribute 'undefined'",
        line=6,
        check="assert not Union().join(1, 2)",
    )
    wanted = TWINS.format("find(v)")
    (found,) = [one for one in all_proposed(case) if one.code == wanted]
    said = "wrote self.find(v) for 'undefined', as the line above has it, on line 6"
    assert (found.source, found.explanation) == ("python-undefined-method", said)


@pytest.mark.parametrize("target", ["root_u", "other"])
def test_a_line_that_is_no_twin_is_not_written_so(target: str) -> None:
    code = TWINS.format("undefined(u)").replace("root_v", target)
    case = failed(code, "AttributeError: 'Union' object has no attribute 'undefined'", line=6)
    assert not [one for one in all_codes(case) if "find(v)" in one]


def test_a_function_that_only_calls_what_is_unknown_was_to_return_it() -> None:
    case = failed(
        KINDS.format("self.process(kinds)"),
        "AttributeError: 'Sweets' object has no attribute 'process'",
        line=5,
        check="assert Sweets().count([1, 1]) == 1",
    )
    assert KINDS.format("return set(kinds)") in all_codes(case)


def test_a_function_that_returns_something_already_keeps_to_that() -> None:
    code = KINDS.format("if kinds:\n            return kinds\n        self.process(kinds)")
    case = failed(code, "AttributeError: 'Sweets' object has no attribute 'process'", line=7)
    assert not [one for one in all_codes(case) if "return set" in one]
