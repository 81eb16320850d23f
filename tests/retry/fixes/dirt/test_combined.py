"""Dirt comes combined: layers of it, put on at random, come off together."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.retry.fixes.dirt.soil import (
    AROUND,
    CHARACTERS,
    JAVASCRIPT,
    LINES,
    PROGRAMS,
    Dirt,
    fences,
    same,
    washed,
)


def layer(kinds: Mapping[str, Dirt]) -> st.SearchStrategy[str]:
    return st.sampled_from(["", *kinds])


def soiled(program: str, *layers: tuple[Mapping[str, Dirt], str]) -> str:
    for kinds, chosen in layers:
        if chosen:
            program = kinds[chosen](program)
    return program


PYTHON_FENCES = fences("python")
JAVASCRIPT_FENCES = fences("javascript")


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(PROGRAMS)),
    layer(CHARACTERS),
    layer(LINES),
    layer(PYTHON_FENCES),
    layer(AROUND),
)
def test_layers_come_off_python(program: str, character: str, line: str, fence: str, around: str) -> None:
    original = PROGRAMS[program]
    layers = ((CHARACTERS, character), (LINES, line), (PYTHON_FENCES, fence), (AROUND, around))
    text = soiled(original, *layers)
    if same(text, original):
        return
    assert any(same(each.code, original) for each in washed(text)), text


@settings(max_examples=80, deadline=None)
@given(layer(CHARACTERS), layer(LINES), layer(JAVASCRIPT_FENCES))
def test_layers_come_off_javascript(character: str, line: str, fence: str) -> None:
    layers = ((CHARACTERS, character), (LINES, line), (JAVASCRIPT_FENCES, fence))
    text = soiled(JAVASCRIPT, *layers)
    if text == JAVASCRIPT:
        return
    assert any(same(each.code, JAVASCRIPT, "javascript") for each in washed(text, "javascript")), text


@pytest.mark.parametrize("outer", ["a reply", "line numbers"])
def test_marks_around_a_fence_come_off_first(outer: str) -> None:
    text = LINES[outer](PYTHON_FENCES["a fence"](PROGRAMS["script"]))
    assert same(washed(f"Here you go:\n\n{text}")[0].code, PROGRAMS["script"])
