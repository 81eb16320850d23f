"""What a check and an expectation give away: values to return, and inputs to recognise.

A candidate that returns the one where it meets the other computes nothing. The two languages' readers find the
places; the judgement is made here, once for both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mge_toolkit.core.plans import UNSET, Atom, FromAtom
from mge_toolkit.retry.gate.literals import Literal, is_base_case, is_trivial, key, parts, shown

_LABELS: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One call that a check makes with constants, and the constant that it compares the answer with."""

    arguments: tuple[Literal, ...]
    expected: Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """All that can be read off the plan. Keys are those of :func:`~mge_toolkit.retry.gate.literals.key`.

    ``expected`` counts how often each value is asked for. ``answers`` maps the key of a call's argument to
    those of the values expected then. ``names`` are what the check defines, ``uses`` what it calls or reads.
    """

    expected: dict[str, int]
    answers: dict[str, frozenset[str]]
    stdout: str | None = None
    names: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()

    def asks(self, value: Literal) -> bool:
        """Return whether ``value`` is one that the plan compares something with."""
        return key(value) in self.expected


@dataclass(frozen=True, kw_only=True, slots=True)
class Yield:
    """A place where code gives a constant away: ``verb`` is ``returns``, ``binds`` or ``prints``.

    ``guards`` are the constants with which the conditions around it compare something for equality.
    ``alone`` is true where the function gives nothing else, ``kept`` where the value is made of nothing but
    constants that the plan's own code put together in one place.
    """

    verb: str
    value: Literal
    line: int
    guards: tuple[Literal, ...] = ()
    alone: bool = False
    kept: bool = False


def gather(
    atom: Atom,
    answers: Iterable[Answer],
    values: Iterable[Literal],
    names: frozenset[str],
    uses: frozenset[str],
) -> Given:
    """Return what the plan gives away: what was read in its check, its expectation and its inputs."""
    expected: dict[str, int] = {}
    pairs: dict[str, set[str]] = {}
    known = list(answers)
    expect = atom.expect
    if expect is not None and expect.result is not UNSET:
        inputs = [v for v in atom.inputs.values() if not isinstance(v, FromAtom)]
        known.append(Answer(arguments=tuple(p for v in inputs for p in parts(v)), expected=expect.result))
    for value in [*values, *(a.expected for a in known)]:
        expected[key(value)] = expected.get(key(value), 0) + 1
    for answer in known:
        for argument in (*answer.arguments, answer.arguments):
            pairs.setdefault(key(argument), set()).add(key(answer.expected))
    return Given(
        expected=expected,
        answers={argument: frozenset(found) for argument, found in pairs.items()},
        stdout=None if expect is None else expect.stdout,
        names=names,
        uses=uses,
    )


def given_away(given: Given, known: frozenset[str], yields: Iterable[Yield]) -> str | None:
    """Return why the constants in ``yields`` are not computed, or ``None``. ``known`` are the plan's own ones."""
    places = list(yields)
    labels = _labels(given, places)
    for place in places:
        reason = (
            _special_case(given, known, place)
            or _expected(given, known, place, labels)
            or _printed(given, known, place)
        )
        if reason is not None:
            return reason
    return None


def _special_case(given: Given, known: frozenset[str], place: Yield) -> str | None:
    """Refuse what is given only for an input that the check uses, and is what the check expects then."""
    value = key(place.value)
    for guard in place.guards:
        if value not in given.answers.get(key(guard), ()):
            continue
        if key(guard) in known and (value in known or place.kept):
            continue
        if not (is_base_case(guard) and is_trivial(place.value)):
            return (
                f"{place.verb} {shown(place.value)} for the check's own input {shown(guard)} "
                f"on line {place.line}, instead of computing it"
            )
    return None


def _expected(given: Given, known: frozenset[str], place: Yield, labels: frozenset[str]) -> str | None:
    """Refuse a value that the plan expects and that the plan's code did not hold."""
    value = place.value
    if place.kept or is_trivial(value) or key(value) in known or not given.asks(value):
        return None
    if key(value) in labels and not place.alone:
        return None
    return (
        f"{place.verb} {shown(value)} on line {place.line}, which the check expects, instead of computing it"
    )


def _labels(given: Given, places: Iterable[Yield]) -> frozenset[str]:
    """Return the texts that a program chooses from, such as ``Yes`` and ``No``: the check asks for one twice."""
    texts = {key(place.value) for place in places if isinstance(place.value, str) and given.asks(place.value)}
    return frozenset(texts if any(given.expected[text] >= _LABELS for text in texts) else ())


def _printed(given: Given, known: frozenset[str], place: Yield) -> str | None:
    """Refuse the expected output, or a line of it, written out."""
    if given.stdout is None or place.kept or place.verb != "prints" or not isinstance(place.value, str):
        return None
    text = place.value.strip("\n")
    wanted = given.stdout.replace("\r\n", "\n").strip("\n")
    if len(text.strip()) <= 1 or key(place.value) in known or key(text) in known:
        return None
    if text == wanted or (text in wanted.split("\n") and any(c.isdigit() for c in text)):
        return f"prints the expected output on line {place.line}, instead of computing it"
    return None
