"""A failure says in plain words what is wrong and what would mend it, and how sure its kind is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mge_toolkit.core.plans import Expectation
from mge_toolkit.core.results import Limit, Raised, Value
from mge_toolkit.retry.causes.scene import nearest
from tests.retry.cases import PYTHON_BASES, failure_of, frame, python_error, the_failure

SHOP = """
prices = {"apple": 1}
def total(amount):
    return prices["apple"] * amount
class Cart:
    def add(self): pass
"""


@pytest.mark.parametrize(
    ("kind", "message", "cause", "hint"),
    [
        (
            "NameError",
            "name 'amuont' is not defined",
            "The name 'amuont' is not defined",
            "did you mean 'amount'?",
        ),
        ("NameError", "name 'math' is not defined", "The name 'math'", "'import math' is missing"),
        ("NameError", "name 'np' is not defined", "The name 'np'", "'import numpy as np' is missing"),
        (
            "NameError",
            "name 'defaultdict' is not defined",
            "",
            "'from collections import defaultdict' is missing",
        ),
        ("NameError", "name 'true' is not defined", "", "write 'True'"),
        ("NameError", "name 'pritn' is not defined", "", "did you mean 'print'?"),
        ("NameError", "name 'zzz' is not defined", "The name 'zzz' is not defined", None),
        (
            "AttributeError",
            "'NoneType' object has no attribute 'x'",
            "'.x' was asked of None",
            "test for None first",
        ),
        (
            "AttributeError",
            "'str' object has no attribute 'uper'",
            "A value of the type 'str'",
            "did you mean 'upper'?",
        ),
        ("AttributeError", "'list' object has no attribute 'push'", "", "a list has no 'push': use 'append'"),
        ("AttributeError", "'Cart' object has no attribute 'ad'", "", "did you mean 'add'?"),
        (
            "AttributeError",
            "module 'math' has no attribute 'squareroot'",
            "The module 'math' has no 'squareroot'.",
            None,
        ),
        ("AttributeError", "module 'math' has no attribute 'sqr'", "", "did you mean 'sqrt'?"),
        (
            "AttributeError",
            "module 'collections' has no attribute 'Mapping'",
            "",
            "is in 'collections.abc' now",
        ),
        ("KeyError", "'aple'", "The mapping has no key 'aple'.", "did you mean 'apple'?"),
        ("KeyError", "7", "The mapping has no key 7.", "test with 'in' first"),
        ("IndexError", "list index out of range", "An index lies outside the list.", "the length minus 1"),
        ("IndexError", "pop from empty list", "A value was taken from an empty list.", "not empty first"),
        ("RecursionError", "maximum recursion depth exceeded", "calls itself without end", "base case"),
        (
            "TypeError",
            "total() missing 1 required positional argument: 'amount'",
            "without 'amount'",
            "pass 'amount'",
        ),
        (
            "TypeError",
            "Cart.add() takes 1 positional argument but 2 were given",
            "'Cart.add' was called with 2 arg",
            "is 'self' missing from its parameters?",
        ),
        ("TypeError", "total() takes 1 positional argument but 3 were given", "", "leave out 2"),
        (
            "TypeError",
            "total() got an unexpected keyword argument 'amout'",
            "has no parameter 'amout'",
            "did you mean 'amount'?",
        ),
        (
            "TypeError",
            "f() got an unexpected keyword argument 'x'. Did you mean 'y'?",
            "",
            "did you mean 'y'?",
        ),
        (
            "TypeError",
            "unsupported operand type(s) for +: 'int' and 'str'",
            "between the types 'int' and 'str'",
            "str(",
        ),
        ("TypeError", "unsupported operand type(s) for +: 'NoneType' and 'int'", "", "lack its 'return'"),
        ("TypeError", 'can only concatenate str (not "int") to str', "was added to a str", "convert"),
        ("TypeError", "'NoneType' object is not iterable", "None was used", "test for None"),
        (
            "TypeError",
            "'int' object is not iterable",
            "A number was iterated over.",
            "did you mean 'range(…)'?",
        ),
        ("TypeError", "'list' object is not callable", "A value of the type 'list' was called", "use [ ]"),
        ("TypeError", "'float' object cannot be interpreted as an integer", "A float was used", "//"),
        ("TypeError", "unhashable type: 'list'", "'list', which can change", "tuple"),
        ("TypeError", "list indices must be integers or slices, not str", "no whole number", "int("),
        (
            "TypeError",
            "'<' not supported between instances of 'str' and 'int'",
            "cannot be compared",
            "convert",
        ),
        (
            "TypeError",
            "deque.remove() takes exactly one argument (0 given)",
            "with 0 arguments and takes one",
            None,
        ),
        (
            "ValueError",
            "invalid literal for int() with base 10: 'x'",
            "The text 'x' is no whole number.",
            "float(",
        ),
        (
            "ValueError",
            "not enough values to unpack (expected 2, got 1)",
            "2 values were unpacked from 1.",
            None,
        ),
        ("ValueError", "max() arg is an empty sequence", "'max' was asked of nothing at all.", "default="),
        ("ValueError", "max() iterable argument is empty", "'max' was asked of nothing at all.", "default="),
        (
            "ModuleNotFoundError",
            "No module named 'maths'",
            "There is no module 'maths'.",
            "did you mean 'math'?",
        ),
        (
            "ModuleNotFoundError",
            "No module named 'requests.auth'",
            "",
            "'requests' is not installed where atoms run",
        ),
        (
            "ImportError",
            "cannot import name 'Mapping' from 'collections' (/x.py)",
            "has no 'Mapping'",
            "'Mapping' is in 'collections.abc' now",
        ),
        ("SyntaxError", "expected ':'", "A ':' is missing.", "end the line with ':'"),
        ("SyntaxError", "'(' was never closed", "The bracket '(' is not closed.", None),
        ("SyntaxError", "invalid syntax. Perhaps you forgot a comma?", "side by side", "is a ',' missing?"),
        (
            "SyntaxError",
            "Missing parentheses in call to 'print'. Did you mean print(...)?",
            "is a function",
            "write 'print(…)'",
        ),
        ("SyntaxError", "'return' outside function", "'return' stands where it does not belong.", "indented"),
        ("IndentationError", "unexpected indent", "indented more", "indent it like the line before"),
    ],
)
def test_python(kind: str, message: str, cause: str, hint: str | None) -> None:
    bases = {"ModuleNotFoundError": ("ImportError",), "IndentationError": ("SyntaxError",)}.get(kind, ())
    failure = the_failure(code=SHOP, raised=python_error(kind, *bases, message=message))
    assert failure.cause is not None
    assert cause in failure.cause
    assert failure.cause.endswith(".")
    assert (failure.hint or "") == "" if hint is None else hint in (failure.hint or "")
    assert failure.confidence == 1.0


def test_unbound_local() -> None:
    message = "cannot access local variable 'n' where it is not associated with a value"
    failure = the_failure(raised=python_error("UnboundLocalError", "NameError", message=message))
    assert (failure.category.value, failure.kind) == ("runtime", "name")
    assert (
        failure.cause == "'n' is read before it has a value: the function assigns it, so it is local there."
    )
    assert failure.hint is not None
    assert "'global n'" in failure.hint


@pytest.mark.parametrize(
    ("line", "message", "kind", "hint"),
    [
        (
            "y = a[i + 1]",
            "list index out of range",
            "IndexError",
            "'+ 1' in the index reaches behind the end",
        ),
        ("for i in range(len(a) + 1): a[i]", "list index out of range", "IndexError", "goes one too far"),
        ("while i <= len(a): a[i]", "list index out of range", "IndexError", "goes one too far"),
        ("m = total / count(x)", "division by zero", "ZeroDivisionError", "test that 'count(x)' is not 0"),
        ("m = total % n", "integer modulo by zero", "ZeroDivisionError", "test that 'n' is not 0"),
    ],
)
def test_the_failing_line_gives_hints(line: str, message: str, kind: str, hint: str) -> None:
    raised = python_error(kind, message=message, frames=(frame(2),))
    failure = the_failure(code=f"a = [1]\n{line}\n", raised=raised)
    assert failure.hint is not None
    assert hint in failure.hint


@pytest.mark.parametrize(
    ("kind", "message", "bases", "cause", "hint", "confidence"),
    [
        (
            "ReferenceError",
            "totl is not defined",
            (),
            "The name 'totl' is not defined",
            "did you mean 'total'?",
            1.0,
        ),
        ("ReferenceError", "path is not defined", (), "", "'import path from \"node:path\"' is missing", 1.0),
        (
            "TypeError",
            "a.pusj is not a function",
            (),
            "'a.pusj' is no function.",
            "did you mean 'push'?",
            1.0,
        ),
        (
            "TypeError",
            "Assignment to constant variable.",
            (),
            "A constant was given",
            "declare it with 'let'",
            1.0,
        ),
        (
            "TypeError",
            "Cannot read properties of undefined (reading 'x')",
            (),
            "'.x' was asked of undefined",
            "test for undefined first",
            0.9,
        ),
        ("RangeError", "Maximum call stack size exceeded", (), "calls itself without end", "base case", 0.9),
        ("SyntaxError", "Unexpected end of input", (), "The code ends too early.", "missing?", 1.0),
        (
            "Error",
            "Cannot find module 'lodahs'",
            ("MODULE_NOT_FOUND",),
            "There is no module 'lodahs'.",
            "not there",
            1.0,
        ),
        ("Error", "Cannot find module 'asert'", ("MODULE_NOT_FOUND",), "", "did you mean 'assert'?", 1.0),
        (
            "TS2304",
            "Cannot find name 'totl'.",
            ("TypeCheckError",),
            "'totl' is not declared",
            "'total'?",
            0.95,
        ),
        (
            "TS2551",
            "Property 'lenght' does not exist on type 'string'. Did you mean 'length'?",
            ("TypeCheckError",),
            "",
            "did you mean 'length'?",
            0.95,
        ),
        (
            "TS2322",
            "Type 'string' is not assignable to type 'number'.",
            ("TypeCheckError",),
            "A value of the type 'string' was used as 'number'.",
            None,
            0.95,
        ),
    ],
)
def test_javascript(
    kind: str, message: str, bases: tuple[str, ...], cause: str, hint: str | None, confidence: float
) -> None:
    raised = Raised(type=kind, message=message, bases=("Error", *bases))
    failure = the_failure(code="const total = 1;", raised=raised, language="javascript")
    assert failure.cause is not None
    assert cause in failure.cause
    assert (failure.hint or "") == "" if hint is None else hint in (failure.hint or "")
    assert failure.confidence == confidence


def test_a_type_error_names_typescripts_code() -> None:
    raised = Raised(type="TS2322", message="Type 'string' is not assignable.", bases=("TypeCheckError",))
    failure = the_failure(raised=raised, language="typescript")
    assert (failure.category.value, failure.kind) == ("type", "typecheck")
    assert failure.message.startswith("TS2322: ")


@pytest.mark.parametrize("message", ["not a TypeError", "No module named 'maths'", "name 'x' is not defined"])
def test_words_of_another_error_do_not_mislead(message: str) -> None:
    failure = the_failure(raised=python_error("RuntimeError", message=message, frames=(frame(1),)))
    assert (failure.category.value, failure.kind, failure.hint) == ("runtime", "exception", None)
    assert failure.cause == "It raised an exception that nothing caught on line 1."


@pytest.mark.parametrize(
    ("observed", "kind", "confidence"),
    [
        ({"limit": Limit.WALL}, "wall", 1.0),
        ({"limit": Limit.MEMORY, "raised": python_error("ValueError")}, "memory", 1.0),
        ({"signal": 11}, "signal", 1.0),
        ({"completed": False, "exit_code": 3}, "exit", 0.6),
        ({"raised": python_error("__main__.Mine", "ImportError")}, "import", 0.95),
        ({"raised": python_error("__main__.Odd")}, "exception", 0.9),
        ({"expect": Expectation(result=1), "result": Value(json=2)}, "mismatch", 1.0),
    ],
)
def test_how_sure_the_kind_is(observed: dict[str, object], kind: str, confidence: float) -> None:
    failure = the_failure(**observed)
    assert (failure.kind, failure.confidence) == (kind, confidence)
    assert failure.cause


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (
            Raised(type="socket.gaierror", message="[Errno -3] no", bases=("OSError", *PYTHON_BASES)),
            "network",
        ),
        (
            Raised(
                type="ConnectionRefusedError", message="", bases=("ConnectionError", "OSError", *PYTHON_BASES)
            ),
            "network",
        ),
        (Raised(type="OSError", message="[Errno 101] Network is unreachable", bases=PYTHON_BASES), "network"),
        (Raised(type="Error", message="", bases=("Error", "ENOTFOUND")), "network"),
        (Raised(type="Error", message="", bases=("Error", "EACCES")), "permission"),
    ],
)
def test_what_the_sandbox_denies(raised: Raised, kind: str) -> None:
    assert the_failure(raised=raised).kind == kind


@given(
    kind=st.sampled_from(
        ["NameError", "TypeError", "KeyError", "SyntaxError", "IndexError", "Error", "TS2304"]
    ),
    message=st.text(max_size=80),
    code=st.text(max_size=80),
    python=st.booleans(),
)
def test_any_message_has_a_cause(kind: str, message: str, code: str, python: bool) -> None:
    raised = Raised(
        type=kind, message=message, bases=PYTHON_BASES if python else ("Error",), frames=(frame(1),)
    )
    failure = failure_of(code=code, raised=raised)
    assert failure is not None
    assert failure.cause


@pytest.mark.parametrize(
    ("word", "words", "found"),
    [
        ("prcie", ["price", "prices", "piece"], "price"),
        ("lenght", ["length"], "length"),
        ("Price", ["price"], "price"),
        ("x", ["y"], None),
        ("ab", ["cd", "ba"], None),
        ("total", ["totals", "other"], "totals"),
        ("undeclared", ["declared_later"], None),
    ],
)
def test_the_nearest_word(word: str, words: list[str], found: str | None) -> None:
    assert nearest(word, words) == found
