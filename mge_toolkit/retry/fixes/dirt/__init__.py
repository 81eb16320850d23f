"""Washes for what language models do to code: fences, prose, typography, prefixes, escapes, indentation, cut ends.

Each wash takes off one kind of dirt, and by itself proposes what is a program then. ``AllDirtFixer`` applies them
after one another, for dirt usually comes combined.
"""

from mge_toolkit.core.ports import Fixer
from mge_toolkit.retry.fixes.dirt.blocks import BlockWash
from mge_toolkit.retry.fixes.dirt.characters import CharacterWash
from mge_toolkit.retry.fixes.dirt.diff_marks import DiffMarkWash
from mge_toolkit.retry.fixes.dirt.entities import EntityWash, TagWash
from mge_toolkit.retry.fixes.dirt.escapes import EscapeWash
from mge_toolkit.retry.fixes.dirt.everything import AllDirtFixer
from mge_toolkit.retry.fixes.dirt.fences import FenceWash
from mge_toolkit.retry.fixes.dirt.indentation import IndentationWash
from mge_toolkit.retry.fixes.dirt.labels import LabelWash
from mge_toolkit.retry.fixes.dirt.line_numbers import LineNumberWash
from mge_toolkit.retry.fixes.dirt.prompts import PromptWash
from mge_toolkit.retry.fixes.dirt.prose import ProseWash
from mge_toolkit.retry.fixes.dirt.quote_marks import QuoteMarkWash
from mge_toolkit.retry.fixes.dirt.shell_lines import ShellLineWash
from mge_toolkit.retry.fixes.dirt.stray_words import StrayWordWash
from mge_toolkit.retry.fixes.dirt.truncation import TruncationWash
from mge_toolkit.retry.fixes.dirt.typography import TypographyWash

__all__ = ["dirt_fixers"]


def dirt_fixers() -> tuple[Fixer, ...]:
    """Return the fixers in the order in which they should be asked: all dirt at once, then each kind alone.

    The washes stand in the order in which dirt comes off: what was put on last, around the rest, comes first.
    Those that only the parser's word justifies have nothing to add alone.
    """
    washes = (
        LabelWash(),
        EscapeWash(),
        CharacterWash(),
        QuoteMarkWash(),
        TagWash(),
        EntityWash(),
        LineNumberWash(),
        DiffMarkWash(),
        FenceWash(),
        PromptWash(),
        ShellLineWash(),
        TypographyWash(),
        StrayWordWash(),
        IndentationWash(),
        ProseWash(),
        BlockWash(),
        TruncationWash(),
    )
    return (AllDirtFixer(washes), *(wash for wash in washes if wash.certain))
