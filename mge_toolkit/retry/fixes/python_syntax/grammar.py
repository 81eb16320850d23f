"""Know how far a line is the beginning of a statement, and what may come next, from parso's grammar tables.

The tables are LL(1): a prefix is refused at the first token that cannot follow, and continuing from the middle
of a line costs nothing, which the interpreter's own parser does not offer. They take a little more than Python
does; the interpreter decides in the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple, TypeAlias

from mge_toolkit.retry.fixes.python_syntax.tokens import Kind, Token

State: TypeAlias = "tuple[Any, State | None]"
"""The parser's stack: the state of the innermost rule, and the stack below it."""

Label: TypeAlias = Any
"""What the tables call a terminal."""


class Tables(NamedTuple):
    """The grammar's terminals, and the states in which a line may begin."""

    reserved: dict[str, Label]
    kinds: dict[Kind, Label]
    newline: Label
    statement: State
    after_if: State
    after_try: State


@cache
def tables() -> Tables:
    """Return the tables, which take some milliseconds to make, once."""
    from parso.grammar import load_grammar
    from parso.python.token import PythonTokenTypes

    grammar: Any = load_grammar(version="3.13")
    generated = grammar._pgen_grammar
    reserved = dict(generated.reserved_syntax_strings)
    start: State = (generated.nonterminal_to_dfas["file_input"][0], None)
    newline = PythonTokenTypes.NEWLINE
    block = [reserved[":"], reserved["pass"], newline]
    return Tables(
        reserved=reserved,
        kinds={
            Kind.NAME: PythonTokenTypes.NAME,
            Kind.NUMBER: PythonTokenTypes.NUMBER,
            Kind.STRING: PythonTokenTypes.STRING,
        },
        newline=newline,
        statement=start,
        after_if=_after(start, [reserved["if"], PythonTokenTypes.NAME, *block]),
        after_try=_after(start, [reserved["try"], *block]),
    )


def _after(state: State, labels: Sequence[Label]) -> State:
    for label in labels:
        following = shifted(state, label)
        if following is None:
            raise ValueError(f"the grammar does not take {label}")
        state = following
    return state


def shifted(state: State, label: Label) -> State | None:
    """Return the state after the terminal ``label``, or ``None`` where it cannot follow."""
    current: State | None = state
    while current is not None:
        rule, below = current
        plan = rule.transitions.get(label)
        if plan is not None:
            current = (plan.next_dfa, below)
            for pushed in plan.dfa_pushes:
                current = (pushed, current)
            return current
        if not rule.is_final:
            return None
        current = below
    return None


def label_of(token: Token) -> Label:
    """Return the terminal of ``token``; no state takes that of a token which is none."""
    known = tables()
    if token.kind is Kind.NAME or token.kind is Kind.OPERATOR:
        found = known.reserved.get(token.text)
        if found is not None:
            return found
    return known.kinds.get(token.kind)


def beginning(tokens: Sequence[Token]) -> tuple[State, list[Label]]:
    """Return the state in which a line of ``tokens`` begins, and their terminals without the last one's."""
    known = tables()
    labels = [label_of(token) for token in tokens[:-1]]
    if tokens[0].text in ("match", "case") and len(tokens) > 2 and _is_subject(tokens):
        # The tables know no pattern matching; its headers are near enough to those of a loop.
        labels[0] = known.reserved["while"]
        labels[1:] = _as_expression(tokens[1:-1], labels[1:])
    return before_word(tokens[0].text), labels


def _as_expression(tokens: Sequence[Token], labels: Sequence[Label]) -> list[Label]:
    """Return the terminals of a pattern as those of an expression of the same form."""
    reserved = tables().reserved
    alike = {"*": reserved["-"], "if": reserved["and"], "as": reserved["and"]}
    return [alike.get(token.text, label) for token, label in zip(tokens, labels, strict=True)]


def before_word(word: str) -> State:
    """Return the state in which a line that begins with ``word`` begins."""
    known = tables()
    if word in ("elif", "else"):
        return known.after_if
    return known.after_try if word in ("except", "finally") else known.statement


def _is_subject(tokens: Sequence[Token]) -> bool:
    second = tokens[1]
    if second.is_plain_name or second.kind in (Kind.NUMBER, Kind.STRING):
        return True
    if second.prefix and second.text in ("[", "{", "(") and tokens[-2].text in ("]", "}", ")"):
        return True
    return second.text not in ("=", ".", ",", ")", "]", ":") and tokens[-2].text in (":", "{")


class Reading(NamedTuple):
    """How far a line was understood: ``states[i]`` is the state before token ``i``, up to the refused one.

    ``refused`` is the index of the first token that cannot follow, the length of the line where only its end
    cannot, and ``None`` where all of it is understood.
    """

    labels: list[Label]
    states: list[State]
    refused: int | None


def read(tokens: Sequence[Token]) -> Reading:
    """Read a line from its beginning."""
    state, labels = beginning(tokens)
    states = [state]
    for index, label in enumerate(labels):
        following = shifted(state, label)
        if following is None:
            return Reading(labels, states, index)
        state = following
        states.append(state)
    refused = None if shifted(state, tables().newline) is not None else len(labels)
    return Reading(labels, states, refused)


def continued(state: State | None, labels: Sequence[Label], start: int) -> int | None:
    """Return the index of the first of ``labels`` from ``start`` on that is refused after ``state``.

    The length of ``labels`` where only the line's end is refused, ``None`` where nothing is.
    """
    for index in range(start, len(labels)):
        if state is None:
            return index - 1
        following = shifted(state, labels[index])
        if following is None:
            return index
        state = following
    if state is None or shifted(state, tables().newline) is None:
        return len(labels)
    return None
