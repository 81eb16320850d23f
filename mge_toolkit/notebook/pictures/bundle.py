"""What stands for an object wherever a notebook is shown: text, HTML, and a PNG where no HTML is."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from mge_toolkit.notebook.pictures.pages import page, picture_tag
from mge_toolkit.notebook.pictures.png import png
from mge_toolkit.notebook.pictures.scene import Scene, svg


def picture_html(scene: Scene, *parts: str) -> str:
    """Return a page with a picture that also those show who let no SVG through; parts come below it."""
    dots = png(scene)
    shown = svg(scene) if dots is None else picture_tag(dots, scene.label, scene.width)
    return page(shown, *parts)


def picture_bundle(text: str, scene: Scene, *parts: str) -> dict[str, Any]:
    """Return all the ways to show a picture: ``text/plain``, ``text/html`` and ``image/png``."""
    dots = png(scene)
    shown = svg(scene) if dots is None else picture_tag(dots, scene.label, scene.width)
    bundle: dict[str, Any] = {"text/plain": text, "text/html": page(shown, *parts)}
    if dots is not None:
        bundle["image/png"] = base64.b64encode(dots).decode()
    return bundle


def selected(bundle: Mapping[str, Any], include: Any = None, exclude: Any = None) -> dict[str, Any]:
    """Return those kinds of a bundle that were asked for."""
    return {
        kind: value
        for kind, value in bundle.items()
        if (not include or kind in include) and not (exclude and kind in exclude)
    }
