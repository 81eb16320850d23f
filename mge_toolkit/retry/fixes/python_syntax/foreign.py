"""Read a line as one of a language of the C family, its tokens rearranged.

Each reading is an offer like any other: the grammar and the compiler judge what comes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from mge_toolkit.retry.fixes.python_syntax.rewriting import (
    Rewrite,
    Tokens,
    closing,
    retexted,
    stripped,
    text_of,
)
from mge_toolkit.retry.fixes.python_syntax.tokens import CLOSERS, OPENERS, Kind, Token

_TYPES: Final = frozenset(
    ("var", "let", "const", "int", "float", "double", "string", "String", "bool", "boolean", "char", "long",
     "auto", "final", "public", "private", "protected", "static", "void", "mut", "unsigned", "short", "new",
     "str", "list", "dict", "object", "Integer", "Boolean")
)  # fmt: skip  # fmt: skip
_FILLERS: Final = frozenset(("then", "do", "begin"))
_PAIRS: Final = {
    ("&", "&"): "and",
    ("|", "|"): "or",
    ("<", ">"): "!=",
    ("=", ">"): ">=",
    ("=", "<"): "<=",
    ("=", "!"): "!=",
    ("==", "="): "==",
    ("!=", "="): "!=",
    ("=", "=="): "==",
    ("=", "="): "==",
    (">", "="): ">=",
    ("<", "="): "<=",
    ("!", "="): "!=",
    ("+", "="): "+=",
    ("-", "="): "-=",
    (">=", "="): ">=",
    ("<=", "="): "<=",
}
_STEPS: Final = {"+": "+=", "-": "-="}


def foreign(tokens: Tokens) -> Iterator[Rewrite]:
    """Yield the line's other readings."""
    for rule in _RULES:
        yield from rule(tokens)


def _comments(tokens: Tokens) -> Iterator[Rewrite]:
    """Comments of the C family."""
    for index, token in enumerate(tokens):
        rest = text_of(tokens[index + 1 :])
        if token.text == "//":
            begun = index == 0 or token.prefix[-2:] in (" ", "  ") or not token.prefix
            comment = f"{text_of(tokens[:index])}{token.prefix}#{rest}"
            yield Rewrite(comment, 0.55 if begun else 0.75, "turned the '//' comment into a '#' comment")
            if index == 0:
                yield Rewrite(rest.strip(), 1.2, "removed the stray '//'")
        starts = token.text == "/" and tokens[index + 1].text[:1] == "*" and not tokens[index + 1].prefix
        ends = token.text in ("*", "**") and tokens[index + 1].text == "/" and not tokens[index + 1].prefix
        if ends and index:
            rest = text_of(tokens[index + 2 :])
            yield Rewrite(f"{text_of(tokens[:index])}{rest}", 0.7, "removed the stray '*/'")
        if starts or (index == 0 and token.text in ("*", "**")):
            yield from _block_comment(tokens, index)
            return


def _block_comment(tokens: Tokens, start: int) -> Iterator[Rewrite]:
    before = text_of(tokens[:start])
    for index in range(start, len(tokens) - 1):
        follows = tokens[index].text in ("*", "**") and tokens[index + 1].text == "/"
        if follows and not tokens[index + 1].prefix:
            after = text_of(stripped(tokens[index + 2 :]))
            between = " " if before.strip() and after.strip() else ""
            inside = text_of(tokens[start + 2 : index]).strip()
            kept = f"  # {inside}" if inside and "\n" not in inside else ""
            note = "turned the '/* */' comment into a '#' comment" if kept else "removed the empty '/* */'"
            yield Rewrite(f"{before}{between}{after.rstrip()}{kept}".lstrip(), 0.55, note)
            if inside:
                bare = f"{before}{inside}{between}{after}"
                yield Rewrite(bare, 0.75, "removed the '/* */' around code")
            return
    if not before:
        yield Rewrite(text_of(stripped(tokens[start + 2 :])), 0.8, "removed the stray '/*'")
    yield Rewrite(
        f"{before}# {text_of(tokens[start:]).lstrip()}", 0.7, "turned the '/*' comment into a '#' comment"
    )


