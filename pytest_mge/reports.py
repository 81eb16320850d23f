"""The reports of an atom: one for each phase, and one for each earlier attempt."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import pytest

from mge_toolkit.core.results import Attempt, ExecutionResult, Origin, Outcome
from mge_toolkit.reporting.failures import label, printable
from pytest_mge.representation import AtomRepr, represent, represent_attempt
from pytest_mge.verdict import AtomDidNotPassError

if TYPE_CHECKING:
    from pytest_mge.collector import AtomItem


def make_report(item: AtomItem, call: pytest.CallInfo[None]) -> pytest.TestReport:
    """Return the report of one phase of an item; its times are the atom's own."""
    result, error = item.result, None if call.excinfo is None else call.excinfo.value
    if result is None or call.when == "collect":
        return pytest.TestReport.from_item_and_call(item, call)
    longrepr: Any = None
    outcome = "passed"
    if isinstance(error, AtomDidNotPassError):
        outcome = "failed"
        longrepr = represent(item, result, str(error))
    elif isinstance(error, pytest.skip.Exception):
        outcome = "skipped"
        path, line, _ = item.reportinfo()
        longrepr = (str(path), line + 1, f"Skipped: {error.msg}")
    elif error is not None:
        return pytest.TestReport.from_item_and_call(item, call)
    extra: dict[str, object] = {}
    if call.when == "setup":
        extra["mge_classname"] = item.nodeid.rpartition("::")[0]
    if outcome != "passed":
        extra["mge_outcome"] = result.outcome.value
    if result.origin is not Origin.EXECUTED:
        extra["mge_origin"] = result.origin.value
    if len(result.attempts) > 1:
        extra["rerun"] = len(result.attempts) - 1
        if call.when == "teardown":
            extra["mge_attempts"] = [_attempt_data(item, result, attempt) for attempt in result.attempts[:-1]]
    report = _report(item, call.when, outcome, longrepr, extra)
    report.start, report.stop, report.duration = call.start, call.stop, call.duration
    if result.attempts and (call.when == "call" or outcome == "failed"):
        _time(report, result.attempts[-1])
    return report


def rerun_reports(item: AtomItem, result: ExecutionResult) -> Generator[pytest.TestReport]:
    """Yield a report for each attempt that was followed by another."""
    for attempt in result.attempts[:-1]:
        following = result.attempts[attempt.number]
        extra = {"rerun": attempt.number - 1, "mge_step": step_text(attempt, following)}
        report = _report(item, "call", "rerun", represent_attempt(item, attempt), extra)
        report.sections = output_sections(attempt)
        _time(report, attempt)
        yield report


def step_text(attempt: Attempt, following: Attempt) -> str:
    """Return what led from an attempt to the next: ``syntax → fix → python-syntax``."""
    failure, decision = attempt.failure, attempt.decision
    parts = [] if failure is None else [failure.category.value]
    if following.source == "plan":  # nothing was changed, and it passed: it is flaky
        return " → ".join((*parts, "run again unchanged"))
    return " → ".join((*parts, *([] if decision is None else [decision.strategy.value]), following.source))


def properties(item: AtomItem, result: ExecutionResult) -> list[tuple[str, object]]:
    """Return the ``mge.*`` properties of an atom; what it has none of is left out."""
    atom, failure = item.atom, result.failure
    found = [
        _property("mge.outcome", result.outcome.value),
        _property("mge.wave", result.wave),
        _property("mge.language", atom.language),
        _property("mge.attempts", len(result.attempts)),
        _property("mge.healed", str(result.healed).lower()),
    ]
    if atom.component is not None:
        found.append(_property("mge.component", atom.component))
    if atom.module is not None:
        found.append(_property("mge.module", atom.module))
    if failure is not None:
        found += [_property("mge.category", failure.category.value), _property("mge.kind", failure.kind)]
    if result.origin is not Origin.EXECUTED:
        found.append(_property("mge.origin", result.origin.value))
    if result.blocked_by is not None:
        found.append(("mge.blocked_by", result.blocked_by))
    if result.attempts:
        execution = result.attempts[-1].execution
        usage = execution.usage
        found += [
            _property("mge.isolation", execution.isolation.level),
            _property("mge.sandbox", execution.isolation.sandbox),
            ("mge.wall", round(usage.wall, 6)),
            ("mge.cpu", round(usage.cpu, 6)),
        ]
        if usage.peak_memory is not None:
            found.append(("mge.memory", usage.peak_memory))
        if execution.flags:
            found.append(_property("mge.flags", " ".join(sorted(flag.value for flag in execution.flags))))
    return found


