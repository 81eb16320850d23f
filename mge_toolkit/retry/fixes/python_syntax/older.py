"""Read a line as one of Python 2, or as one whose names, numbers or arguments stand as they may not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final

from mge_toolkit.retry.fixes.python_syntax.rewriting import Rewrite, Tokens, closing, retexted, text_of
from mge_toolkit.retry.fixes.python_syntax.tokens import CLOSERS, KEYWORDS, OPENERS, Kind, Token

_BEGINNINGS: Final = frozenset(("", ":", ";", "{", "}"))


def older(tokens: Tokens) -> Iterator[Rewrite]:
    """Yield the line's other readings."""
    for rule in _RULES:
        yield from rule(tokens)


def _python2(tokens: Tokens) -> Iterator[Rewrite]:
    """``print x``, ``exec x``, ``raise E, m``, ``except E, e`` and backquotes."""
    for index, token in enumerate(tokens[:-1]):
        begins = (tokens[index - 1].text if index else "") in _BEGINNINGS or tokens[index - 1].text == "else"
        if token.text in ("print", "exec") and begins and tokens[index + 1].text not in ("=", ".", ":"):
            yield from _statement_call(tokens, index)
    first = tokens[0].text
    commas = [i for i, token in enumerate(tokens) if token.text == ","]
    if first == "raise" and commas:
        what, message = text_of(tokens[1 : commas[0]]), text_of(tokens[commas[0] + 1 : -1]).strip()
        yield Rewrite(
            f"raise{what}({message}){tokens[-1].prefix}", 0.6, "called the exception with its message"
        )
    if first == "except" and commas and tokens[-2].text == ":":
        comma = commas[-1]
        line = [*tokens[:comma], Token(Kind.NAME, "as", " "), *tokens[comma + 1 :]]
        yield Rewrite(text_of(line), 0.5, "replaced ',' with 'as'")
        yield Rewrite(f"except ({text_of(tokens[1:-2]).strip()}):{tokens[-1].prefix}", 0.7, "added brackets")
    if first == "except" and len(tokens) > 5 and tokens[1].text == "(" and tokens[2].kind is tokens[3].kind:
        yield Rewrite(
            f"except {tokens[2].text} as {tokens[3].text}:{tokens[-1].prefix}",
            0.7,
            "wrote the exception with 'as'",
        )
    ticks = [i for i, token in enumerate(tokens) if token.text == "`"]
    if len(ticks) > 1:
        line = list(tokens)
        for opening, closing in zip(ticks[::2], ticks[1::2], strict=False):
            line[opening] = Token(Kind.NAME, "repr(", tokens[opening].prefix)
            line[closing] = Token(Kind.OPERATOR, ")")
        yield Rewrite(text_of(line), 0.6, "replaced backquotes with 'repr'")


def _statement_call(tokens: Tokens, index: int) -> Iterator[Rewrite]:
    word = tokens[index].text
    end = next((i for i in range(index, len(tokens)) if tokens[i].text == ";"), len(tokens) - 1)
    arguments = list(tokens[index + 1 : end])
    extra = ""
    if arguments and arguments[0].text == ">>":
        comma = next((i for i, token in enumerate(arguments) if token.text == ","), len(arguments))
        extra = f", file={text_of(arguments[1:comma]).strip()}"
        arguments = arguments[comma + 1 :]
    if arguments and arguments[-1].text == ",":
        arguments.pop()
        extra += ', end=" "'
    inside = text_of(arguments).strip() + extra
    call = f"{word}({inside.removeprefix(', ')})"
    yield Rewrite(
        f"{text_of(tokens[:index])}{tokens[index].prefix}{call}{text_of(tokens[end:])}",
        0.5,
        f"called '{word}' with brackets",
    )


