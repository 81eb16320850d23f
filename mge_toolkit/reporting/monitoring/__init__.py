"""Monitoring: how runs go, counted while they do."""

from mge_toolkit.reporting.monitoring.collector import MANUAL_RUN, MonitoringCollector
from mge_toolkit.reporting.monitoring.figures import (
    ErrorAnalysis,
    ErrorPattern,
    MonitoringSummary,
    PerformanceAnalysis,
    RunFigures,
    Totals,
    Trend,
    WaveFigures,
)

__all__ = [
    "MANUAL_RUN",
    "ErrorAnalysis",
    "ErrorPattern",
    "MonitoringCollector",
    "MonitoringSummary",
    "PerformanceAnalysis",
    "RunFigures",
    "Totals",
    "Trend",
    "WaveFigures",
]
