"""What chats put around an answer: roles, labels, the name of the language, tokens of the model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from mge_toolkit.retry.fixes.dirt.judging import Judge
from mge_toolkit.retry.fixes.dirt.lexing import inner_lines, outside
from mge_toolkit.retry.fixes.dirt.washing import Wash, Washed

_TOKEN: Final = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|</?s>|\[/?(?:INST|SYS|PYTHON|ANSWER|CODE|SOLUTION|JAVASCRIPT|TYPESCRIPT)\]|<</?SYS>>"
    r"|(?<![\w$])</?(?:answer|solution|response|output|think|result|python|javascript|typescript|assistant|final|artifact)>",
    re.IGNORECASE,
)
_TOKEN_LINE: Final = re.compile(
    rf"^[ \t]*(?:(?:{_TOKEN.pattern})\s*+(?:(?:assistant|user|system)\s*+)?)+$", re.I
)
_LANGUAGE: Final = re.compile(
    r"""^[ \t]*(?:[*#]{0,3}[ ]?`?(?:python[ ]?[23]?|py3?|javascript|js|typescript|ts|node(?:\.?js)?)`?[*]{0,2}:?
    [ \t]*+(?:copy(?:[ ]code)?|edit)*|copy(?:[ ]code)?|edit)[ \t\r]*+$""",
    re.IGNORECASE | re.VERBOSE,
)
_LABEL: Final = re.compile(
    r"""^[ \t]*(?:(?:[*_]{1,3}|\#{2,6})[ \t]*)?
    (?:(?:final|corrected|fixed|python|javascript|typescript|complete|full|the|my|here[ ]is[ ]the|your)[ \t]+){0,3}
    (?:answer|solution|code|program|implementation|function|assistant|ai|bot|model|user|human|system|response|reply
    |output|completion|a|python|javascript|typescript)
    [ \t]*(?:\d{1,2}[ \t]*)?[*_]{0,3}:[*_]{0,3}[ \t]*(?P<rest>.*)$""",
    re.IGNORECASE | re.VERBOSE,
)
_SOURCE: Final = re.compile(r"^[ \t]*(?:#|//|/\*)?[ \t]*(?:BEGIN|END)[ _](?:SOLUTION|CODE|ANSWER)[ \t\r]*$")


class LabelWash(Wash):
    """Removes ``Answer:``, ``assistant:``, a first line ``python``, ``[INST]`` and the like."""

    name = "dirt-labels"
    on_programs = True

    def washed(self, text: str, judge: Judge) -> Iterator[Washed]:
        """Yield the text without them; what stands behind a label on its line stays."""
        lines = text.split("\n")
        inner = inner_lines(text, python=judge.python)
        kept: list[str] = []
        first = None
        for number, line in enumerate(lines):
            bare = line if number in inner else _unlabelled(line, judge)
            if bare != line and first is None:
                first = number
            if bare is not None:
                kept.append(bare)
        if first is None:
            return
        yield Washed("\n".join(kept), f"removed a label around the code on line {first + 1}", 0.05)


def _unlabelled(line: str, judge: Judge) -> str | None:
    """Return ``line`` without a label, or ``None`` where it is nothing else."""
    if _LANGUAGE.match(line) or _TOKEN_LINE.match(line) or _SOURCE.match(line):
        return None
    if "<" in line or "[" in line:
        line = outside(line, lambda code: _TOKEN.sub("", code), python=judge.python)
    if ":" not in line or (label := _LABEL.match(line)) is None:
        return line
    rest = label["rest"].strip()
    if not rest:
        return None
    # ``result: int = 0`` and ``function: ...`` in an object are code.
    return line if not _is_code_alone(rest) else label["rest"]


def _is_code_alone(rest: str) -> bool:
    """Return whether what stands behind a label begins a program."""
    return (
        re.match(r"(?:def|class|import|from|async|const|let|var|function|export|print|@|#|//|\w+ = )", rest)
        is not None
    )