def _braces(tokens: Tokens) -> Iterator[Rewrite]:
    """Blocks in braces, and words that open a block elsewhere."""
    line = list(tokens)
    end = line.pop()
    note = "replaced the braces of a block with ':'"
    changed = False
    while line and line[0].text in ("}", ";"):
        line.pop(0)
        changed = True
    if not line:
        yield Rewrite(text_of(stripped([end])), 0.6, f"removed the stray '{tokens[0].text}'")
        return
    while line and line[-1].text == ";":
        line.pop()
    if line and line[-1].text == "{":
        line[-1] = Token(Kind.OPERATOR, ":")
        changed = True
    elif line and line[-1].text in _FILLERS and line[0].is_keyword:
        yield Rewrite(
            text_of(line[:-1], [Token(Kind.OPERATOR, ":")], [end]),
            0.5,
            f"replaced '{line[-1].text}' with ':'",
        )
    elif len(line) > 1 and line[-1].text == ":" and line[-2].text in (*_FILLERS, "{"):
        yield Rewrite(text_of(line[:-2], line[-1:], [end]), 0.5, f"removed the stray '{line[-2].text}'")
    elif line and line[-1].text == "}":
        opening = next(
            (i for i, t in enumerate(line) if t.text == "{" and closing(line, i) == len(line) - 1), 0
        )
        if opening and line[opening + 1 : -1] and "\n" not in text_of(line[opening + 1 :]):
            body = line[opening + 1 : -1]
            yield Rewrite(text_of(line[:opening], [Token(Kind.OPERATOR, ":")], body, [end]), 0.8, note)
        while line and line[-1].text in ("}", ";"):
            line.pop()
        changed = True
    if changed and line:
        yield Rewrite(text_of(stripped(line), [end]), 0.6, note)


def _else_if(tokens: Tokens) -> Iterator[Rewrite]:
    for index in range(len(tokens) - 1):
        if tokens[index].text == "else" and tokens[index + 1].text == "if":
            line = [*tokens[:index], retexted(tokens[index], "elif"), *tokens[index + 2 :]]
            yield Rewrite(text_of(line), 0.5, "replaced 'else if' with 'elif'")
            return
    if tokens[0].text == "switch" and len(tokens) > 3:
        subject = tokens[1 : -2 if tokens[-2].text in ("{", ":") else -1]
        yield Rewrite(f"match{text_of(subject)}:{tokens[-1].prefix}", 0.7, "replaced 'switch' with 'match'")
    if tokens[0].text == "catch" or (tokens[0].text == "}" and tokens[1].text == "catch"):
        yield from _catch(list(tokens[1:] if tokens[0].text == "}" else tokens))
    if tokens[0].text in ("default", "otherwise") and tokens[1].text == ":":
        yield Rewrite(f"case _{text_of(tokens[1:])}", 0.8, f"replaced '{tokens[0].text}' with 'case _'")
        yield Rewrite(f"else{text_of(tokens[1:])}", 1.1, f"replaced '{tokens[0].text}' with 'else'")
    if tokens[0].text == "import" and any(token.text == "from" for token in tokens):
        at = next(i for i, token in enumerate(tokens) if token.text == "from")
        names, module = text_of(tokens[1:at]).strip(" {}"), text_of(tokens[at + 1 : -1]).strip()
        yield Rewrite(f"from {module} import {names}{tokens[-1].prefix}", 0.6, "put 'from' before 'import'")


def _imports(tokens: Tokens) -> Iterator[Rewrite]:
    """``import a.b.*;``, ``using a;`` and ``package a;``, which bring nothing that Python has."""
    inside = [token.text for token in tokens[1:-1] if token.text != ";"]
    starred = tokens[0].text == "import" and inside[-2:] == [".", "*"]
    named = tokens[0].text in ("using", "package") and tokens[-2].text == ";"
    if starred or named:
        yield Rewrite(f"# {text_of(tokens)}", 0.7, "turned another language's import into a comment")


def _catch(tokens: list[Token]) -> Iterator[Rewrite]:
    """``catch (E e) {``, with or without the class, the name and the brackets."""
    names = [token.text for token in tokens[1:-1] if token.kind is Kind.NAME]
    if len(names) == 1 and names[0][:1].islower():
        names = ["Exception", *names]
    if len(names) <= 2:
        clause = " as ".join(names or ["Exception"])
        yield Rewrite(f"except {clause}:{tokens[-1].prefix}", 0.6, "replaced 'catch' with 'except'")


