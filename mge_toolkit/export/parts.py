"""What an exported notebook consists of: texts to read, and the code that makes each frame and picture.

Texts that programs wrote stand in code spans and fenced blocks, where nothing in them takes effect.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mge_toolkit.core.records import RecordedRun, RunRecord
from mge_toolkit.engine.simulation import what_if
from mge_toolkit.reporting.failures import seconds_text
from mge_toolkit.reporting.report import RunReport
from mge_toolkit.reporting.report.content.records import AtomView, AttemptView
from mge_toolkit.reporting.report.escaping import clean, code_span
from mge_toolkit.reporting.report.markdown import markdown_summary

ATOMS_SHOWN: Final = 8
ROWS_SHOWN: Final = 20
_LINES_SHOWN: Final = 40
_BACKTICKS: Final = re.compile("`+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One cell: Markdown, or with ``code`` Python that is executed."""

    text: str
    code: bool = False


def report_parts(
    recorded: RecordedRun,
    report: RunReport,
    opening: str,
    runs: Sequence[RunRecord],
    previous: RunRecord | None,
) -> Iterator[Part]:
    """Yield the cells of the notebook about a run.

    ``opening`` is the expression that opens the records, ``runs`` are those of the masterplan up to this one, and
    ``previous`` is the one before it, where there is one.
    """
    run, figures = recorded.result, report.figures
    began = f"{run.started_at.astimezone():%Y-%m-%d %H:%M:%S}"
    yield _text(f"# Run {code_span(run.run_id)} of {code_span(run.masterplan)}, {began}", "", _how_to_read())
    yield _text(_without_details(markdown_summary([report])))
    yield _code(*_setup(recorded, opening, previous))
    if not run.results:
        return
    yield from _waves(recorded)
    yield from _outcomes(figures)
    if figures["errors"]["failures"]:
        yield from _failures(report)
    if figures["executions"]["retries"]:
        yield from _retries()
    yield from _use()
    yield from _alternatives(recorded)
    if previous is not None or len(runs) > 1:
        yield from _history(previous, len(runs))


def _how_to_read() -> str:
    return (
        "Everything here was made from the records of the run, and the outputs are in the file: it can be read "
        "without a kernel. Each cell makes its output again where the records are at hand and MGE Toolkit is "
        "installed (`pip install 'mge-toolkit[notebook]'`)."
    )


def _without_details(summary: str) -> str:
    """Return a summary without what it folds away, which stands below as a frame and a picture."""
    return re.sub(r"\n<details>.*?</details>\n", "", summary, flags=re.DOTALL)


def _setup(recorded: RecordedRun, opening: str, previous: RunRecord | None) -> Iterator[str]:
    run = recorded.result
    yield from (
        "import os" if "os.environ" in opening else "",
        "import pandas as pd",
        "from mge_toolkit import plots",
        "from mge_toolkit.records import open_store",
        "",
        "# What programs wrote is text, also where it looks like a formula.",
        'pd.set_option("display.html.use_mathjax", False)',
        f"store = {opening}",
        f"recorded = store.load({run.run_id!r})",
        "run = recorded.result",
    )
    if previous is not None:
        yield f"previous = store.load({previous.run_id!r}).result"
    yield "run.counts"


def _waves(recorded: RecordedRun) -> Iterator[Part]:
    run = recorded.result
    path = " → ".join(code_span(name) for name in run.critical_path[:12])
    more = " → …" if len(run.critical_path) > 12 else ""
    yield _text(
        "## Waves and parallelism",
        "",
        f"{run.slots} slot{'s' * (run.slots != 1)}, of which {run.parallelism:.2f} were busy on average in "
        f"{seconds_text(run.wall)}. No schedule and no number of slots can end before the longest chain of "
        f"dependencies does: {path or 'none'}{more}, {seconds_text(run.critical_path_time)} together.",
    )
    yield _code(
        'columns = ["wave", "planned", "passed", "failed", "blocked", "success_rate", "seconds", "parallelism"]',
        "waves = run.waves_frame()",
        'waves["seconds"] = waves["wall"].dt.total_seconds()',
        f"waves[columns].head({ROWS_SHOWN}).round(3)",
    )
    yield _code("plots.plot_wave_parallelism(recorded)")
    yield _code("plots.plot_timeline(recorded)")


def _outcomes(figures: Mapping[str, Any]) -> Iterator[Part]:
    yield _text("## Outcomes")
    yield _code("plots.plot_success(recorded)")
    yield _code("plots.plot_graph(recorded)")
    number = figures["counts"]["total"] - figures["counts"]["passed"]
    if number:
        few = f", the first {ROWS_SHOWN} of {number:,}" if number > ROWS_SHOWN else ""
        yield _text(f"What did not pass{few}:")
        yield _code(
            'columns = ["atom_id", "wave", "outcome", "attempts", "category", "kind", "message", "blocked_by"]',
            "atoms = run.atoms_frame().query(\"outcome != 'passed'\")",
            f"atoms[columns].head({ROWS_SHOWN})",
        )


