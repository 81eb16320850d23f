"""How well failures are classified and repaired, on files of broken programs with their checks.

A file is JSON lines, gzipped or not; a record has ``broken_code`` and ``check_code``, and may have ``id``,
``language``, ``setup_code``, ``label``, ``observed_error`` and ``held_back_code`` (all assertions, where the
check has only part of them).

    python -m benchmarks.repair FILE... [--repair search] [--sample N] [--labels] [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from mge_toolkit.core.plans import Atom, Limits, Masterplan, Source
from mge_toolkit.core.results import Category, ExecutionResult, Outcome
from mge_toolkit.core.runs import RunResult
from mge_toolkit.core.settings import RepairSettings, Settings
from mge_toolkit.service import ExecutionService

_LIMITS: Final = Limits(timeout=10.0)
_SYNTAX: Final = {"SyntaxError", "IndentationError", "TabError"}
_BANDS: Final = (0.2, 0.4, 0.6, 0.8, 1.01)


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """What came of one group of records. Seconds are those of the trials and attempts of one fixed program."""

    group: str
    records: int
    failed: int
    classified: int
    unparsable: int
    parse_again: int
    fixed: int
    judged: int
    wrong: int
    candidates: int
    seconds_median: float
    seconds_most: float


def read(path: Path) -> list[dict[str, Any]]:
    """Return the records of a file, each with an id."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    return [{"id": f"record-{n}", **record} for n, record in enumerate(records)]


def category_of(observed: str) -> Category:
    """Return the category of a failure that ended with this exception."""
    if observed in _SYNTAX:
        return Category.SYNTAX
    if observed in ("ImportError", "ModuleNotFoundError"):
        return Category.IMPORT
    if observed == "Timeout":
        return Category.TIMEOUT
    return Category.TYPE if observed == "TypeError" else Category.RUNTIME


def plan_of(records: Sequence[dict[str, Any]], codes: Sequence[str], checks: Sequence[str]) -> Masterplan:
    """Return a plan with an atom for each record; its set-up code is an atom that it depends on."""
    atoms: dict[str, Atom] = {}
    setups: dict[str, str] = {}
    for number, (record, code, check) in enumerate(zip(records, codes, checks, strict=True)):
        language = record.get("language", "python")
        setup = record.get("setup_code")
        if setup and setup not in setups:
            setups[setup] = f"setup-{len(setups)}"
            atoms[setups[setup]] = Atom(id=setups[setup], code=Source(text=setup), language=language)
        name = f"atom-{number}"
        atoms[name] = Atom(
            id=name,
            code=Source(text=code),
            check=Source(text=check, file="<check>"),
            language=language,
            depends_on=(setups[setup],) if setup else (),
            limits=_LIMITS,
        )
    return Masterplan(name="broken", atoms=atoms)


async def _run(plan: Masterplan, repair: RepairSettings) -> RunResult:
    settings = Settings(wave_threshold=0, repair=repair)
    async with ExecutionService(settings) as service:
        return await service.execute_masterplan(plan)


def measure(records: Sequence[dict[str, Any]], repair: RepairSettings) -> list[ExecutionResult]:
    """Return what became of each record."""
    plan = plan_of(
        records, [record["broken_code"] for record in records], [record["check_code"] for record in records]
    )
    result = asyncio.run(_run(plan, repair))
    return [result.results[f"atom-{n}"] for n in range(len(records))]


def wrongly_fixed(records: Sequence[dict[str, Any]], results: Sequence[ExecutionResult]) -> dict[str, bool]:
    """Return, by id, whether a fixed program fails the assertions that were held back."""
    pairs = [
        (record, result.attempts[-1].code)
        for record, result in zip(records, results, strict=True)
        if result.healed and record.get("held_back_code")
    ]
    plan = plan_of(
        [record for record, _ in pairs],
        [code for _, code in pairs],
        [record["held_back_code"] for record, _ in pairs],
    )
    if not pairs:
        return {}
    found = asyncio.run(_run(plan, replace(RepairSettings(), level="off"))).results  # type: ignore[arg-type]
    return {
        record["id"]: found[f"atom-{n}"].outcome is not Outcome.PASSED for n, (record, _) in enumerate(pairs)
    }


def score(
    group: str,
    records: Sequence[dict[str, Any]],
    results: Sequence[ExecutionResult],
    wrong: dict[str, bool],
) -> Score:
    """Sum up one group of records."""
    failed = classified = unparsable = parse_again = candidates = 0
    seconds = []
    for record, result in zip(records, results, strict=True):
        first = result.attempts[0].failure if result.attempts else None
        if first is None:
            continue
        failed += 1
        classified += first.category is category_of(record.get("observed_error", ""))
        trials = [trial for attempt in result.attempts for trial in attempt.trials]
        candidates += len(trials)
        if first.category is Category.SYNTAX:
            unparsable += 1
            last = result.attempts[-1].failure
            parse_again += last is None or last.category is not Category.SYNTAX
        if result.healed:
            seconds.append(sum(trial.usage.wall for trial in trials))
    fixed = sum(result.healed for result in results)
    judged = [record["id"] for record in records if record["id"] in wrong]
    return Score(
        group=group,
        records=len(records),
        failed=failed,
        classified=classified,
        unparsable=unparsable,
        parse_again=parse_again,
        fixed=fixed,
        judged=len(judged),
        wrong=sum(wrong[name] for name in judged),
        candidates=candidates,
        seconds_median=statistics.median(seconds) if seconds else 0.0,
        seconds_most=max(seconds, default=0.0),
    )


