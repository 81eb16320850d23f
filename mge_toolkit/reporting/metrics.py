"""Monitoring as Prometheus and OpenMetrics text, through ``prometheus_client``, which is imported when used.

Every counter adds up what a masterplan's runs did since the collector began and never falls. The labels are
bounded: masterplans, kinds and sources beyond those that are told apart are ``(other)``, waves from 32 on ``32+``;
runs and atoms are no labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from mge_toolkit.core.results import Spending
from mge_toolkit.reporting.monitoring.collector import MonitoringCollector
from mge_toolkit.reporting.monitoring.ledger import PlanLedger, WaveLedger
from mge_toolkit.reporting.monitoring.statistics import BOUNDS, Sketch

if TYPE_CHECKING:
    from prometheus_client import Metric
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

PROMETHEUS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS_TYPE: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"

WAVES_LABELLED: Final = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class _Counter:
    """A counter: its name without ``_total``, its help, its labels after ``masterplan``, its unit if any."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    unit: str = ""


_COUNTERS: Final = (
    _Counter(
        name="mge_runs",
        help="Finished runs, by whether all their atoms passed or were skipped by strategy.",
        labels=("result",),
    ),
    _Counter(name="mge_atoms", help="Atoms with a final outcome.", labels=("outcome",)),
    _Counter(name="mge_atoms_healed", help="Atoms that passed with code other than the plan's."),
    _Counter(name="mge_atoms_flaky", help="Atoms whose own code failed and then passed unchanged."),
    _Counter(
        name="mge_atoms_reused",
        help="Atoms whose result was taken over from an earlier run or the cache.",
        labels=("origin",),
    ),
    _Counter(name="mge_attempts", help="Attempts that were executed.", labels=("result",)),
    _Counter(name="mge_retries", help="Attempts with changed code after an atom's first."),
    _Counter(
        name="mge_reschedules",
        help="Infrastructure errors under first attempts, which were run again or given up.",
    ),
    _Counter(
        name="mge_failures",
        help="Failed attempts by category and kind, of atoms taken over too.",
        labels=("category", "kind"),
    ),
    _Counter(
        name="mge_candidates", help="Candidates that were tried in rounds of repair.", labels=("source",)
    ),
    _Counter(
        name="mge_candidates_refused",
        help="Candidates that may not count, whether they passed or not.",
        labels=("source",),
    ),
    _Counter(name="mge_fixes", help="Attempts with changed code that passed.", labels=("source",)),
    _Counter(
        name="mge_repair_seconds",
        help="Wall time of executions in rounds of repair.",
        labels=("source",),
        unit="seconds",
    ),
    _Counter(
        name="mge_llm_tokens",
        help="Tokens of language models' answers, by how they are priced.",
        labels=("direction",),
        unit="tokens",
    ),
    _Counter(
        name="mge_llm_cost_dollars",
        help="What language models' answers cost where that is known, in US dollars.",
        unit="dollars",
    ),
    _Counter(name="mge_wave_atoms", help="Atoms with a final outcome by wave.", labels=("wave", "outcome")),
    _Counter(
        name="mge_wave_duration_seconds",
        help="Wall time from each wave's start to its end.",
        labels=("wave",),
        unit="seconds",
    ),
    _Counter(
        name="mge_wave_attempt_seconds",
        help="Wall time of the attempts of each wave; divided by the wave's duration it is its parallelism.",
        labels=("wave",),
        unit="seconds",
    ),
    _Counter(
        name="mge_wave_barrier_seconds",
        help="Slot-seconds between each slot's last use by a wave and the wave's end.",
        labels=("wave",),
        unit="seconds",
    ),
)


_HISTOGRAMS: Final = {
    "mge_attempt_duration_seconds": "Wall time of attempts.",
    "mge_attempt_cpu_seconds": "CPU time of attempts.",
}
_GAUGES: Final = {
    "mge_peak_memory_bytes": "The most memory that an attempt used at its peak.",
    "mge_runs_live": "Runs that go on.",
    "mge_atoms_planned": "Atoms of runs that go on.",
    "mge_atoms_settled": "Atoms of runs that go on which have their final outcome.",
    "mge_atoms_running": "Atoms that have a slot.",
}


def prometheus_text(collector: MonitoringCollector) -> str:
    """Return the metrics in Prometheus' text format, to be served as :data:`PROMETHEUS_TYPE`."""
    return negotiated(collector, PROMETHEUS_TYPE)[0].decode()


def openmetrics_text(collector: MonitoringCollector) -> str:
    """Return the metrics in the OpenMetrics text format, to be served as :data:`OPENMETRICS_TYPE`."""
    return negotiated(collector, OPENMETRICS_TYPE)[0].decode()


def negotiated(collector: MonitoringCollector, accept: str = "") -> tuple[bytes, str]:
    """Return the metrics and their content type in the format that an ``Accept`` header asks for."""
    from prometheus_client.exposition import choose_encoder

    encode, content_type = choose_encoder(accept)
    return encode(_Registry(collector)), content_type


def metric_families(collector: MonitoringCollector) -> Iterator[Metric]:
    """Return the metrics as ``prometheus_client`` has them, for a registry of one's own."""
    plans = collector.plan_ledgers()
    yield from _counters(plans)
    yield from _histograms(plans)
    yield from _gauges(plans, collector.live_runs())


class _Registry:
    """What ``prometheus_client`` writes out: a collector of metrics."""

    def __init__(self, collector: MonitoringCollector) -> None:
        self._collector = collector

    def collect(self) -> Iterable[Metric]:
        """Return the metrics as they are now."""
        return metric_families(self._collector)


