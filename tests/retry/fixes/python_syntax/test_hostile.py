"""Whatever a source holds, the fixer neither raises nor takes long, and what it offers compiles."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from time import monotonic

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from tests.retry.fixes.python_syntax.cases import candidates, mended

PROGRAM = '''\
import math
from collections import deque


class Stack:
    """A stack."""

    def __init__(self, items=()):
        self.items = list(items)

    def push(self, item):
        self.items.append(item)
        return self

    def total(self, start=0, *, scale=1):
        result = start
        for index, item in enumerate(self.items):
            if item > 2 and index % 2 == 0 or not scale:
                result += item * scale
            elif item == 'x':
                continue
            else:
                result -= [a for a in (1, 2, 3) if a][0]
        return result


def run(values):
    stack = Stack()
    queue = deque(values)
    while queue:
        stack.push(queue.popleft())
    try:
        found = {"total": stack.total(), "root": math.sqrt(len(values))}
    except ValueError as error:
        print(f"failed: {error}")
        return None
    return found
'''


def _tokens() -> list[tuple[int, int]]:
    """Return where each token of the program begins and ends."""
    starts = [0]
    for line in PROGRAM.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return [
        (starts[token.start[0] - 1] + token.start[1], starts[token.end[0] - 1] + token.end[1])
        for token in tokenize.generate_tokens(io.StringIO(PROGRAM).readline)
        if token.string.strip()
    ]


TOKENS = _tokens()


def compiles(code: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(code, "<test>", "exec")
        except (SyntaxError, ValueError):
            return False
    return True


@pytest.mark.parametrize(
    "code",
    [
        "",
        "\0",
        "x = '\0",
        "\ud800 = (",
        "x = '\ud800",
        "(" * 10_000,
        "[" * 150 + "1 2",
        "if x:\n" * 300,
        "((((((((((((((((((((1 2" * 20,
        "'" * 5_001,
        'f"' * 2_000,
        "\\" * 1_000,
        "\x0c\x0b(\r\n\x1c",
        "-" * 5_000 + "(",
        "not " * 3_000 + "(",
        "a." * 3_000 + "(",
        "if a b c d e f\n" * 2_000,
        "x = (\n" * 2_000,
        '"""\n' * 2_001,
        "@" * 50,
        "else:\n" * 50,
        "\t if x:\n  \ty(\n",
        "lambda " * 400,
        "{" + "1 2 " * 900,
        "x" * 200_000 + " (",
        "one two three four five six seven eight\n" * 500,
    ],
    ids=range(26),
)
def test_hostile_sources(code: str) -> None:
    begun = monotonic()
    assert all(compiles(found) and found != code for found in mended(code))
    assert monotonic() - begun < 5  # far beyond what it takes, for machines that are busy


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet="if:()[]{}\"'=,. \n\t\\#xdef1+!&`f", max_size=120))
@example("if:\n\t(\n x'''\n")
def test_anything_offered_compiles_and_is_new(code: str) -> None:
    found = candidates(code)
    assert len({candidate.code for candidate in found}) == len(found) <= 16
    for candidate in found:
        assert compiles(candidate.code)
        assert candidate.code != code
        assert candidate.explanation


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, len(TOKENS) - 1), st.sampled_from(["delete", "double", "insert"]), st.data())
def test_a_token_more_or_less_is_mended(index: int, change: str, data: st.DataObject) -> None:
    start, end = TOKENS[index]
    if change == "delete":
        broken = PROGRAM[:start] + PROGRAM[end:]
    elif change == "double":
        broken = f"{PROGRAM[:end]} {PROGRAM[start:end]}{PROGRAM[end:]}"
    else:
        added = data.draw(st.sampled_from(["(", ")", "]", "{", ":", ",", "=", "if", "in", "x", "1", ";"]))
        broken = f"{PROGRAM[:end]} {added} {PROGRAM[end:]}"
    assume(not compiles(broken))
    assert any(compiles(found) for found in mended(broken))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([start for start, end in TOKENS if PROGRAM[start:end] == ":"]), st.booleans())
def test_a_colon_that_was_lost_is_found_again(place: int, twice: bool) -> None:
    broken = PROGRAM[:place] + PROGRAM[place + 1 :]
    if twice:
        broken = broken.replace("while queue:", "while queue")
    assume(not compiles(broken))
    wanted = ast.dump(ast.parse(PROGRAM))
    assert wanted in [ast.dump(ast.parse(found)) for found in mended(broken)]
