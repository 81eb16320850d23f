"""Atoms, jobs and executions to classify, without running anything."""

from __future__ import annotations

from typing import Any

from mge_toolkit.core.plans import Atom, Expectation, Limits, Source
from mge_toolkit.core.results import Execution, Failure, Frame, Raised, Role
from mge_toolkit.retry.classify import classify
from tests.jobs import make_job

PYTHON_BASES = ("Exception", "BaseException")


def python_error(kind: str, *bases: str, message: str = "no", frames: tuple[Frame, ...] = ()) -> Raised:
    return Raised(type=kind, message=message, bases=(*bases, *PYTHON_BASES), frames=frames)


def frame(line: int, column: int | None = None, *, atom: str = "a", role: Role = Role.CODE) -> Frame:
    return Frame(atom_id=atom, role=role, line=line, column=column)


def failure_of(
    *,
    code: str = "x = 1",
    check: str | None = None,
    expect: Expectation | None = None,
    dependencies: dict[str, str] | None = None,
    source: Source | None = None,
    language: str = "python",
    limits: Limits | None = None,
    **observed: Any,
) -> Failure | None:
    """Return what an execution with those observations is classified as; it completed unless it says otherwise."""
    job = make_job(code, check, dependencies=dependencies or {}, language=language, limits=limits or Limits())
    atom = Atom(id="a", code=source or job.segments[-1].source, expect=expect, language=language)
    observed.setdefault("completed", not {"raised", "signal", "limit"} & set(observed))
    observed.setdefault("segment", ("a", Role.CODE))
    return classify(atom, job, Execution(**observed))


def the_failure(**observed: Any) -> Failure:
    """Return the failure, which there is."""
    failure = failure_of(**observed)
    assert failure is not None
    return failure
