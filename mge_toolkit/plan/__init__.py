"""Plan files: loading, checking, describing, importing, and writing out the assembled program."""

from mge_toolkit.plan.load import load_masterplan, load_text

__all__ = ["load_masterplan", "load_text"]
