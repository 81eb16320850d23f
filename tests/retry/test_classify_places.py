"""Whose fault a failure is, and where its author has to look."""

from __future__ import annotations

from mge_toolkit.core.plans import Position
from mge_toolkit.core.results import Limit, Role
from tests.retry.cases import frame, python_error, the_failure

DEPENDENCY = {"d": "def f(): pass"}


def test_the_innermost_frame_of_the_atoms_own_code_counts() -> None:
    frames = (frame(1, 1, role=Role.CHECK), frame(2, 5), frame(9, 2, atom="d", role=Role.DEPENDENCY))
    failure = the_failure(
        code="x\ny",
        check="z",
        dependencies=DEPENDENCY,
        raised=python_error("ValueError", frames=frames),
        segment=("a", Role.CHECK),
    )
    assert (failure.culprit, failure.role, failure.line) == ("a", Role.CODE, 2)
    assert failure.position == Position(file="plan.yaml", line=11, column=9)


def test_a_failed_assertion_points_at_the_check() -> None:
    failure = the_failure(
        check="y = 2\nassert y == 3\n",
        raised=python_error("AssertionError", message="", frames=(frame(2, 1, role=Role.CHECK),)),
        segment=("a", Role.CHECK),
    )
    assert (failure.role, failure.line) == (Role.CHECK, 2)
    assert failure.message == "AssertionError: assert y == 3"


def test_a_dependencys_own_failure_is_the_dependencys() -> None:
    failure = the_failure(
        dependencies=DEPENDENCY,
        raised=python_error("NameError", frames=(frame(1, 3, atom="d", role=Role.DEPENDENCY),)),
        segment=("d", Role.DEPENDENCY),
    )
    assert (failure.culprit, failure.role, failure.line) == ("d", Role.DEPENDENCY, 1)
    assert failure.position == Position(file="plan.yaml", line=10, column=7)


def test_a_dependencys_time_limit_is_the_dependencys() -> None:
    failure = the_failure(dependencies=DEPENDENCY, limit=Limit.WALL, segment=("d", Role.DEPENDENCY))
    assert (failure.culprit, failure.role, failure.kind) == ("d", Role.DEPENDENCY, "wall")
    assert "5 s" in failure.message


def test_without_a_frame_the_segment_is_the_place() -> None:
    failure = the_failure(completed=False, exit_code=0, segment=None)
    assert (failure.culprit, failure.role, failure.line) == ("a", Role.CODE, None)
    assert failure.position == Position(file="plan.yaml", line=10)


def test_a_message_without_a_traceback_is_one_line() -> None:
    failure = the_failure(raised=python_error("ValueError", message="first\nsecond"))
    assert failure.message == "ValueError: first"
    failure = the_failure(raised=python_error("__main__.Bad", message=""))
    assert failure.message == "Bad"
