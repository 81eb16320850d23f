"""The category and the kind of a failure come from structured evidence alone."""

from __future__ import annotations

import pytest

from mge_toolkit.core.plans import Limits
from mge_toolkit.core.results import Category, Flag, Limit, Raised, Stream
from tests.retry.cases import failure_of, python_error, the_failure

SYNTAX, IMPORT, TYPE, RUNTIME = Category.SYNTAX, Category.IMPORT, Category.TYPE, Category.RUNTIME


def test_what_completed_passed() -> None:
    assert failure_of() is None
    assert (
        failure_of(exit_code=0, flags=frozenset(Flag), stderr=Stream(data=b"Traceback: TypeError", total=20))
        is None
    )


@pytest.mark.parametrize(
    ("raised", "category", "kind"),
    [
        (python_error("SyntaxError"), SYNTAX, "syntax"),
        (python_error("IndentationError", "SyntaxError"), SYNTAX, "indentation"),
        (python_error("TabError", "IndentationError", "SyntaxError"), SYNTAX, "indentation"),
        (python_error("ModuleNotFoundError", "ImportError"), IMPORT, "module"),
        (python_error("ImportError"), IMPORT, "import"),
        (python_error("TypeError"), TYPE, "type"),
        (python_error("__main__.Odd", "TypeError"), TYPE, "type"),
        (python_error("__main__.TypeError"), RUNTIME, "exception"),
        (
            python_error("RuntimeError", message="not a TypeError: SyntaxError, ImportError"),
            RUNTIME,
            "exception",
        ),
        (python_error("AssertionError", message="ModuleNotFoundError"), RUNTIME, "assertion"),
        (python_error("UnboundLocalError", "NameError"), RUNTIME, "name"),
        (python_error("AttributeError"), RUNTIME, "attribute"),
        (python_error("KeyError", "LookupError"), RUNTIME, "key"),
        (python_error("IndexError", "LookupError"), RUNTIME, "index"),
        (python_error("ZeroDivisionError", "ArithmeticError"), RUNTIME, "zero_division"),
        (python_error("RecursionError", "RuntimeError"), RUNTIME, "recursion"),
        (python_error("MemoryError"), RUNTIME, "memory"),
        (python_error("json.decoder.JSONDecodeError", "ValueError"), RUNTIME, "value"),
        (python_error("OSError", message="[Errno 28] No space left on device"), RUNTIME, "disk"),
        (python_error("ValueError", message="[Errno 28] No space left on device"), RUNTIME, "value"),
        (
            python_error("BlockingIOError", "OSError", message="[Errno 11] Resource unavailable"),
            RUNTIME,
            "processes",
        ),
        (python_error("RuntimeError", message="can't start new thread"), RUNTIME, "processes"),
        (python_error("FileNotFoundError", "OSError", message="[Errno 2] no"), RUNTIME, "file"),
        (python_error("ExceptionGroup", "BaseExceptionGroup"), RUNTIME, "group"),
        (Raised(type="KeyboardInterrupt", message="", bases=("BaseException",)), RUNTIME, "interrupt"),
        (Raised(type="TypeError", message="x is not a function", bases=("Error",)), TYPE, "type"),
        (
            Raised(
                type="TypeError",
                message="Cannot read properties of undefined (reading 'x')",
                bases=("Error",),
            ),
            RUNTIME,
            "null",
        ),
        (
            Raised(
                type="TypeError",
                message="Cannot destructure property 'a' of 'undefined' as it is undefined.",
                bases=("Error",),
            ),
            RUNTIME,
            "null",
        ),
        (python_error("TypeError", message="Cannot read properties of null (reading 'x')"), TYPE, "type"),
        (Raised(type="ReferenceError", message="x is not defined", bases=("Error",)), RUNTIME, "name"),
        (
            Raised(type="RangeError", message="Maximum call stack size exceeded", bases=("Error",)),
            RUNTIME,
            "recursion",
        ),
        (Raised(type="RangeError", message="Invalid array length", bases=("Error",)), RUNTIME, "value"),
        (Raised(type="SyntaxError", message="Unexpected end of input", bases=("Error",)), SYNTAX, "syntax"),
        (
            Raised(
                type="SyntaxError", message="Unexpected token 'a', \"a\" is not valid JSON", bases=("Error",)
            ),
            RUNTIME,
            "value",
        ),
        (Raised(type="AssertionError", message="", bases=("Error", "ERR_ASSERTION")), RUNTIME, "assertion"),
        (Raised(type="TypeError", message="", bases=("Error", "ERR_MODULE_NOT_FOUND")), IMPORT, "module"),
        (Raised(type="Error", message="", bases=("MODULE_NOT_FOUND",)), IMPORT, "module"),
        (Raised(type="SyntaxError", message="", bases=("Error", "ERR_MISSING_EXPORT")), IMPORT, "import"),
        (Raised(type="TS2322", message="", bases=("TypeCheckError",)), TYPE, "typecheck"),
        (Raised(type="String", message="TypeError", bases=("thrown value",)), RUNTIME, "thrown"),
        (Raised(type="UnsettledTopLevelAwait", message="", bases=("Error",)), RUNTIME, "await"),
    ],
)
def test_exceptions(raised: Raised, category: Category, kind: str) -> None:
    failure = the_failure(raised=raised)
    assert (failure.category, failure.kind) == (category, kind)


