"""``mge plot``: draws the pictures of a recorded run."""

from __future__ import annotations

import argparse
from pathlib import Path

from mge_toolkit.cli.console import Console
from mge_toolkit.cli.history import open_to_read
from mge_toolkit.cli.parser import names
from mge_toolkit.plots.pictures import LOOKED_BACK
from mge_toolkit.plots.saving import save_all
from mge_toolkit.plugins.manager import Plugins


def command(options: argparse.Namespace, console: Console, _: Plugins) -> int:
    """Draw the pictures and return 0."""
    with open_to_read(options) as store:
        record = store.find(options.run)
        recorded = store.load(record.run_id)
        runs = store.runs(record.masterplan, limit=LOOKED_BACK)
    files = save_all(
        recorded,
        Path(options.out),
        runs=[run for run in runs if run.started_at <= record.started_at],
        only=names(options.only),
        formats=names(options.format),
    )
    for file in files:
        console.line(f"wrote {file}")
    return 0
