"""The command ``mge``: one module for each group of commands, thin over the service and the plan package."""

from mge_toolkit.cli.entry import main

__all__ = ["main"]
