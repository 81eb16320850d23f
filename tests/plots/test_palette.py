"""Colours that anybody can tell apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import combinations
from typing import Final

import pytest

from mge_toolkit.plots.palette import (
    CATEGORY_COLOURS,
    STATUS_COLOURS,
    STATUS_HATCHES,
    STRATEGY_COLOURS,
    TRIED,
    Status,
    status_of,
)
from mge_toolkit.reporting.report.page.style import STYLE
from tests.plots.samples import shop_run

Colour = tuple[float, float, float]

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB; and no change.
SIGHTS: Final[Mapping[str, tuple[Colour, Colour, Colour]]] = {
    "usual": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
APART: Final = 14.0
"""The least distance in CIELAB: 2.3 can just be noticed side by side."""
LIGHTER: Final = 5.0
"""The least difference in lightness (0 to 100) of what has no hatch to tell it apart in grey."""


def linear(colour: str) -> Colour:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return red, green, blue


def seen(colour: Colour, sight: str) -> Colour:
    red, green, blue = (
        min(max(sum(a * b for a, b in zip(row, colour, strict=True)), 0.0), 1.0) for row in SIGHTS[sight]
    )
    return red, green, blue


def lab(colour: Colour) -> Colour:
    red, green, blue = colour
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def distance(one: str, other: str, sight: str) -> float:
    pair = [lab(seen(linear(colour), sight)) for colour in (one, other)]
    return float(sum((a - b) ** 2 for a, b in zip(*pair, strict=True)) ** 0.5)


OURS: Final[Mapping[str, Mapping[str, str]]] = {
    "status": {key.value: colour for key, colour in STATUS_COLOURS.items()},
    "time": {
        **{
            key.value: STATUS_COLOURS[key]
            for key in (Status.PASSED, Status.HEALED, Status.FLAKY, Status.FAILED, Status.ERROR)
        },
        "repair trial": TRIED,
    },
    "category": {key.value: colour for key, colour in CATEGORY_COLOURS.items()},
    "strategy": {key.value: colour for key, colour in STRATEGY_COLOURS.items()},
}


REPORT: Final = [
    dict(re.findall(r"--(passed|mended|retried|failed|tried):(#\w{6})", scheme))
    for scheme in STYLE.split("prefers-color-scheme:dark", 1)
]
PALETTES: Final[Mapping[str, Mapping[str, str]]] = {**OURS, "report": REPORT[0], "dark report": REPORT[1]}


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("palette", PALETTES)
def test_colours_can_be_told_apart_by_whoever_looks(palette: str, sight: str) -> None:
    near = {
        (one, other): round(found, 1)
        for (one, first), (other, second) in combinations(PALETTES[palette].items(), 2)
        if (found := distance(first, second, sight)) < APART
    }
    assert not near


@pytest.mark.parametrize("palette", OURS)
def test_in_grey_lightness_or_a_hatch_tells_them_apart(palette: str) -> None:
    hatches = {status.value: hatch for status, hatch in STATUS_HATCHES.items()} if palette == "status" else {}
    near = [
        (one, other)
        for (one, first), (other, second) in combinations(OURS[palette].items(), 2)
        if abs(lab(linear(first))[0] - lab(linear(second))[0]) < LIGHTER
        and hatches.get(one) == hatches.get(other)
    ]
    assert not near


def test_every_outcome_has_its_status() -> None:
    found = {name: status_of(result) for name, result in shop_run().results.items()}
    assert found["basket"] is Status.FLAKY
    assert found["currency"] is Status.HEALED
    assert set(found.values()) == set(Status) - {Status.STOPPED}
    assert STATUS_COLOURS.keys() == set(Status)