def calibration(results: Iterable[ExecutionResult]) -> list[tuple[str, int, float, float]]:
    """Return, per band of stated confidence, its decisions, their mean and how many of them led to a pass."""
    bands: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for result in results:
        decision = result.attempts[0].decision if result.attempts else None
        if decision is not None and decision.strategy.value in ("fix", "regenerate"):
            band = next(n for n, most in enumerate(_BANDS) if decision.confidence < most)
            bands[band].append((decision.confidence, result.healed))
    rows = []
    for band, pairs in sorted(bands.items()):
        low = 0.0 if band == 0 else _BANDS[band - 1]
        stated = statistics.mean(confidence for confidence, _ in pairs)
        rows.append(
            (
                f"{low:.1f}-{min(_BANDS[band], 1.0):.1f}",
                len(pairs),
                stated,
                statistics.mean(h for _, h in pairs),
            )
        )
    return rows


def table(scores: Sequence[Score]) -> str:
    """Return the scores as a Markdown table."""
    lines = [
        "| file | programs | classified | parse again | fixed | fixed wrongly | candidates | seconds (most) |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(
            f"| {one.group} | {one.records} | {_share(one.classified, one.failed)} "
            f"| {_share(one.parse_again, one.unparsable)} | {_share(one.fixed, one.failed)} "
            f"| {_share(one.wrong, one.judged)} | {one.candidates} "
            f"| {one.seconds_median:.2f} ({one.seconds_most:.2f}) |"
            for one in scores
        ),
    ]
    return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole} ({part / whole:.1%})" if whole else "-"


def main() -> int:
    """Measure the files that are named and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.repair", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--repair", default="search", choices=("off", "fix", "search"))
    parser.add_argument(
        "--seconds", type=float, default=86_400, help="search time of the run (default: no cap)"
    )
    parser.add_argument("--sample", type=int, help="how many records of each file, chosen by a fixed seed")
    parser.add_argument("--labels", action="store_true", help="a row for each label as well")
    parser.add_argument("--unfixed", action="store_true", help="name what was not fixed, or wrongly")
    parser.add_argument("--json", type=Path, help="write the scores to this file as well")
    arguments = parser.parse_args()
    repair = RepairSettings(level=arguments.repair, seconds=arguments.seconds)
    scores: list[Score] = []
    everything: list[ExecutionResult] = []
    for path in arguments.files:
        records = read(path)
        if arguments.sample is not None and arguments.sample < len(records):
            records = random.Random(7).sample(records, arguments.sample)
        began = time.monotonic()
        results = measure(records, repair)
        wrong = wrongly_fixed(records, results)
        print(f"{path.name}: {time.monotonic() - began:.1f} s", file=sys.stderr)
        everything += results
        scores.append(score(path.name.partition(".")[0], records, results, wrong))
        if arguments.labels:
            scores += _by_label(records, results, wrong)
        if arguments.unfixed:
            _name_unfixed(records, results, wrong)
    print(table(scores))
    print("\n| stated confidence | decisions | mean stated | passed |\n| --- | ---: | ---: | ---: |")
    for band, number, stated, passed in calibration(everything):
        print(f"| {band} | {number} | {stated:.1%} | {passed:.1%} |")
    if arguments.json is not None:
        arguments.json.write_text(json.dumps([asdict(one) for one in scores], indent=2), encoding="utf-8")
    return 0


def _by_label(
    records: Sequence[dict[str, Any]], results: Sequence[ExecutionResult], wrong: dict[str, bool]
) -> list[Score]:
    groups: dict[str, list[int]] = defaultdict(list)
    for number, record in enumerate(records):
        groups[str(record.get("label"))].append(number)
    return [
        score(f"- {label}", [records[n] for n in found], [results[n] for n in found], wrong)
        for label, found in sorted(groups.items())
    ]


def _name_unfixed(
    records: Sequence[dict[str, Any]], results: Sequence[ExecutionResult], wrong: dict[str, bool]
) -> None:
    for record, result in zip(records, results, strict=True):
        failure = result.failure
        if wrong.get(record["id"]) or not result.healed:
            what = "fixed wrongly" if result.healed else result.outcome.value
            said = (
                ""
                if failure is None
                else f"{failure.category}/{failure.kind}: {failure.message.splitlines()[0]}"
            )
            print(f"{record['id']} ({record.get('label')}): {what}: {said[:120]}")


if __name__ == "__main__":
    sys.exit(main())
