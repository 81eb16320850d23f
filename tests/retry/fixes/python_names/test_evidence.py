"""What is read out of messages, and what is not."""

from __future__ import annotations

import pytest

from mge_toolkit.core.results import Raised
from mge_toolkit.retry.fixes.python_names.analysis.evidence import Evidence, Trouble, evidence
from tests.retry.fixes.failures import failed


@pytest.mark.parametrize(
    ("kind", "message", "read"),
    [
        ("NameError", "name 'größe' is not defined", Evidence(Trouble.NAME, "größe")),
        (
            "UnboundLocalError",
            "cannot access local variable 'x' where it is not associated with a value",
            Evidence(Trouble.UNBOUND_LOCAL, "x"),
        ),
        (
            "NameError",
            "cannot access free variable 'x' where it is not associated with a value in enclosing scope",
            Evidence(Trouble.UNBOUND_FREE, "x"),
        ),
        (
            "AttributeError",
            "'list' object has no attribute 'add'",
            Evidence(Trouble.ATTRIBUTE, "add", "list"),
        ),
        (
            "AttributeError",
            "'int' object has no attribute 'x' and no __dict__ for setting new attributes",
            Evidence(Trouble.ATTRIBUTE, "x", "int"),
        ),
        (
            "AttributeError",
            "type object 'A' has no attribute 'b'",
            Evidence(Trouble.TYPE_ATTRIBUTE, "b", "A"),
        ),
        ("AttributeError", "module 'os' has no attribute 'b'", Evidence(Trouble.MODULE_ATTRIBUTE, "b", "os")),
        (
            "AttributeError",
            "module 'random' has no attribute 'b' (consider renaming '/a/random.py' since it has the same name "
            "as the standard library module named 'random' and prevents importing that standard library module)",
            Evidence(Trouble.MODULE_ATTRIBUTE, "b", "random"),
        ),
        ("ModuleNotFoundError", "No module named 'a.b'", Evidence(Trouble.NO_MODULE, "a.b")),
        (
            "ModuleNotFoundError",
            "No module named 'os.x'; 'os' is not a package",
            Evidence(Trouble.NO_MODULE, "os.x", "os"),
        ),
        (
            "ImportError",
            "cannot import name 'x' from 'math' (unknown location)",
            Evidence(Trouble.NO_NAME_IN_MODULE, "x", "math"),
        ),
        ("TypeError", "'module' object is not callable", Evidence(Trouble.NOT_CALLABLE, "module")),
        (
            "TypeError",
            "'module' object is not callable. Did you mean: 'datetime.datetime(...)'?",
            Evidence(Trouble.NOT_CALLABLE, "module"),
        ),
        ("TypeError", "f() got an unexpected keyword argument 'a'", Evidence(Trouble.KEYWORD, "a", "f")),
        (
            "TypeError",
            "f() got an unexpected keyword argument 'a'. Did you mean 'b'?",
            Evidence(Trouble.KEYWORD, "a", "f"),
        ),
        (
            "TypeError",
            "'a' is an invalid keyword argument for sort()",
            Evidence(Trouble.KEYWORD, "a", "sort"),
        ),
        (
            "TypeError",
            "A.f() takes 1 positional argument but 2 were given",
            Evidence(Trouble.TOO_MANY, "A.f", "1", 2),
        ),
    ],
)
def test_pythons_own_words_are_read(kind: str, message: str, read: Evidence) -> None:
    assert evidence(failed("", f"{kind}: {message}").raised) == read


def test_a_subclass_of_the_users_is_read_as_its_base() -> None:
    raised = Raised(type="__main__.Mine", message="name 'x' is not defined", bases=("NameError", "Exception"))
    assert evidence(raised) == Evidence(Trouble.NAME, "x")


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("NameError", "name 'x' is not defined, I think"),
        ("NameError", "name 'a b' is not defined"),
        ("NameError", ""),
        ("ValueError", "name 'x' is not defined"),
        ("__main__.NameError", "name 'x' is not defined"),
        ("RuntimeError", "No module named 'x'"),
        ("AttributeError", "'list' object has no attribute 'add'; see 'set'"),
        ("NameError", "name '" + "x" * 100_000 + "' is not defined"),
    ],
)
def test_other_words_are_not(kind: str, message: str) -> None:
    assert evidence(Raised(type=kind, message=message)) is None


def test_no_exception_says_nothing() -> None:
    assert evidence(None) is None
