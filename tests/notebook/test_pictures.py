"""Pictures: well-formed, escaped, and legible without colours or widgets."""

from __future__ import annotations

import struct
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mge_toolkit.core.graph import waves
from mge_toolkit.notebook.pictures.bundle import picture_bundle, selected
from mge_toolkit.notebook.pictures.graph import GraphPicture, graph_scene, nearest
from mge_toolkit.notebook.pictures.lanes import Bar, Lane, LanesPicture, lanes_scene, ticks
from mge_toolkit.notebook.pictures.pages import (
    SYMBOLS,
    chip,
    code_block,
    facts,
    page,
    paragraph,
    side_by_side,
    table,
)
from mge_toolkit.notebook.pictures.png import png
from mge_toolkit.notebook.pictures.scene import Box, Scene, Shape, Words, channels, svg, text_on
from mge_toolkit.notebook.pictures.tiles import Tile, grid_scene, tiles_scene
from mge_toolkit.plots.palette import STATUS_COLOURS, Status

HOSTILE = "<script>alert(1)</script>\"'&\x1b[31m"
SVG = "{http://www.w3.org/2000/svg}"


def lanes(name: str = "wave 0") -> Scene:
    bars = [
        Bar(0, 1, 0, 1, STATUS_COLOURS[Status.PASSED], name),
        Bar(1, 2, 0, 0.5, STATUS_COLOURS[Status.FAILED]),
    ]
    return lanes_scene(
        LanesPicture(
            lanes=[Lane(name, "2/2", bars, bad=True)],
            start=0,
            end=2,
            headline=name,
            figures=name,
            counts={"passed": 1, "failed": 1, "running": 1, "waiting": 3},
            now=1.5,
        )
    )


def graph(name: str = "a") -> Scene:
    return graph_scene(
        GraphPicture(
            waves={name: 0, "b": 1},
            needs={"b": (name,)},
            statuses={name: Status.FAILED},
            titles={name: name},
            path=(name, "b"),
            marked="b",
        )
    )


def tiles(name: str = "all") -> Scene:
    return tiles_scene(
        Tile(name, 3, "#ffffff", name, (Tile(name, 1, "#b2182b", name), Tile("c", 2, "#000000", "c")))
    )


def grid(name: str = "row") -> Scene:
    return grid_scene([name], [name, "other"], lambda _, column: column, marked=0, label=name)


@pytest.mark.parametrize("draw", [lanes, graph, tiles, grid])
def test_a_picture_is_well_formed_and_escapes_what_others_wrote(draw: object) -> None:
    assert callable(draw)
    drawn = svg(draw(HOSTILE))
    root = ElementTree.fromstring(drawn)
    assert root.get("role") == "img"
    assert "alert(1)" in drawn
    assert root.get("aria-label")
    assert not root.findall(f".//{SVG}script")
    assert "\x1b" not in drawn


@pytest.mark.parametrize("draw", [lanes, graph, tiles, grid])
def test_a_picture_is_a_png_too(draw: object) -> None:
    assert callable(draw)
    scene = draw()
    dots = png(scene)
    assert dots is not None
    assert dots.startswith(b"\x89PNG\r\n")
    width, _ = struct.unpack(">II", dots[16:24])
    assert width > scene.width


def test_a_bundle_has_text_html_and_a_png() -> None:
    bundle = picture_bundle("a run", lanes())
    assert bundle.keys() == {"text/plain", "text/html", "image/png"}
    assert "data:image/png;base64," in bundle["text/html"]
    assert selected(bundle, include=["image/png"]).keys() == {"image/png"}
    assert "image/png" not in selected(bundle, exclude=["image/png"])


@pytest.mark.parametrize("styled", [False, True])
def test_no_page_lets_formulas_be_set(styled: bool) -> None:
    html = ElementTree.fromstring(f"<all>{page(paragraph('$5 or $6'), styled=styled)}</all>")
    (body,) = [one for one in html if one.tag != "style"]
    assert "".join(body.itertext()) == "$5 or $6", "and what is copied is what was written"
    assert {"mge", "mathjax_ignore", "tex2jax_ignore"} <= set(body.get("class", "").split())


