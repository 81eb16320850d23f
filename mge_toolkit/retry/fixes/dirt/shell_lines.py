"""Lines for a shell or for IPython among those of a program."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from mge_toolkit.retry.fixes.dirt.judging import Judge
from mge_toolkit.retry.fixes.dirt.lexing import inner_lines
from mge_toolkit.retry.fixes.dirt.washing import Wash, Washed

_SHELL: Final = re.compile(
    r"""^[ \t]*(?:
    [!%]{1,2}[ \t]*[A-Za-z]|\#!/
    |[$%\u276f\u279c][ \t]+\S
    |(?:[\w.-]+@[\w.-]+)?[:~/\w.-]*[$\#][ \t]+(?=python|pip|node|npm)
    |(?:sudo[ \t]+)?(?:python3?|py|pip3?|conda|uv|poetry)[ \t]+(?:-m[ \t]+)?
     (?:install\b|run\b|add\b|[\w./-]+\.py\b|-\w)
    |(?:npm|yarn|pnpm)[ \t]+(?:i|install|add|run|init)\b
    |(?:node|deno|bun|npx|tsc|ts-node)[ \t]+(?:run[ \t]+)?[\w./-]+
    |(?:apt|apt-get|brew|cd|mkdir|touch|chmod|export|source)[ \t]+[\w./~-]+(?:[ \t]+[\w./~-]+)*$)""",
    re.VERBOSE,
)
_HELP: Final = re.compile(r"^([ \t]*)\??\??([A-Za-z_][\w.]*)\?{1,2}[ \t]*$")


class ShellLineWash(Wash):
    """Removes commands to a shell and to IPython."""

    name = "dirt-shell-lines"

    def washed(self, text: str, judge: Judge) -> Iterator[Washed]:
        """Yield the text without them; where one stood alone in a block, ``pass`` takes its place."""
        lines = text.split("\n")
        inner = inner_lines(text, python=judge.python)
        places = {
            number
            for number, line in enumerate(lines)
            if number not in inner and (_SHELL.match(line) or (judge.python and _HELP.match(line)))
        }
        places -= {0} if lines[0].startswith("#!") else set()
        if not places:
            return
        note = f"removed what is for a shell, the first on line {min(places) + 1}"
        yield Washed("\n".join(line for n, line in enumerate(lines) if n not in places), note, 0.05)
        if judge.python:
            passed = [_passed(line) if n in places else line for n, line in enumerate(lines)]
            yield Washed("\n".join(passed), note, 0.1)


def _passed(line: str) -> str:
    return line[: len(line) - len(line.lstrip())] + "pass"