def _counters(plans: Sequence[PlanLedger]) -> Iterator[CounterMetricFamily]:
    from prometheus_client.core import CounterMetricFamily

    families = {
        one.name: CounterMetricFamily(one.name, one.help, labels=("masterplan", *one.labels), unit=one.unit)
        for one in _COUNTERS
    }
    for plan in plans:
        name = _label(plan.masterplan)
        for counter, labels, value in _values(plan):
            families[counter].add_metric((name, *map(_label, labels)), value)
    yield from families.values()


def _values(plan: PlanLedger) -> Iterator[tuple[str, tuple[str, ...], float]]:
    """Yield every counter of a masterplan: its name, its further labels, its value."""
    tallies = plan.tallies
    yield "mge_runs", ("passed",), plan.good_runs
    yield "mge_runs", ("failed",), plan.runs - plan.good_runs
    for outcome, number in tallies.outcomes.numbers.items():
        yield "mge_atoms", (outcome,), number
    yield "mge_atoms_healed", (), tallies.outcomes.healed
    yield "mge_atoms_flaky", (), tallies.outcomes.flaky
    yield "mge_atoms_reused", ("resumed",), tallies.outcomes.resumed
    yield "mge_atoms_reused", ("cached",), tallies.outcomes.cached
    yield "mge_attempts", ("passed",), tallies.executions - tallies.failures
    yield "mge_attempts", ("failed",), tallies.failures
    yield "mge_retries", (), tallies.retries
    yield "mge_reschedules", (), tallies.rescheduled
    for (category, kind), errors in tallies.errors.items():
        yield "mge_failures", (category, kind), errors.failures
    for source, remedy in tallies.sources.items():
        yield "mge_candidates", (source,), remedy.tried
        yield "mge_candidates_refused", (source,), remedy.refused
        yield "mge_fixes", (source,), remedy.fixed
        yield "mge_repair_seconds", (source,), remedy.seconds
    yield from _spent(tallies.spending)
    yield from _by_wave(plan.waves)


def _spent(spending: Spending) -> Iterator[tuple[str, tuple[str, ...], float]]:
    yield "mge_llm_tokens", ("input",), spending.input_tokens
    yield "mge_llm_tokens", ("output",), spending.output_tokens
    yield "mge_llm_tokens", ("cache_write",), spending.cache_write_tokens
    yield "mge_llm_tokens", ("cache_read",), spending.cache_read_tokens
    if spending.usd is not None:
        yield "mge_llm_cost_dollars", (), spending.usd


def _by_wave(waves: Mapping[int, WaveLedger]) -> Iterator[tuple[str, tuple[str, ...], float]]:
    later = WaveLedger(number=WAVES_LABELLED)
    shown = {}
    for number, wave in sorted(waves.items()):
        if number < WAVES_LABELLED:
            shown[str(number)] = wave
        else:
            later.merge(wave, 0.0)
            shown[f"{WAVES_LABELLED}+"] = later
    for label, wave in shown.items():
        for outcome, number in wave.outcomes.numbers.items():
            if number:
                yield "mge_wave_atoms", (label, outcome), number
        yield "mge_wave_duration_seconds", (label,), wave.elapsed(0.0)
        yield "mge_wave_attempt_seconds", (label,), wave.attempt_time
        yield "mge_wave_barrier_seconds", (label,), wave.barrier


def _histograms(plans: Sequence[PlanLedger]) -> Iterator[HistogramMetricFamily]:
    from prometheus_client.core import HistogramMetricFamily

    families = {
        name: HistogramMetricFamily(name, text, labels=("masterplan",), unit="seconds")
        for name, text in _HISTOGRAMS.items()
    }
    for plan in plans:
        sketches = (plan.tallies.wall, plan.tallies.cpu)
        for family, sketch in zip(families.values(), sketches, strict=True):
            family.add_metric((_label(plan.masterplan),), _buckets(sketch), sketch.total)
    yield from families.values()


def _buckets(sketch: Sketch) -> list[tuple[str, float]]:
    """Return how many values do not exceed each bound."""
    numbers = zip((*map(str, BOUNDS), "+Inf"), accumulate(sketch.by_bound()), strict=True)
    return [(bound, float(number)) for bound, number in numbers]


def _gauges(
    plans: Sequence[PlanLedger], live: Sequence[tuple[str, int, int, int]]
) -> Iterator[GaugeMetricFamily]:
    from prometheus_client.core import GaugeMetricFamily

    families = {
        name: GaugeMetricFamily(name, text, labels=("masterplan",), unit="bytes" if "bytes" in name else "")
        for name, text in _GAUGES.items()
    }
    sums = {plan.masterplan: [0, 0, 0, 0] for plan in plans}
    for masterplan, *figures in live:
        before = sums.setdefault(masterplan, [0, 0, 0, 0])
        sums[masterplan] = [one + other for one, other in zip(before, (1, *figures), strict=True)]
    for plan in plans:
        if plan.tallies.peak_memory is not None:
            families["mge_peak_memory_bytes"].add_metric((_label(plan.masterplan),), plan.tallies.peak_memory)
    names = ("mge_runs_live", "mge_atoms_planned", "mge_atoms_settled", "mge_atoms_running")
    for masterplan, values in sums.items():
        for name, value in zip(names, values, strict=True):
            families[name].add_metric((_label(masterplan),), value)
    yield from families.values()


def _label(text: str) -> str:
    """Return a label's value; half of a surrogate pair, which no UTF-8 holds, as ``?``."""
    return str(text).encode("utf-8", "replace").decode()
