"""``mge export``: writes a recorded run as a notebook or a page."""

from __future__ import annotations

import argparse
from pathlib import Path

from mge_toolkit.cli.console import Console
from mge_toolkit.cli.history import open_to_read
from mge_toolkit.export import export_run
from mge_toolkit.history import DEFAULT
from mge_toolkit.plugins.manager import Plugins


def command(options: argparse.Namespace, console: Console, plugins: Plugins) -> int:
    """Export the run and return 0."""
    with open_to_read(options) as store:
        target = export_run(
            store,
            options.run,
            Path(options.to),
            location=options.records or DEFAULT,
            languages=plugins.languages,
        )
    console.line(f"wrote {target}")
    return 0
