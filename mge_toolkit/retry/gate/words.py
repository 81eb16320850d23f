"""Words for nothing, true and false as other languages spell them: what an author meant by an unknown name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mge_toolkit.retry.gate.literals import Literal

WORDS: Final[Mapping[str, Literal]] = {
    **dict.fromkeys(
        ("None", "NONE", "none", "null", "NULL", "Null", "nil", "Nil", "nullptr", "undefined"), None
    ),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