def _types(tokens: Tokens) -> Iterator[Rewrite]:
    """Declarations with a type or a word such as ``let`` before the name."""
    kept: list[Token] = []
    dropped: list[str] = []
    for index, token in enumerate(tokens[:-1]):
        following = tokens[index + 1]
        if (
            token.text in _TYPES
            and following.kind is Kind.NAME
            and following.text not in ("in", "is", "if", "for")
        ):
            dropped.append(token.text)
            continue
        if dropped and index and tokens[index - 1].text == dropped[-1]:
            kept.append(Token(token.kind, token.text, tokens[index - 1].prefix))
        else:
            kept.append(token)
    if dropped:
        note = f"removed '{' '.join(dict.fromkeys(dropped))}', which declares nothing in Python"
        yield Rewrite(text_of(stripped(kept), tokens[-1:]), 0.65, note)
        last = tokens[-2]
        if kept and last.text in ("{", ":", ")") and len(kept) > 2 and kept[1].text == "(":
            header = text_of(stripped(kept[:-1] if last.text in ("{", ":") else kept))
            yield Rewrite(f"def {header}:{tokens[-1].prefix}", 0.8, "wrote the function's header with 'def'")


def _counting_loop(tokens: Tokens) -> Iterator[Rewrite]:
    """``for (i = 0; i < n; i++)``."""
    if tokens[0].text != "for" or tokens[1].text != "(":
        return
    end = closing(tokens, 1)
    if end is None:
        return
    parts: list[list[Token]] = [[]]
    for token in tokens[2:end]:
        if token.text == ";":
            parts.append([])
        else:
            parts[-1].append(token)
    if len(parts) != 3:
        return
    start, until, step = parts
    names = [i for i, token in enumerate(start) if token.text == "="]
    if not names or len(until) < 3 or until[1].text not in ("<", "<=", ">", ">=", "!="):
        return
    name, low = start[names[0] - 1].text, text_of(stripped(start[names[0] + 1 :]))
    bound, sign = text_of(stripped(until[2:])), until[1].text
    down = sign.startswith(">")
    if sign in ("<=", ">="):
        bound = f"{bound} {'-' if down else '+'} 1"
    amount = text_of(stripped(step[2:])) if len(step) > 2 and step[1].text in ("+=", "-=") else "1"
    by = f", -{amount}" if down else ("" if amount == "1" else f", {amount}")
    rest = tokens[end + 1 : -1]
    body = text_of(rest).strip().lstrip("{:").strip()
    if "\n" in body:
        return
    text = f"for {name} in range({low}, {bound}{by}):{' ' + body if body else ''}{tokens[-1].prefix}"
    yield Rewrite(text, 0.8, "wrote the counting loop with 'range'")


def _steps(tokens: Tokens) -> Iterator[Rewrite]:
    """``i++`` and ``i--``, also ``++i`` where it stands alone."""
    for index in range(len(tokens) - 1):
        sign, again = tokens[index], tokens[index + 1]
        if sign.text in _STEPS and again.text == sign.text and not again.prefix and index:
            following = tokens[index + 2]
            if following.kind is Kind.END or following.text in (";", "}", ")", ":"):
                step = f"{text_of(tokens[:index])} {_STEPS[sign.text]} 1"
                note = f"replaced '{sign.text}{sign.text}' with '{_STEPS[sign.text]} 1'"
                yield Rewrite(f"{step}{text_of(tokens[index + 2 :])}", 0.5, note)
                step = f"{text_of(tokens[:index])}{text_of(tokens[index + 2 :])}"
                yield Rewrite(step, 0.9, f"removed '{sign.text}{sign.text}'")
        if sign.text == "+=" and again.kind is Kind.END:
            yield Rewrite(
                f"{text_of(tokens[: index + 1])} 1{again.prefix}", 0.9, "added the missing '1' after '+='"
            )