@pytest.mark.parametrize(
    ("limit", "category", "kind", "words"),
    [
        (Limit.WALL, Category.TIMEOUT, "wall", "30 s"),
        (Limit.CPU, Category.TIMEOUT, "cpu", "30 s"),
        (Limit.MEMORY, RUNTIME, "memory", "ran out of memory: its limit is 512 MiB"),
        (Limit.OUTPUT, RUNTIME, "output", "64 MiB of output"),
    ],
)
def test_limits(limit: Limit, category: Category, kind: str, words: str) -> None:
    failure = the_failure(limit=limit, signal=9)
    assert (failure.category, failure.kind) == (category, kind)
    assert words in failure.message
    assert Limits().timeout == 30


def test_a_limit_says_more_than_the_exception_it_caused() -> None:
    assert the_failure(limit=Limit.MEMORY, raised=python_error("ValueError")).kind == "memory"


@pytest.mark.parametrize(
    ("memory", "shown"), [(64_000_000, "61.0 MiB"), (1024**3, "1 GiB"), (2048, "2 KiB"), (5, "5 bytes")]
)
def test_sizes_are_binary_and_say_so(memory: int, shown: str) -> None:
    assert the_failure(limit=Limit.MEMORY, limits=Limits(memory=memory)).message.endswith(f"is {shown}")


def test_signals() -> None:
    failure = the_failure(signal=11)
    assert (failure.category, failure.kind, failure.message) == (RUNTIME, "signal", "was ended by SIGSEGV")
    assert the_failure(signal=63).kind == "signal"


@pytest.mark.parametrize("code", [0, 3, None])
def test_an_early_end(code: int | None) -> None:
    failure = the_failure(completed=False, exit_code=code)
    assert (failure.category, failure.kind) == (RUNTIME, "exit")


@pytest.mark.parametrize(
    ("message", "status", "shown"),
    [
        ("0", 0, "SystemExit(0)"),
        ("None", 0, "SystemExit"),
        ("", 0, "SystemExit"),
        ("-3", 253, "SystemExit(-3)"),
        ("main ran", 1, "SystemExit('main ran')"),
        ("first\nsecond", 1, r"SystemExit('first\nsecond')"),
    ],
)
def test_an_exit_is_shown_as_what_was_raised(message: str, status: int, shown: str) -> None:
    raised = Raised(type="SystemExit", message=message, bases=("BaseException",))
    failure = the_failure(raised=raised, exit_code=status)
    assert failure.kind == "exit"
    assert failure.message == f"{shown} ended the program before its end (exit code {status})"


def test_a_forged_report_is_named() -> None:
    failure = the_failure(completed=False, exit_code=0, flags=frozenset({Flag.REPORT_FORGED}))
    assert failure.kind == "exit"
    assert "not genuine" in failure.message
