"""Changes to the quotes of a line: where a string ends, or that there is none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from mge_toolkit.retry.fixes.python_syntax.rewriting import Rewrite
from mge_toolkit.retry.fixes.python_syntax.tokens import Kind, Token, joined

_OTHER: Final = {"'": '"', '"': "'"}
_MANY: Final = 6


def requoted(tokens: Sequence[Token]) -> Iterator[Rewrite]:
    """Yield the line with its quotes put otherwise."""
    for index, token in enumerate(tokens):
        if token.kind is Kind.QUOTE:
            bare = token.text.lstrip("rRbBuUfF")
            before = joined(tokens[:index]) + token.prefix
            after = joined(tokens[index + 1 :])
            if bare[:3] in ('"""', "'''"):
                yield from _triple(before, token.text, bare[:3], after)
            else:
                yield from _single(tokens, index, before, after)
                yield from _one_string(tokens, index)
            return
    yield from _one_string(tokens, None)
    yield from _formatted(tokens)


def _triple(before: str, text: str, quotes: str, after: str) -> Iterator[Rewrite]:
    """A triple quote that is never closed; the token holds everything behind it."""
    added = f"added the missing {quotes}"
    one = quotes[0]
    whole = text.rstrip()
    opened = text.index(quotes) + 3
    body = text[opened:]
    short = whole[opened:]
    if short.endswith(one) and not short.endswith("\\" + one):
        yield Rewrite(
            f"{before}{text[:opened]}{short.rstrip(one)}{quotes}{after}", 0.5, f"completed the {quotes}"
        )
    else:
        yield Rewrite(f"{before}{whole}{quotes}{after}", 0.8, added)
    first, newline, rest = body.partition("\n")
    if newline:
        yield Rewrite(f"{before}{text[:opened]}{first.rstrip()}{quotes}{newline}{rest}{after}", 1.0, added)
    bare = before + text[: opened - 3] + body + after
    yield Rewrite(bare.strip(" "), 0.95, f"removed the stray {quotes}")
    if not newline and short.endswith(one):
        yield Rewrite(
            f"{before}{text[: opened - 3]}{one}{short.rstrip(one)}{one}{after}", 0.7, f"replaced {quotes}"
        )


def _single(tokens: Sequence[Token], index: int, before: str, after: str) -> Iterator[Rewrite]:
    token = tokens[index]
    quote = token.text[-1]
    line, newline, rest = after.partition("\n")
    line, backslash, _ = line.partition("\\") if line.endswith("\\") else (line, "", "")
    tail = backslash + newline + rest
    behind_word = bool(before) and (before[-1].isalnum() or before[-1] in "_)]}" or before[-1] in _OTHER)
    for rank, end in enumerate(_endings(line)):
        cost = 0.7 + 0.06 * rank + (0.35 if behind_word else 0.0)
        closed = f"{before}{token.text}{line[:end]}{quote}{line[end:]}{tail}"
        yield Rewrite(closed, cost, f"added the missing {quote}")
    yield Rewrite(before + line + tail, 0.7 if behind_word else 1.0, f"removed the stray {quote}")
    if before.endswith(_OTHER[quote]) or line.endswith(_OTHER[quote]):
        mixed = f"{before}{token.text}{line.rstrip().removesuffix(_OTHER[quote])}{quote}{tail}"
        yield Rewrite(mixed, 0.7, f"closed the string with {quote}")
    mismatched = line.find(_OTHER[quote])
    if mismatched >= 0:
        text = f"{before}{token.text}{line[:mismatched]}{quote}{line[mismatched + 1 :]}{tail}"
        yield Rewrite(text, 0.65, f"closed the string with {quote}")
    for count, start in enumerate(range(index - 1, max(-1, index - 12), -1)):
        if tokens[start].kind in (Kind.NAME, Kind.NUMBER) and (
            start == 0 or tokens[start - 1].text in "([{,=+:"
        ):
            head = joined(tokens[:start]) + tokens[start].prefix
            opened = f"{head}{quote}{tokens[start].text}{joined(tokens[start + 1 :])}"
            yield Rewrite(opened, 0.75 + 0.05 * count, f"added the missing {quote}")


def _endings(line: str) -> list[int]:
    """Return where in ``line`` a string may end, the likeliest first."""
    whole = len(line.rstrip())
    found: list[int] = []
    end = whole
    closing = whole
    while closing and line[closing - 1] in ")]}:,; ":
        closing -= 1
    if closing < whole:
        found.extend(i for i in range(closing, whole) if line[i] in ")]}:,;")
    found.append(end)
    found.extend(i for i, letter in enumerate(line[:closing]) if letter in "),]}:" and i)
    word = 0
    while word < whole and (line[word].isalnum() or line[word] == "_"):
        word += 1
    if word:
        found.append(word)
    comment = line.find("#")
    if comment > 0:
        found.insert(0, len(line[:comment].rstrip()))
    return list(dict.fromkeys(found))[: 2 * _MANY]