@given(st.text(max_size=60))
def test_no_text_gets_out_of_its_place(text: str) -> None:
    shapes: list[Shape] = [
        Words(0, 0, f"<{text}", title=text),
        Box(0, 0, 1, 1, "#ffffff", f"{text}</title>"),
        Box(0, 0, 1, 1, "#ffffff"),
    ]
    ElementTree.fromstring(svg(Scene(1, 1, shapes, f'"{text}')))
    html = page(
        paragraph(f"<{text}"),
        table([f"<{text}"], [[f"<{text}"]], note=text),
        facts([("a", f"<{text}")]),
        code_block(f"<{text}", bad=1),
        side_by_side(f"<{text}", f"<{text}!", "l", "r"),
        styled=False,
    )
    ElementTree.fromstring(html.replace("&nbsp;", " "))


@given(
    st.dictionaries(st.text(min_size=1, max_size=4), st.lists(st.integers(0, 30), max_size=4), max_size=30)
)
def test_atoms_of_a_graph_do_not_lie_on_one_another(made: dict[str, list[int]]) -> None:
    names = list(made)
    needs = {
        name: tuple(dict.fromkeys(names[one] for one in before if one < place))
        for place, (name, before) in enumerate(made.items())
    }
    picture = GraphPicture(waves=waves(needs), needs=needs, statuses=dict.fromkeys(names, Status.PASSED))
    boxes = {(box.x, box.y) for box in graph_scene(picture).shapes if isinstance(box, Box)}
    assert len(boxes) == len(names)


def test_the_nearest_atoms_are_found_both_ways_up_to_a_limit() -> None:
    needs = {f"n{place}": (f"n{place - 1}",) if place else () for place in range(100)}
    followers = {f"n{place}": [f"n{place + 1}"] for place in range(99)}
    assert set(nearest(needs, followers, ["n50"], 5)) == {"n48", "n49", "n50", "n51", "n52"}


@given(
    st.lists(st.floats(0.001, 1000), min_size=1, max_size=40),
)
def test_tiles_fill_their_area_in_proportion(sizes: list[float]) -> None:
    from mge_toolkit.notebook.pictures.tiles import _squarified

    sizes.sort(reverse=True)
    places = _squarified(sizes, (0, 0, 300, 200))
    for size, (x, y, wide, tall) in zip(sizes, places, strict=True):
        assert wide * tall == pytest.approx(60_000 * size / sum(sizes), rel=1e-6, abs=1e-6)
        assert x >= -1e-6
        assert y >= -1e-6
        assert x + wide <= 300 + 1e-3
        assert y + tall <= 200 + 1e-3


@given(st.floats(0, 1e6), st.floats(1e-3, 1e6))
def test_an_axis_has_a_few_round_values_within_it(start: float, span: float) -> None:
    found = ticks(start, start + span)
    assert 1 <= len(found) <= 15
    assert all(start - span * 0.01 <= value <= start + span * 1.01 for value in found)


@pytest.mark.parametrize("status", Status)
def test_every_status_has_a_sign_and_a_text_that_can_be_read_on_its_colour(status: Status) -> None:
    def luminance(colour: str) -> float:
        parts = [channel / 255 for channel in channels(colour)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    colour = STATUS_COLOURS[status]
    one, other = sorted((luminance(colour), luminance(text_on(colour))))
    assert (other + 0.05) / (one + 0.05) >= 4.5
    assert SYMBOLS[status] in chip(status)
    assert len(set(SYMBOLS.values())) == len(Status)


def test_a_diff_shows_what_changed_beside_one_another_and_leaves_out_the_rest() -> None:
    before = "\n".join(f"line {number}" for number in range(40))
    shown = side_by_side(before, before.replace("line 20", "line twenty"), "attempt 1", "attempt 2")
    assert shown.count("l del") == shown.count("l ins") == 1
    assert "line 2<" not in shown
    assert "same code" in side_by_side("a", "a", "l", "r")
