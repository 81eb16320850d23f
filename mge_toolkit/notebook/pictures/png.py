"""A drawing as a PNG on white, for where no HTML is shown. Pillow is imported when one is made."""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING, Final

from mge_toolkit.notebook.pictures.scene import Box, Scene, Stroke, Words
from mge_toolkit.plots.palette import PAPER
from mge_toolkit.reporting.failures import printable

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

SCALE: Final = 2
"""Dots to a unit of the drawing."""
MARGIN: Final = 8.0
_ANCHORS: Final = {"start": "ls", "middle": "ms", "end": "rs"}


def png(scene: Scene) -> bytes | None:
    """Return the drawing as a PNG, ``None`` where Pillow is not installed."""
    try:
        from PIL import Image, ImageDraw
    except ImportError:
        return None
    size = (int((scene.width + 2 * MARGIN) * SCALE), int((scene.height + MARGIN) * SCALE))
    image = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(image)
    for shape in scene.shapes:
        match shape:
            case Box():
                _box(draw, shape)
            case Words():
                font = _font(round(shape.size * SCALE))
                at = ((shape.x + MARGIN) * SCALE, shape.y * SCALE)
                draw.text(
                    at, printable(shape.text), fill=shape.colour, font=font, anchor=_ANCHORS[shape.anchor]
                )
            case Stroke():
                points = [((x + MARGIN) * SCALE, y * SCALE) for x, y in shape.points]
                draw.line(points, fill=shape.colour, width=max(1, round(shape.width * SCALE)))
    kept = io.BytesIO()
    image.quantize(64).save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _box(draw: ImageDraw, box: Box) -> None:
    left, top = (box.x + MARGIN) * SCALE, box.y * SCALE
    # Pillow draws the last dot too.
    right = max(left, left + box.width * SCALE - 1)
    bottom = max(top, top + box.height * SCALE - 1)
    width = max(1, round(box.weight * SCALE)) if box.edge else 0
    draw.rectangle((left, top, right, bottom), fill=box.fill, outline=box.edge or None, width=width)


@cache
def _font(size: int) -> FreeTypeFont | ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(size)
