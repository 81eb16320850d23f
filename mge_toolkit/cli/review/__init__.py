"""``mge review``: goes through what a run left for a person to judge, and writes what was accepted."""

from mge_toolkit.cli.review.command import command

__all__ = ["command"]
