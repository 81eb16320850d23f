"""The parts of the page that hold figures: of the run, its waves, groups, errors, repairs and changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final
from xml.etree.ElementTree import Element

from mge_toolkit.reporting.failures import seconds_text, size_text
from mge_toolkit.reporting.report.content.records import RunReport
from mge_toolkit.reporting.report.page.atoms import outcome_tag
from mge_toolkit.reporting.report.page.elements import Content, element, section, table
from mge_toolkit.reporting.report.page.pictures import lanes_picture, share_picture, trend_picture
from mge_toolkit.reporting.report.wording import amount, changes_of, cost_text, rate_text
from mge_toolkit.reporting.summary import path_text

PATTERNS: Final = 40
MODULES: Final = 300
CHANGED: Final = 24
WAVES: Final = 60


def run_figures(figures: Mapping[str, Any]) -> Element:
    """Return the most important figures, each in a box."""
    counts, executions, times = figures["counts"], figures["executions"], figures["times"]
    interval, wall = figures["success_interval"], times["wall"]
    between = f"95 %: {rate_text(interval[0])} to {rate_text(interval[1])}" if interval else ""
    boxes = [("success rate", rate_text(counts["success_rate"]), between)]
    for name in ("passed", "failed", "error", "blocked", "skipped", "stopped"):
        if counts[name] or name in ("passed", "failed"):
            among = [
                f"{counts[one]} {one}" for one in ("healed", "flaky") if counts[one] and name == "passed"
            ]
            boxes.append((name, f"{counts[name]:,}", ", ".join(among)))
    boxes.append(("attempts", f"{executions['attempts']:,}", _retries(executions)))
    boxes.append(("time", seconds_text(figures["wall"]), _throughput(executions)))
    boxes.append(
        ("slots busy", f"{figures['parallelism']:.2f}", f"of {figures['slots']}, {figures['schedule']}")
    )
    if wall["count"]:
        tail = f"95 %: {seconds_text(wall['p95'])}, most: {seconds_text(wall['max'])}"
        boxes.append(("median attempt", seconds_text(wall["p50"]), tail))
    if figures["peak_memory"] is not None:
        boxes.append(("peak memory", size_text(figures["peak_memory"]), "of one attempt"))
    cost = cost_text(figures["spending"])
    if cost:
        boxes.append(("language models", cost, ""))
    if counts["resumed"] or counts["cached"]:
        known = [f"{counts[one]} {one}" for one in ("resumed", "cached") if counts[one]]
        boxes.append(("not executed again", f"{counts['resumed'] + counts['cached']:,}", ", ".join(known)))
    return element("dl", *(_box(*box) for box in boxes), class_="figures")


def _retries(executions: Mapping[str, Any]) -> str:
    parts = ["1 retry" if executions["retries"] == 1 else f"{executions['retries']:,} retries"]
    if executions["candidates"]:
        parts.append(amount(executions["candidates"], "candidate"))
    return ", ".join(parts)


def changes_section(figures: Mapping[str, Any], prefix: str) -> Element | None:
    """Return what changed since the run before, ``None`` where none is known."""
    previous = figures["previous"]
    if previous is None:
        return None
    run, groups = previous["run"], changes_of(previous["changes"])
    rows = []
    for group in groups:
        shown = ", ".join(f"{one.atom_id}{f' ({one.how})' * bool(one.how)}" for one in group.atoms[:CHANGED])
        more = f" and {len(group.atoms) - CHANGED:,} more" if len(group.atoms) > CHANGED else ""
        kind = {True: "good", False: "bad", None: ""}[group.good]
        rows.append(
            (
                element("span", group.title, class_=kind),
                element("code", f"{shown}{more}"),
                f"{len(group.atoms):,}",
            )
        )
    before = run["counts"]
    caption = (
        f"Run {run['run_id']} of {run['started_at'][:16].replace('T', ' ')}: {before['passed']} of "
        f"{amount(before['total'], 'atom')} passed, {seconds_text(run['wall'])}."
    )
    if rows:
        changes = table(caption, ("change", "atoms", "number"), rows, 1)
    else:
        changes = element("p", f"{caption} No atom came out otherwise.")
    return section("Since the run before", changes, *_trend(figures["trend"]), anchor=f"{prefix}changes")


def _trend(trend: Mapping[str, Any]) -> Iterable[Element]:
    """Return the success rates of the last runs, where there are enough of them to see a trend."""
    runs, rate = len(trend["earlier"]), trend["success_rate"]
    if runs > 1:
        said = f"{amount(runs, 'run')} before this one, median {rate_text(rate['median'])}"
        yield element("p", f"Success rate: {rate_text(rate['now'])}; {said}.", class_="soft")
        yield trend_picture(trend)


def patterns_section(figures: Mapping[str, Any], prefix: str) -> Element | None:
    """Return the failures by what they have in common."""
    errors = figures["errors"]
    patterns = errors["patterns"]
    if not patterns:
        return None
    rows = [_pattern(one) for one in patterns[:PATTERNS]]
    left = sum(one["failures"] for one in patterns[PATTERNS:]) + errors["other_failures"]
    return section(
        "Error patterns",
        table(
            "Failed attempts that say the same at the same place, the most frequent first.",
            ("pattern", "kind", "such as", "failures", "atoms", "healed", "flaky"),
            rows,
            numbers=4,
        ),
        element("p", f"… and {amount(left, 'failure')} of other patterns") if left else None,
        anchor=f"{prefix}patterns",
        note=f"{amount(errors['failures'], 'failed attempt')}",
    )


def waves_section(run: RunReport, prefix: str) -> Element | None:
    """Return the waves over time, and their figures."""
    waves = run.figures["waves"]
    if not waves:
        return None
    picture = lanes_picture(run.lanes, run.span, waves) if run.lanes else ()
    note = (
        "a bar an execution, a row a slot"
        if all(lane.exact for lane in run.lanes)
        else "slots busy over time"
    )
    path = run.figures["critical_path"]
    critical = f"Critical path: {seconds_text(path['time'])}: {path_text(tuple(path['atoms']))}"
    return section(
        "Waves over time",
        *picture,
        table(
            "Parallelism is how many slots were busy on average, of how many there could be.",
            ("wave", "outcomes", "success rate", "atoms", "time", "attempt time", "parallelism"),
            map(_wave, waves[:WAVES]),
            numbers=4,
        ),
        element("p", f"… and {amount(len(waves) - WAVES, 'wave')} more") if len(waves) > WAVES else None,
        element("p", critical, class_="soft") if len(path["atoms"]) > 1 else None,
        anchor=f"{prefix}waves",
        note=note if run.lanes else "",
    )


def groups_section(figures: Mapping[str, Any], prefix: str) -> Element | None:
    """Return components with their modules, their rates and times."""
    components = figures["components"]
    if not any(one["component"] for one in components):
        return None
    rows = list(_groups(components))
    return section(
        "Components and modules",
        table(
            "Success rate is passed ÷ (passed + failed); times are of attempts.",
            ("group", "outcomes", "success rate", "atoms", "attempts", "total", "median", "95 %", "most"),
            rows[:MODULES],
            numbers=6,
        ),
        element("p", f"… and {amount(len(rows) - MODULES, 'group')} more") if len(rows) > MODULES else None,
        anchor=f"{prefix}groups",
    )


def slowest_section(figures: Mapping[str, Any], prefix: str) -> Element | None:
    """Return the atoms that took longest."""
    if not figures["slowest"]:
        return None
    rows = (
        (
            element("code", one["atom_id"]),
            outcome_tag(one["outcome"]),
            str(one["wave"]),
            str(one["attempts"]),
            seconds_text(one["seconds"]),
        )
        for one in figures["slowest"]
    )
    heads = ("atom", "outcome", "wave", "attempts", "time")
    return section(
        "Slowest atoms", table("By the time of all attempts.", heads, rows, 3), anchor=f"{prefix}slowest"
    )


def repair_section(figures: Mapping[str, Any], prefix: str) -> Element | None:
    """Return what strategies and fixers came to, and what that cost."""
    repair = figures["repair"]
    if not repair["strategies"]:
        return None
    heads = ("", "decided", "rounds", "fixed", "rate", "candidates", "refused", "time", "cost")
    tables = [table("By strategy.", ("strategy", *heads[1:]), map(_remedy, repair["strategies"]), 8)]
    if repair["sources"]:
        tables.append(
            table("By who wrote the code.", ("source", *heads[1:]), map(_remedy, repair["sources"]), 8)
        )
    return section("Repair", *tables, anchor=f"{prefix}repair")


def isolation_section(figures: Mapping[str, Any], prefix: str) -> Element:
    """Return what protected this machine from the programs, and what did not."""
    isolation, held = figures["isolation"], figures["isolation_held"]
    rows: list[Iterable[Content]] = [
        (name, element("span", "held", class_="good"), how) for name, how in isolation["mechanisms"].items()
    ]
    rows += [
        (name, element("span", "missing", class_="bad"), why) for name, why in isolation["missing"].items()
    ]
    level = isolation["level"] if held is None else held["level"]
    said = f"Sandbox {isolation['sandbox']}; the least that any attempt had: {level}."
    if not rows:
        return section("Isolation", element("p", f"{said} Nothing was held."), anchor=f"{prefix}isolation")
    return section(
        "Isolation", table(said, ("protection", "", "by, or why not"), rows), anchor=f"{prefix}isolation"
    )


def _box(name: str, value: str, more: str) -> Element:
    said = element("small", more) if more else None
    return element("div", element("dt", name), element("dd", value, said))


def _throughput(executions: Mapping[str, Any]) -> str:
    rate = executions["throughput"]
    return f"{rate:,.1f} atoms/s" if rate else ""


def _pattern(one: Mapping[str, Any]) -> tuple[Content, ...]:
    where = "" if one["place"] == "code" else f" (in {one['place']})"
    more = " …" if one["atoms"] > len(one["atom_ids"]) else ""
    return (
        element("code", f"{one['message']}{where}"),
        f"{one['category']}/{one['kind']}",
        element("code", f"{', '.join(one['atom_ids'])}{more}"),
        f"{one['failures']:,}",
        f"{one['atoms']:,}",
        f"{one['healed']:,}",
        f"{one['flaky']:,}",
    )


def _wave(wave: Mapping[str, Any]) -> tuple[Content, ...]:
    return (
        f"wave {wave['number']}",
        share_picture(wave["counts"]),
        rate_text(wave["counts"]["success_rate"]),
        f"{wave['planned']:,}",
        seconds_text(wave["wall"]),
        seconds_text(wave["attempt_time"]),
        f"{wave['parallelism']:.2f} of {wave['theoretical_parallelism']}",
    )


def _groups(components: Iterable[Mapping[str, Any]]) -> Iterable[tuple[Content, ...]]:
    for component in components:
        yield _group(component, element("strong", component["name"] or "(no component)"))
        for module in component["modules"]:
            if module["module"] is not None:
                yield _group(module, element("span", module["module"], class_="in"))


def _group(group: Mapping[str, Any], name: Element) -> tuple[Content, ...]:
    wall = group["times"]["wall"]
    times = (wall["total"] if wall["count"] else None, wall["p50"], wall["p95"], wall["max"])
    return (
        name,
        share_picture(group["counts"]),
        rate_text(group["counts"]["success_rate"]),
        f"{group['counts']['total']:,}",
        f"{group['attempts']:,}",
        *("–" if seconds is None else seconds_text(seconds) for seconds in times),
    )


def _remedy(one: Mapping[str, Any]) -> tuple[Content, ...]:
    return (
        one["name"],
        f"{one['decided']:,}" if one["decided"] else "–",
        f"{one['rounds']:,}",
        f"{one['fixed']:,}",
        rate_text(one["fix_rate"]),
        f"{one['tried']:,}" if one["tried"] else "–",
        f"{one['refused']:,}",
        seconds_text(one["seconds"]),
        cost_text(one["spending"]) or "–",
    )