def _failures(report: RunReport) -> Iterator[Part]:
    yield _text(
        "## Errors", "", "Failures that say the same, told together; the pale ones passed in the end."
    )
    yield _code(f"run.errors_frame().head({ROWS_SHOWN})")
    yield _code("plots.plot_error_patterns(recorded)")
    if len(report.views) > ATOMS_SHOWN:
        yield _text(f"The first {ATOMS_SHOWN} of {len(report.figures['noteworthy']):,} atoms worth a look:")
    for view in report.views[:ATOMS_SHOWN]:
        yield _text(*_atom(view))


def _atom(view: AtomView) -> Iterator[str]:
    """Yield one atom: its last attempt, and how that differs from the one before."""
    number = len(view.attempts) + view.attempts_left_out
    yield f"### {code_span(view.atom_id)}"
    if not view.attempts:
        return
    last = view.attempts[-1]
    ended = "Passed" if last.state == "passed" else f"Failed ({code_span(last.state)})"
    yield from ("", f"{ended} at attempt {number}, with code by {code_span(last.source)}.")
    first = view.attempts[0]
    if number > 1 and first.message != last.message:
        yield from _fenced(first.message, "The first attempt:")
    yield from _fenced(
        last.message,
        "The first attempt and this one:" if number > 1 and first.message == last.message else "",
    )
    yield from _said(last)


def _said(attempt: AttemptView) -> Iterator[str]:
    if attempt.diff:
        why = f" ({code_span(attempt.explanation)})" if attempt.explanation else ""
        yield from _fenced(attempt.diff, f"What changed{why}:", "diff")
    else:
        yield from _fenced(attempt.code)
    yield from _fenced(attempt.output, "Its output:")


def _retries() -> Iterator[Part]:
    yield _text("## Retries and repairs", "", "From the first failure to what became of it.")
    yield _code("plots.plot_retries(recorded)")
    yield _code(
        "columns = [",
        '    "atom_id", "number", "passed", "source", "explanation", "confidence", "category", "kind", "strategy"',
        "]",
        "attempts = run.attempts_frame()",
        'retried = attempts[attempts.groupby("atom_id")["number"].transform("max") > 1]',
        f"retried[columns].head({ROWS_SHOWN})",
    )


def _use() -> Iterator[Part]:
    yield _text("## Time and memory")
    yield _code("plots.plot_durations(recorded)")
    yield _code("plots.plot_memory(recorded)")
    yield _code(
        'slowest = run.atoms_frame().nlargest(10, "wall")',
        'for name in ("wall", "cpu"):',
        "    slowest[name] = slowest[name].dt.total_seconds().round(3)",
        'slowest["MiB"] = (slowest["peak_memory"] / 1024**2).round(1)',
        'slowest[["atom_id", "wave", "outcome", "attempts", "wall", "cpu", "MiB"]]',
    )


def _alternatives(recorded: RecordedRun) -> Iterator[Part]:
    sentences = what_if(recorded.result, recorded.plan).sentences
    yield _text(
        "## What if",
        "",
        "The measured times, played through the scheduler again without executing anything:",
        "",
        *(f"- {_plain(sentence)}" for sentence in sentences),
    )
    yield _code(
        "from mge_toolkit.engine.simulation import what_if", "", "print(what_if(run, recorded.plan).table())"
    )
    yield _code("plots.plot_speedup(recorded)")


def _history(previous: RunRecord | None, number: int) -> Iterator[Part]:
    yield _text("## Earlier runs")
    if previous is not None:
        yield _code(
            "from mge_toolkit.reporting.comparison import compare",
            "",
            "change = compare(previous, run).to_data()",
            'kinds = ["newly_failing", "newly_held_up", "newly_passing", "still_failing", "slower", "faster"]',
            'pd.DataFrame({"atoms": [len(change[kind]) for kind in kinds]}, index=kinds)',
        )
    if number > 1:
        yield _code(
            "runs = [one for one in store.runs(run.masterplan, limit=60) if one.started_at <= run.started_at]",
            "plots.plot_trend(runs)",
        )


def _text(*lines: str) -> Part:
    return Part(text="\n".join(lines).strip())


def _code(*lines: str) -> Part:
    return Part(text="\n".join(lines).strip(), code=True)


def _plain(sentence: str) -> str:
    """Return a sentence of ours as Markdown; the names of atoms in it hold nothing that Markdown could take."""
    return re.sub(r"([\\`*_\[\]<>$&|~])", r"\\\1", clean(sentence))


def _fenced(lines: Iterable[str], lead: str = "", language: str = "text") -> Iterator[str]:
    """Yield lines as they are, below ``lead``; nothing where there are none."""
    shown = [clean(line) for line in lines]
    if not shown:
        return
    if len(shown) > _LINES_SHOWN:
        shown = [*shown[:_LINES_SHOWN], f"... {len(shown) - _LINES_SHOWN} more lines"]
    longest = max((len(row) for line in shown for row in _BACKTICKS.findall(line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield from ("", lead, "", f"{fence}{language}", *shown, fence)
