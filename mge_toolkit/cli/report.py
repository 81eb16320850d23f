"""The report at the end of a run: each failure with its source, what they held up, and the figures."""

from __future__ import annotations

from collections.abc import Mapping

from mge_toolkit.cli.console import Console
from mge_toolkit.core.plans import Atom, Masterplan
from mge_toolkit.core.ports import Language
from mge_toolkit.core.results import ExecutionResult, Outcome
from mge_toolkit.core.runs import RunResult
from mge_toolkit.engine.composition import Composer
from mge_toolkit.healing import Healed
from mge_toolkit.reporting.failures import (
    as_run,
    fact_lines,
    failure_lines,
    label,
    output_sections,
    position_of,
    printable,
)
from mge_toolkit.reporting.repair import code_diff
from mge_toolkit.reporting.summary import not_passed, outcome_line, summary_lines

OUTPUT_LINES = 12
"""How many lines of each of an attempt's streams are shown."""
HELD_UP_LINES = 10


class RunReport:
    """Writes what became of a run of ``plan``."""

    def __init__(self, console: Console, plan: Masterplan, languages: Mapping[str, Language]) -> None:
        """Write on ``console``."""
        self._console = console
        self._plan = plan
        self._composer = Composer(plan, languages)

    def failures(self, result: RunResult, limit: int | None) -> None:
        """Report up to ``limit`` failures in full, and name what they held up."""
        culprits = [
            found for found in not_passed(result.results.values()) if found.attempts or found.evidence
        ]
        shown = culprits if limit is None else culprits[:limit]
        for found in shown:
            self._failure(found, result.results)
        if len(culprits) > len(shown):
            self._console.line()
            self._console.line(
                f"... {len(culprits) - len(shown)} more not shown: '--show-failures all', or '--json FILE'",
                "warn",
            )
        self._held_up(result.results)

    def atom(self, found: ExecutionResult) -> None:
        """Report on one atom: every attempt with its output, and what changed from one to the next."""
        atom = self._plan.atoms[found.atom_id]
        self._console.rule(f"{self._plan.path}:{atom.line}: {_title(atom)} {_verb(found)}")
        self._console.line(outcome_line(found))
        for attempt, before in zip(found.attempts, (None, *found.attempts), strict=False):
            self._console.line()
            state = "passed" if attempt.failure is None else label(attempt.failure)
            said = f": {printable(attempt.explanation)}" if attempt.explanation else ""
            self._console.line(f"attempt {attempt.number} by {attempt.source}: {state}{said}", "head")
            if before is not None and before.code != attempt.code:
                for line in code_diff(atom, before.code, attempt.code, f"attempt {attempt.number}"):
                    self._console.line(line)
            lines = failure_lines(atom, attempt) or [
                *output_sections(attempt),
                *fact_lines(atom, attempt),
            ]
            for line in lines:
                self._console.line(line, "bad" if line.startswith(">") else None)
            if attempt.decision is not None:
                decided = attempt.decision
                self._console.line(
                    f"decided: {decided.strategy} ({decided.confidence:.0%}): {own_options(decided.reason)}"
                )

    def summary(self, result: RunResult, healed: Healed, *, verbose: bool) -> None:
        """Write the run's figures, what was repaired (its diffs too if ``verbose``), and the verdict."""
        *lines, verdict = summary_lines(result, self._plan)
        self._console.line()
        self._console.rule("summary")
        for line in (*lines, *(healed.diffs if verbose else ()), *healed.lines):
            self._console.line(line)
        for line in healed.warnings:
            self._console.line(own_options(line), "warn")
        self._console.line(verdict, "bad" if result.exit_status else "good")

    def _failure(self, found: ExecutionResult, results: Mapping[str, ExecutionResult]) -> None:
        atom = self._plan.atoms[found.atom_id]
        failure = found.failure
        where = f"{self._plan.path}:{atom.line}"
        if failure is not None:
            where = str(position_of(atom, failure, self._plan))
        self._console.line()
        self._console.rule(f"{where}: {_title(atom)} {_verb(found)}", "bad")
        for attempt in found.attempts[:-1]:
            if attempt.failure is not None:
                first = next(iter(printable(attempt.failure.message).splitlines()), "")
                self._console.line(
                    f"attempt {attempt.number} by {attempt.source}: {label(attempt.failure)}: {first}"
                )
        if found.attempts:
            last = found.attempts[-1]
            if last.number > 1:
                self._console.line(f"attempt {last.number} by {last.source}:")
            dependencies = self._dependencies(atom, results)
            for line in failure_lines(atom, last, dependencies, output_lines=OUTPUT_LINES):
                self._console.line(line, "bad" if line.startswith(">") else None)
            if last.decision is not None and found.outcome is Outcome.FAILED:
                self._console.line(f"given up: {own_options(printable(last.decision.reason))}")
        if found.outcome is not Outcome.FAILED and found.reason:
            reason = own_options(printable(found.reason))
            if found.attempts:  # whose message stands above, whole
                reason = reason.split("\n", 1)[0]
            self._console.line(f"{found.outcome.value}: {reason}")
        for text in dict.fromkeys(found.evidence):
            times = found.evidence.count(text)
            self._console.line(f"the sandbox failed{f' {times} times' * (times > 1)}: {printable(text)}")

    def _dependencies(self, atom: Atom, results: Mapping[str, ExecutionResult]) -> tuple[Atom, ...]:
        return tuple(
            as_run(dependency, results.get(dependency.id)) for dependency in self._composer.dependencies(atom)
        )

    def _held_up(self, results: Mapping[str, ExecutionResult]) -> None:
        """Name the atoms that did not run, together where one reason holds for all."""
        reasons: dict[tuple[str, str], list[str]] = {}
        for one in results.values():
            if one.outcome is not Outcome.PASSED and not one.attempts and not one.evidence:
                cause = results.get(one.blocked_by or "")
                # What an atom needs can pass and still be no use to it: then its own reason says why.
                simple = one.blocked_by and (cause is None or cause.outcome is not Outcome.PASSED)
                key = f"needs '{one.blocked_by}'" if simple else one.reason or ""
                reasons.setdefault((one.outcome.value, key), []).append(one.atom_id)
        if reasons:
            self._console.line()
        for (outcome, reason), atoms in list(reasons.items())[:HELD_UP_LINES]:
            more = f" and {len(atoms) - 5} more" if len(atoms) > 5 else ""
            self._console.line(f"{outcome}: {', '.join(atoms[:5])}{more}: {printable(reason)}")
        if len(reasons) > HELD_UP_LINES:
            rest = sum(map(len, list(reasons.values())[HELD_UP_LINES:]))
            self._console.line(f"... and {rest} more atoms that did not run")


def _title(atom: Atom) -> str:
    group = ".".join(part for part in (atom.component, atom.module) if part)
    return f"{atom.id} ({group})" if group else atom.id


def own_options(text: str) -> str:
    """Return a text with options named as this command has them: the parts below name them as pytest does."""
    return text.replace("--mge-", "--")


def _verb(found: ExecutionResult) -> str:
    return "got no verdict" if found.outcome is Outcome.ERROR else found.outcome.value