def _one_string(tokens: Sequence[Token], broken: int | None) -> Iterator[Rewrite]:
    """A string that holds its own quote: ``'don't'``, ``"say "yes""``."""
    strings = [i for i, token in enumerate(tokens) if token.kind is Kind.STRING]
    for first in strings:
        opening = tokens[first].text.lstrip("rRbBuUfF")[:1]
        prefix = tokens[first].text.partition(opening)[0]
        if tokens[first].text[len(prefix) :][:3] == opening * 3:
            continue
        text = joined(tokens[first:])[len(tokens[first].prefix) :].partition("\n")[0]
        later = [i for i, letter in enumerate(text) if letter == opening and text[i - 1] != "\\"][2:]
        second = text.index(opening, len(prefix) + 1) + 1
        between = text[second - 2].isspace() and text[: second - 1].rstrip()[-1:] in ",:([{="
        apart = 0.5 if between or not text[second : second + 1].isalnum() else 0.0
        if apart and broken is None and "f" not in prefix.lower():
            continue
        for end in reversed(later[-_MANY:]):
            inside = text[len(prefix) + 1 : end]
            rest = joined(tokens[first:])[len(tokens[first].prefix) + end + 1 :]
            head = joined(tokens[:first]) + tokens[first].prefix + prefix
            other = _OTHER[opening]
            if "f" in prefix.lower():
                if other not in inside:
                    yield Rewrite(
                        f"{head}{opening}{inside.replace(opening, other)}{opening}{rest}",
                        0.6 + apart / 5,
                        "changed the quotes inside the string",
                    )
                    yield Rewrite(
                        f"{head}{other}{inside}{other}{rest}",
                        0.65 + apart / 5,
                        "changed the quotes of the string",
                    )
            elif other not in inside:
                yield Rewrite(
                    f"{head}{other}{inside}{other}{rest}", 0.7 + apart, "changed the quotes of the string"
                )
            else:
                escaped = inside.replace(opening, "\\" + opening)
                yield Rewrite(
                    f"{head}{opening}{escaped}{opening}{rest}",
                    0.85 + apart,
                    "escaped the quotes in the string",
                )
    if broken is not None:
        for first in strings[-2:]:
            if first < broken:
                yield from _shorter(tokens, first)


def _shorter(tokens: Sequence[Token], first: int) -> Iterator[Rewrite]:
    """A string that swallowed what follows it, as its own end was forgotten: ``["a, "b"]``."""
    text = tokens[first].text
    quote = text[-1]
    before, after = joined(tokens[:first]) + tokens[first].prefix, joined(tokens[first + 1 :])
    for rank, end in enumerate(_endings(text[:-1])[:_MANY]):
        if end > text.index(quote) + 1:
            closed = f"{before}{text[:end]}{quote}{text[end:]}{after}"
            yield Rewrite(closed, 0.8 + 0.06 * rank, f"added the missing {quote}")


def _formatted(tokens: Sequence[Token]) -> Iterator[Rewrite]:
    """What is wrong inside the braces of a formatted string."""
    for index, token in enumerate(tokens):
        if token.kind is not Kind.STRING or "f" not in token.text[:2].lower():
            continue
        before, after = joined(tokens[:index]) + token.prefix, joined(tokens[index + 1 :])
        for text, cost, note in _formats(token.text):
            yield Rewrite(f"{before}{text}{after}", cost, note)


def _formats(text: str) -> Iterator[tuple[str, float, str]]:
    opened: int | None = None
    for place, letter in enumerate(text):
        if letter == "{":
            if opened is not None:
                yield text[:place] + "}" + text[place:], 0.9, "added the missing '}' to the string"
            opened = place
        elif letter == "}":
            if opened is None:
                yield text[:place] + text[place + 1 :], 0.8, "removed the stray '}' from the string"
                yield text[:place] + "}" + text[place:], 0.85, "doubled the '}' in the string"
            opened = None
    if opened is not None:
        yield text[:opened] + text[opened + 1 :], 1.1, "removed the stray '{' from the string"
        yield text[:opened] + "{" + text[opened:], 1.0, "doubled the '{' in the string"
        for end in range(len(text) - 1, opened, -1):
            if end == len(text) - 1 or not (text[end].isalnum() or text[end] in "_.[("):
                cost = 0.8 if not (text[end].isalnum()) else 0.9
                yield text[:end] + "}" + text[end:], cost, "added the missing '}' to the string"
    if "{}" in text:
        yield text.replace("{}", ""), 1.0, "removed the empty '{}' from the string"
        yield text.lstrip("fF"), 1.05, "made the string a plain one"
    if "\\" in text and "{" in text:
        yield text.lstrip("fF"), 1.2, "made the string a plain one"