def _numbers(tokens: Tokens) -> Iterator[Rewrite]:
    """``0777``, ``10L``, ``ur''`` and names that begin with a digit."""
    for index, (token, following) in enumerate(pairwise(tokens)):
        before, after = tokens[:index], tokens[index + 2 :]
        if following.prefix or following.kind is Kind.END:
            continue
        if token.kind is Kind.NUMBER and token.text.strip("0") == "" and following.kind is Kind.NUMBER:
            for text, cost in ((f"0o{following.text}", 0.6), (following.text, 0.7)):
                yield Rewrite(
                    text_of(before, [retexted(token, text)], after),
                    cost,
                    f"replaced '0{following.text}' with '{text}'",
                )
        elif token.kind is Kind.NUMBER and following.text in ("L", "l", "f", "F", "d", "u", "n"):
            yield Rewrite(
                text_of(before, [token], after), 0.5, f"removed the '{following.text}' after a number"
            )
        elif token.kind is Kind.NUMBER and following.is_plain_name:
            name = f"{token.text}{following.text}"
            yield Rewrite(
                text_of(before, [retexted(token, f"_{name}")], after),
                0.85,
                f"renamed '{name}' to '_{name}'",
                (name, f"_{name}"),
            )
        elif token.kind is Kind.NAME and following.kind is Kind.STRING and token.text not in KEYWORDS:
            bare = Token(Kind.STRING, following.text, token.prefix)
            cost = 0.7 if set(token.text.lower()) <= set("rbuf") else 1.1
            yield Rewrite(text_of(before, [bare], after), cost, f"removed '{token.text}' before a string")


def _names(tokens: Tokens) -> Iterator[Rewrite]:
    """Names with hyphens where no difference can stand."""
    for index in range(1, len(tokens) - 1):
        left, sign, right = tokens[index - 1], tokens[index], tokens[index + 1]
        if sign.text != "-" or sign.prefix or right.prefix:
            continue
        if not (left.is_plain_name and right.is_plain_name):
            continue
        line = list(tokens)
        line[index] = Token(Kind.NAME, "_")
        old, new = f"{left.text}-{right.text}", f"{left.text}_{right.text}"
        yield Rewrite(text_of(line), 0.9, f"renamed '{old}' to '{new}'", (old, new))


def _arguments(tokens: Tokens) -> Iterator[Rewrite]:
    """Positional arguments behind keywords', and calls without brackets."""
    for index in range(len(tokens) - 1):
        token = tokens[index]
        if token.text == "(" and index and (end := closing(tokens, index)) is not None:
            yield from _reordered(tokens, index, end)
        if token.is_plain_name and tokens[index + 1].kind in (Kind.NAME, Kind.NUMBER, Kind.STRING):
            if tokens[index + 1].is_keyword:
                continue
            last = len(tokens) - 1
            stop = last - 1 if tokens[last - 1].text == ":" else last
            inside = text_of(tokens[index + 1 : stop]).strip()
            yield Rewrite(
                f"{text_of(tokens[: index + 1])}({inside}){text_of(tokens[stop:])}",
                1.15,
                f"called '{token.text}' with brackets",
            )


def _reordered(tokens: Tokens, start: int, end: int) -> Iterator[Rewrite]:
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens[start + 1 : end]:
        depth += (token.text in OPENERS) - (token.text in CLOSERS)
        if token.text == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    if len(parts) < 2 or not all(parts):
        return
    named = [(len(part) > 1 and part[1].text == "=") or part[0].text == "**" for part in parts]
    ordered = [part for part, is_named in zip(parts, named, strict=True) if not is_named]
    ordered += [part for part, is_named in zip(parts, named, strict=True) if is_named]
    if ordered == parts:
        return
    inside = ", ".join(text_of(part).strip() for part in ordered)
    yield Rewrite(
        f"{text_of(tokens[: start + 1])}{inside}{text_of(tokens[end:])}",
        1.4 if tokens[0].text in ("def", "async") else 0.8,
        "put the positional arguments before the named ones",
    )


_RULES: Final[tuple[Callable[[Tokens], Iterator[Rewrite]], ...]] = (
    _python2,
    _numbers,
    _names,
    _arguments,
)
