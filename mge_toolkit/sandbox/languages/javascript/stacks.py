"""Read V8's and Deno's stack traces: frames in the user's own segments, and a text without glue."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from mge_toolkit.core.results import Frame, Raised, Role
from mge_toolkit.sandbox.languages.javascript.composition import Composition
from mge_toolkit.sandbox.languages.reports import ITEMS_LIMIT, TEXT_LIMIT

PROGRAM: Final = ".mge-program"
# Programs can write what is matched here, so no pattern may look twice at the same text.
_PLACE: Final = re.compile(re.escape(PROGRAM) + r"\.[jt]s(?:, <anonymous>)?:(\d{1,9}):(\d{1,9})")
_DIRECTORY: Final = re.compile(r"file://[^\s()]*/")
_LONGEST_PATH: Final = 4096
_FRAME: Final = re.compile(
    r"^ {4}at (?:async )?(?:(?P<name>.*?) \()?(?:file://|ext:|node:|<anonymous>|native)"
)
_NAMES: Final = {Role.DEPENDENCY: "<dependency {}>", Role.CODE: "<atom {}>", Role.CHECK: "<check of {}>"}
_SYNTAX: Final = re.compile(r"^SyntaxError: (?P<message>[^\n]*)")
_AT_END: Final = re.compile(r"\S+:\d{1,9}:\d{1,9}\s*")


def frames(composition: Composition, stack: str) -> list[Frame]:
    """Return the innermost frames that lie in segments, outermost first."""
    found = []
    for line in stack.split("\n"):
        matched = _FRAME.match(line)
        place = _PLACE.search(line)
        if matched is None or place is None:
            continue
        located = composition.locate(int(place[1]))
        if located is not None:
            name = matched["name"]
            function = None if name in (None, "eval", "<anonymous>") else name
            found.append(_frame(composition, *located, int(place[2]), function))
        if len(found) == ITEMS_LIMIT:
            break
    return found[::-1]


def mistake(composition: Composition, text: str) -> list[Frame]:
    """Return the place of a mistake that kept the program from being loaded, as a list of one frame or none."""
    last = None
    for matched in _PLACE.finditer(text):
        last = matched
    if last is None:
        return []
    line, column = int(last[1]), int(last[2])
    index, own_line = composition.locate_mistake(line)
    exact = composition.locate(line) == (index, own_line)
    return [_frame(composition, index, own_line, column if exact else None, None)]


def _frame(
    composition: Composition, index: int, line: int, column: int | None, function: str | None
) -> Frame:
    segment = composition.segments[index]
    return Frame(
        atom_id=segment.atom_id,
        role=segment.role,
        line=line,
        column=_characters(composition, index, line, column),
        function=function,
    )


def _characters(composition: Composition, index: int, line: int, column: int | None) -> int | None:
    """Return a column counted in characters; V8 counts UTF-16 units."""
    lines = composition.text.split("\n")
    number = composition.starts[index] + line - 2
    if column is None or not 0 <= number < len(lines) or lines[number].isascii():
        return column
    before = lines[number].encode("utf-16-le")[: 2 * (column - 1)]
    return len(before.decode("utf-16-le", "ignore")) + 1


def readable(composition: Composition, stack: str) -> str:
    """Return a stack's text with the user's own places in it, and without glue and the runtime's insides."""
    kept = []
    for line in stack.split("\n"):
        shown = _with_own_places(composition, line)
        if _FRAME.match(line) is None or shown != line:
            kept.append(shown)
    return "\n".join(kept)


def _with_own_places(composition: Composition, line: str) -> str:
    """Return a line with each place in the program, and the directory before it, told as the user's own."""
    parts, done = [], 0
    for matched in _PLACE.finditer(line):
        located = composition.locate(int(matched[1]))
        if located is None:
            continue
        before, segment = line[done : matched.start()], composition.segments[located[0]]
        url = before.rfind("file://", max(len(before) - _LONGEST_PATH, 0))
        if url >= 0 and _DIRECTORY.fullmatch(before, url):
            before = before[:url]
        parts += [before, f"{_NAMES[segment.role].format(segment.atom_id)}:{located[1]}:{matched[2]}"]
        done = matched.end()
    return "".join([*parts, line[done:]])


def where(frame: Frame) -> str:
    """Return a frame's place as a traceback shows it."""
    place = f"{_NAMES[frame.role].format(frame.atom_id)}:{frame.line}"
    return place if frame.column is None else f"{place}:{frame.column}"


def raised_from(composition: Composition, report: Mapping[str, Any]) -> Raised | None:
    """Return the exception of a runner's report."""
    raised = report.get("raised")
    if not isinstance(raised, dict):
        return None
    stack, message, kind = (str(raised.get(key))[:TEXT_LIMIT] for key in ("stack", "message", "type"))
    bases = [str(base)[:TEXT_LIMIT] for base in _items(raised, "bases")]
    found = frames(composition, stack)
    if report.get("phase") == "load":
        found = mistake(composition, message) or mistake(composition, stack)
        if composition.invalid is not None:
            found = [_frame(composition, *composition.culprit, None, None)]
        parse = _SYNTAX.match(message)
        if parse is not None:  # Deno's parser reports through a module error
            kind, bases, message = "SyntaxError", ["Error"], parse["message"]
        elif "does not provide an export named" in message:
            bases.append("ERR_MISSING_EXPORT")
        message = _without_place(message)
        stack = "\n".join([f"{kind}: {message}", *(f"    at {where(frame)}" for frame in found)])
    causes = [f"Caused by: {str(cause)[:TEXT_LIMIT]}" for cause in _items(raised, "causes")]
    texts = [stack or f"{kind}: {message}", *causes]
    return Raised(
        type=kind,
        message=message,
        bases=tuple(bases[:ITEMS_LIMIT]),
        frames=tuple(found),
        traceback=_joined(composition, texts),
    )


def _items(raised: Mapping[str, Any], key: str) -> list[Any]:
    """Return a list of the runner's description of an exception."""
    found = raised.get(key)
    return found[:ITEMS_LIMIT] if isinstance(found, list) else []


def _joined(composition: Composition, texts: list[str]) -> str:
    """Return the texts of an exception and its causes as one, no longer than what any report may say."""
    told = ""
    for text in texts:
        told += readable(composition, text) if not told else f"\n{readable(composition, text)}"
        if len(told) > TEXT_LIMIT:
            return told[:TEXT_LIMIT]
    return told


def _without_place(message: str) -> str:
    """Return a message without the place at its end."""
    before, _, place = message.rpartition("file://")
    if not before[-1:].isspace() or _AT_END.fullmatch(place) is None:
        return message
    before = before.rstrip()
    without_at = before.removesuffix("at")
    return without_at.rstrip() if without_at[-1:].isspace() else before
