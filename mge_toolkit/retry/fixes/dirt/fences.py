"""Markdown fences: the code is what stands between them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from mge_toolkit.retry.fixes.dirt.chunks import looks_like_code
from mge_toolkit.retry.fixes.dirt.judging import Judge
from mge_toolkit.retry.fixes.dirt.washing import Wash, Washed

_FENCE: Final = re.compile(r"^(?P<indent>[ \t]*)(?P<mark>`{3,}|~{3,})(?P<info>.*)$")
_AT_END: Final = re.compile(r"^(.*[^\s`])[ \t]*`{3,}[ \t\r]*$")
_INFO: Final = re.compile(r"\{?\.?([A-Za-z][\w+#-]*)\}?(?:[ \t]+(.*))?$")
_PYTHON: Final = frozenset({"python", "py", "python2", "python3", "py3", "ipython", "pycon", "sage", "diff"})
_JAVASCRIPT: Final = frozenset(
    {"javascript", "js", "jsx", "mjs", "cjs", "node", "typescript", "ts", "tsx", "mts", "ecmascript", "diff"}
)
_OTHERS: Final = frozenset(
    {
        "bash",
        "sh",
        "shell",
        "zsh",
        "console",
        "terminal",
        "powershell",
        "cmd",
        "text",
        "txt",
        "plain",
        "plaintext",
    }
    | {
        "output",
        "stdout",
        "json",
        "jsonc",
        "yaml",
        "yml",
        "toml",
        "ini",
        "html",
        "css",
        "xml",
        "sql",
        "markdown",
    }
    | {"md", "c", "cpp", "java", "go", "rust", "ruby", "php", "latex", "math", "csv", "mermaid", "http"}
)


@dataclass(kw_only=True, slots=True)
class _Block:
    """What one fence encloses."""

    tag: str
    line: int
    indent: int
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Return the code, less the fence's own indentation where every line has it."""
        filled = [line for line in self.lines if line.strip()]
        common = min((len(line) - len(line.lstrip()) for line in filled), default=0)
        lines = (line[min(self.indent, common) :] for line in self.lines)
        return "\n".join(lines) + "\n"


class FenceWash(Wash):
    """Takes the code out of Markdown's fences, closed or not, and leaves the prose around them behind."""

    name = "dirt-fences"

    def washed(self, text: str, judge: Judge) -> Iterator[Washed]:
        """Yield the blocks of the language together, then each alone, then the text less its fences."""
        lines = text.split("\n")
        places = [number for number, line in enumerate(lines) if _FENCE.match(line)]
        if not places and not any(_AT_END.match(line) for line in lines):
            yield from _inline(text, judge)
            return
        first = places[0] if places else 0
        blocks = _own(_blocks(lines, judge.python), judge.python)
        before = "\n".join(lines[:first]) + "\n"
        closes = bool(places) and looks_like_code(before)
        if closes and not any(looks_like_code(block.text) for block in blocks):
            yield Washed(before, f"removed the Markdown fence on line {first + 1} and all below", 0.1)
        for code, what in _choices([block.text for block in blocks], judge):
            yield Washed(code, f"took {what} out of the Markdown fence on line {first + 1}", 0.1)
        if closes:
            yield Washed(before, f"removed the Markdown fence on line {first + 1} and all below", 0.3)
        if len(places) > 2:
            inside = "\n".join(lines[first + 1 : places[-1]]) + "\n"
            yield Washed(inside, f"took what is between lines {first + 1} and {places[-1] + 1}", 0.35)
        kept = "\n".join(_AT_END.sub(r"\1", line) for line in lines if not _FENCE.match(line))
        yield Washed(kept, f"removed the Markdown fences, the first on line {first + 1}", 0.25)


def _inline(text: str, judge: Judge) -> Iterator[Washed]:
    """Yield what single backquotes enclose; in JavaScript they make a template."""
    bare = text.strip()
    if judge.python and len(bare) > 2 and bare[0] == bare[-1] == "`":
        yield Washed(bare.strip("`") + "\n", "removed the backquotes around the code", 0.2)


def _blocks(lines: Sequence[str], python: bool) -> list[_Block]:
    """Return the fenced blocks; one that is not closed ends with the text, or where another opens."""
    blocks: list[_Block] = []
    current: _Block | None = None
    for number, line in enumerate(lines):
        found = _FENCE.match(line)
        if found is None:
            at_end = _AT_END.match(line) if current is not None else None
            if current is not None:
                current.lines.append(line if at_end is None else at_end[1])
            if at_end is not None:
                current = None
        elif current is None or found["info"].strip():
            tag, rest = _tag(found["info"].strip(), python)
            indent = len(found["indent"])
            current = _Block(tag=tag, line=number, indent=indent, lines=[rest] if rest else [])
            blocks.append(current)
        else:
            current = None
    return [block for block in blocks if "".join(block.lines).strip()]


def _tag(info: str, python: bool) -> tuple[str, str]:
    """Return the language that a fence names, and the code that stands on its line."""
    found = _INFO.match(info)
    if found is None:
        return "", info
    tag = found[1].lower()
    if tag in _PYTHON | _JAVASCRIPT | _OTHERS:
        rest = found[2] or ""
        is_title = re.match(r"[\w.-]+=\S+$|\{|\w+\.\w{1,4}$", rest) is not None
        return tag, "" if is_title else _AT_END.sub(r"\1", rest)
    return ("", info) if found[2] else ("", "" if python else info)


def _own(blocks: list[_Block], python: bool) -> list[_Block]:
    """Return the blocks in the language; where none says so, those that name no other."""
    named = [block for block in blocks if block.tag in (_PYTHON if python else _JAVASCRIPT)]
    bare = [block for block in blocks if not block.tag]
    return named + [block for block in bare if not named or block.line > named[0].line] or blocks


def _choices(texts: list[str], judge: Judge) -> Iterator[tuple[str, str]]:
    """Yield what the blocks may come to, with words for it."""
    if len(texts) == 1:
        yield texts[0], "the code"
        return
    programs = [text for text in texts if judge.clean(text)]
    if programs:
        yield "\n".join(programs), "the programs"
    if texts:
        yield "\n".join(texts), "the blocks"
        yield max(programs or texts, key=len), "the longest block"
        yield (programs or texts)[-1], "the last block"
        yield (programs or texts)[0], "the first block"