def _ternary(tokens: Tokens) -> Iterator[Rewrite]:
    """``a ? b : c``."""
    ask = next((i for i, token in enumerate(tokens) if token.text == "?"), None)
    if ask is None:
        return
    depth, start = 0, 0
    for index in range(ask - 1, -1, -1):
        depth += (tokens[index].text in CLOSERS) - (tokens[index].text in OPENERS)
        if depth < 0 or (depth == 0 and tokens[index].text in ("=", "return", ",", ":", "+=", "yield")):
            start = index + 1
            break
    depth, colon, end = 0, None, len(tokens) - 1
    for index in range(ask + 1, len(tokens) - 1):
        depth += (tokens[index].text in OPENERS) - (tokens[index].text in CLOSERS)
        if depth == 0 and tokens[index].text == ":" and colon is None:
            colon = index
        if depth < 0 or (depth == 0 and tokens[index].text in (",", ";")):
            end = index
            break
    if colon is None:
        return
    chosen, test, other = (
        text_of(part).strip()
        for part in (tokens[ask + 1 : colon], tokens[start:ask], tokens[colon + 1 : end])
    )
    lead = tokens[start].prefix
    text = f"{text_of(tokens[:start])}{lead}{chosen} if {test} else {other}{text_of(tokens[end:])}"
    yield Rewrite(text, 0.6, "wrote 'a ? b : c' as 'b if a else c'")


def _operators(tokens: Tokens) -> Iterator[Rewrite]:
    """Operators of other languages, all of them at once."""
    line: list[Token] = []
    notes: list[str] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        following = tokens[index + 1] if index + 1 < len(tokens) else token
        pair = _PAIRS.get((token.text, following.text)) if not following.prefix else None
        if pair is not None and token.kind is not Kind.END:
            spaced = Token(token.kind, pair, token.prefix or (" " if pair.isalpha() else ""))
            line.append(spaced)
            notes.append(f"'{token.text}{following.text}' with '{pair}'")
            index += 2
        elif token.text == "!" and following.text != "=":
            line.append(Token(Kind.NAME, "not", token.prefix))
            notes.append("'!' with 'not'")
            index += 1
        else:
            line.append(token)
            index += 1
            continue
        if index < len(tokens) and line[-1].text.isalpha() and not tokens[index].prefix:
            line.append(Token(tokens[index].kind, tokens[index].text, " "))
            index += 1
    if notes:
        note = "replaced " + ", ".join(dict.fromkeys(notes))
        yield Rewrite(text_of(line), 0.5 + 0.1 * len(notes), note)
    yield from _arrow(tokens)
    yield from _generics(tokens)


def _arrow(tokens: Tokens) -> Iterator[Rewrite]:
    """``x => x + 1`` and ``(a, b) -> a + b``."""
    for index in range(1, len(tokens) - 1):
        arrow, following = tokens[index], tokens[index + 1]
        long = arrow.text == "=" and following.text == ">" and not following.prefix
        if not long and arrow.text != "->":
            continue
        start = index - 1
        if tokens[start].text == ")":
            depth = 0
            while start >= 0:
                depth += (tokens[start].text in CLOSERS) - (tokens[start].text in OPENERS)
                if depth == 0:
                    break
                start -= 1
        if start < 0:
            continue
        names = text_of(tokens[start:index]).strip().removeprefix("(").removesuffix(")")
        body = text_of(tokens[index + (2 if long else 1) :]).lstrip()
        between = f"lambda {names}:" if names else "lambda:"
        yield Rewrite(
            f"{text_of(tokens[:start])}{tokens[start].prefix}{between} {body}",
            0.85 if tokens[0].is_keyword else 0.55,
            "wrote the arrow as 'lambda'",
        )
        return


def _generics(tokens: Tokens) -> Iterator[Rewrite]:
    """``List<int>``."""
    line = list(tokens)
    opened: list[int] = []
    changed = False
    for index, token in enumerate(tokens):
        if token.text == "<" and index and tokens[index - 1].kind is Kind.NAME and not token.prefix:
            opened.append(index)
        closings = {">": 1, ">>": 2}.get(token.text, 0)
        if closings and len(opened) >= closings:
            for _ in range(closings):
                line[opened.pop()] = Token(Kind.OPERATOR, "[")
            line[index] = Token(Kind.OPERATOR, "]" * closings)
            changed = True
    if changed:
        yield Rewrite(text_of(line), 0.7, "replaced '<…>' with '[…]'")


_RULES: Final[tuple[Callable[[Tokens], Iterator[Rewrite]], ...]] = (
    _else_if,
    _operators,
    _steps,
    _braces,
    _comments,
    _types,
    _imports,
    _counting_loop,
    _ternary,
)
