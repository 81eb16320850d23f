"""``mge doctor``: what isolation this machine gives."""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import Any

from mge_toolkit.cli.console import Console
from mge_toolkit.plugins.manager import Plugins
from mge_toolkit.sandbox.doctor import Report, Trial, examine


def command(options: argparse.Namespace, console: Console, _: Plugins) -> int:
    """Try every protection, print the matrix, and return 0 where all of them held, else 1."""
    console.paint("trying every protection ...", force=True)
    report = asyncio.run(examine())
    if options.json:
        console.document(f"{json.dumps(_document(report), indent=2)}\n")
    else:
        _print(report, console)
    return 0 if report.sound else 1


def _print(report: Report, console: Console) -> None:
    if report.error is not None:
        console.line("the sandbox 'local' cannot work here:", "bad")
        console.line(report.error)
        return
    console.line(f"sandbox 'local': isolation {report.isolation.level}", "head")
    names = max(len(trial.protection.value) for trial in report.trials)
    attempts = max(len(trial.attempt) for trial in report.trials)
    for trial in report.trials:
        mark = console.styled("held    ", "good") if trial.held else console.styled("NOT HELD", "bad")
        console.line(
            f"  {mark}  {trial.protection.value:{names}}  {trial.attempt:{attempts}}  {trial.observed}"
        )
    console.line()
    console.line("by", "head")
    for protection, mechanism in report.isolation.mechanisms.items():
        console.line(f"  {protection.value:{names}}  {mechanism}")
    for protection, why in report.isolation.missing.items():
        console.line(f"  {protection.value:{names}}  nothing: {why}", "bad")
    broken = [trial.protection.value for trial in report.trials if not trial.held]
    console.line()
    if broken:
        console.line(f"not held: {', '.join(dict.fromkeys(broken))}", "bad")
    else:
        console.line("every protection was tried, and held", "good")


def _document(report: Report) -> dict[str, Any]:
    isolation = report.isolation
    return {
        "sandbox": "local",
        "sound": report.sound,
        "error": report.error,
        "level": isolation.level,
        "mechanisms": {protection.value: how for protection, how in isolation.mechanisms.items()},
        "missing": {protection.value: why for protection, why in isolation.missing.items()},
        "trials": [_trial(trial) for trial in report.trials],
    }


def _trial(trial: Trial) -> dict[str, Any]:
    return {
        "protection": trial.protection.value,
        "attempt": trial.attempt,
        "held": trial.held,
        "observed": trial.observed,
        "mechanism": trial.mechanism,
        "remedy": trial.remedy,
    }
