"""Loading plans of 10,000 and 100,000 atoms, beside PyYAML's own C loader and its bare events.

Run it with ``python -m benchmarks.plan_loading``; ``--json FILE`` keeps the figures. Every measurement is a
process of its own.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import Row, at_most, document, faster, table

SIZES = (10_000, 100_000)

_LOAD = """
import sys, time
path = sys.argv[1]
def memory(key):
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(key))
{imports}
# The peak that getrusage knows survives fork and exec: this one is set back first.
open("/proc/self/clear_refs", "w").write("5")
before, started = memory("VmRSS"), time.perf_counter()
{work}
print(time.perf_counter() - started, memory("VmHWM") - before)
"""

CONTESTANTS = {
    "ours": _LOAD.format(
        imports="from mge_toolkit.plan import load_masterplan",
        work="loaded = load_masterplan(path)",
    ),
    "load": _LOAD.format(
        imports="import yaml",
        work="loaded = yaml.load(open(path, encoding='utf-8').read(), Loader=yaml.CSafeLoader)",
    ),
    "events": _LOAD.format(
        imports="import yaml",
        work="loaded = sum(1 for _ in yaml.parse(open(path, encoding='utf-8').read(), Loader=yaml.CSafeLoader))",
    ),
}
"""The programs that are measured: the whole loading of a plan, values without lines, and no values at all."""


def plan_text(atoms: int) -> str:
    """Return a plan in which chains of ten atoms build on each other, in components and modules."""
    lines = ["masterplan: big", "defaults: {timeout: 5}", "components:"]
    number = 0
    for component in range(10):
        lines += [f"  c{component}:", "    modules:"]
        for module in range(10):
            lines += [f"      m{module}:", "        atoms:"]
            for _ in range(atoms // 100):
                lines.append(f"          atom_{number}:")
                if number % 10:
                    lines.append(f"            depends_on: [atom_{number - 1}]")
                lines += [
                    "            code: |",
                    f"              def f_{number}(x):",
                    f"                  return x + {number}",
                    f"              result = f_{number}(1)",
                    f"            expect: {{result: {number + 1}}}",
                ]
                number += 1
    return "\n".join([*lines, ""])


def measure(name: str, path: Path) -> tuple[float, float]:
    """Return seconds and MiB of one contestant in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-c", CONTESTANTS[name], str(path)], capture_output=True, text=True, check=True
    )
    seconds, mebibytes = done.stdout.split()
    return float(seconds), float(mebibytes)


def plan_loading(rounds: int = 3) -> list[Row]:
    """Return the rows: time beside PyYAML's load and events, growth of time and memory."""
    rows: list[Row] = []
    time: dict[tuple[str, int], list[float]] = {}
    memory: dict[tuple[str, int], list[float]] = {}
    with tempfile.TemporaryDirectory() as directory:
        paths = {size: Path(directory) / f"{size}.yaml" for size in SIZES}
        for size, path in paths.items():
            path.write_text(plan_text(size), encoding="utf-8")
        for _ in range(rounds):
            for size, path in paths.items():
                for name in CONTESTANTS:
                    seconds, mebibytes = measure(name, path)
                    time.setdefault((name, size), []).append(seconds)
                    memory.setdefault((name, size), []).append(mebibytes)
    for size in SIZES:
        work = f"load a plan of {size:,} atoms"
        rows.append(faster(work, "PyYAML's C load", time["ours", size], time["load", size], 3))
        rows.append(at_most(work, "PyYAML's bare events", time["ours", size], time["events", size], 1.5))
    small, large = SIZES
    grown = [seconds * large / small for seconds in time["ours", small]]
    rows.append(at_most("time of 100,000 atoms", "10 x that of 10,000", time["ours", large], grown, 1.1))
    ours, less = statistics.median(memory["ours", large]), statistics.median(memory["ours", small])
    print(
        f"peak memory of loading {large:,} atoms: {ours:.0f} MiB, {ours * 1024 / large:.1f} KiB an atom; "
        f"{ours / less:.1f} x that of {small:,}; "
        f"PyYAML's C load: {statistics.median(memory['load', large]):.0f} MiB",
        file=sys.stderr,
    )
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description="Measure the loading of large plans.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    rows = plan_loading(options.rounds)
    print(table(rows))
    if options.json is not None:
        options.json.write_text(document(rows), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