def output_sections(attempt: Attempt) -> list[tuple[str, str]]:
    """Return what the attempt printed, harmless for a terminal, under pytest's names for captured output."""
    execution = attempt.execution
    sections = []
    if execution.stdout.total:
        sections.append(("Captured stdout call", printable(execution.stdout.text)))
    if execution.stderr.total:
        sections.append(("Captured stderr call", printable(execution.stderr.text)))
    return sections


def serialize(report: pytest.TestReport) -> Generator[None, dict[str, Any], dict[str, Any]]:
    """Carry an atom's failure to another process: the body of a wrapper of ``pytest_report_to_serializable``."""
    shown: object = report.longrepr
    if not isinstance(shown, AtomRepr):
        return (yield)
    report.longrepr = None
    try:
        data = yield
    finally:
        report.longrepr = cast("Any", shown)
    data["mge_longrepr"] = shown.to_data()
    return data


def deserialize(data: dict[str, Any]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Undo :func:`serialize`."""
    shown = data.pop("mge_longrepr", None)
    report = yield
    if shown is not None:
        report.longrepr = cast("Any", AtomRepr.from_data(shown))
    return report


def _report(
    item: AtomItem, when: str, outcome: str, longrepr: object, extra: Mapping[str, object]
) -> pytest.TestReport:
    keywords = item.report_keywords
    if keywords is None:
        keywords = item.report_keywords = dict.fromkeys(item.keywords, 1)
    return pytest.TestReport(
        # Newer versions of pytest have a parsed form of the id, which spares them parsing it for each report.
        getattr(item, "id", item.nodeid),
        item.location,
        keywords,
        cast("Any", outcome),
        cast("Any", longrepr),
        cast("Any", when),
        [*item.output, *((f"Captured {key} {phase}", text) for phase, key, text in item._report_sections)],
        user_properties=item.user_properties,
        **cast("Any", extra),
    )


def _time(report: pytest.TestReport, attempt: Attempt) -> None:
    report.duration = attempt.execution.usage.wall
    report.start = attempt.started_at.timestamp()
    report.stop = report.start + report.duration


def _attempt_data(item: AtomItem, result: ExecutionResult, attempt: Attempt) -> dict[str, str]:
    """Return what JUnit files say about an earlier attempt, as plain values."""
    from difflib import unified_diff

    following = result.attempts[attempt.number]
    diff = unified_diff(
        attempt.code.splitlines(),
        following.code.splitlines(),
        f"attempt {attempt.number} ({attempt.source})",
        f"attempt {following.number} ({following.source})",
        lineterm="",
    )
    failure = attempt.failure
    shown = represent_attempt(item, attempt)
    return {
        "type": "" if failure is None else label(failure),
        "message": shown.reprcrash.message,
        "text": str(shown),
        "diff": "\n".join([step_text(attempt, following), *_reasons(attempt, following), *diff]),
        "passed": str(result.outcome is Outcome.PASSED),
    }


def _reasons(attempt: Attempt, following: Attempt) -> list[str]:
    """Return why an attempt was followed by the next, and what its author says of that."""
    decision = attempt.decision
    reasons = [] if decision is None else [f"{decision.strategy.value}: {decision.reason}"]
    return [*reasons, *([] if following.explanation is None else [f"change: {following.explanation}"])]


@lru_cache(maxsize=4096)
def _property(name: str, value: str | int) -> tuple[str, object]:
    """Return a property; one tuple serves all atoms that have the same."""
    return name, value
