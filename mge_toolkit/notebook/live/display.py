"""Shows a live view in a notebook, with a picture that stays where widgets are not shown.

A saved notebook has no kernel behind its widgets, and other sites none at all. So a second output holds a picture
of the run, replaced once when the run has ended. Where the widgets are shown, they hide it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from mge_toolkit.notebook.pictures.pages import page, paragraph

if TYPE_CHECKING:
    from mge_toolkit.notebook.handle import RunHandle


def display_handle(handle: RunHandle) -> None:
    """Display a run: widgets in a notebook, a line of text in a terminal."""
    if not in_notebook():
        _show({"text/plain": repr(handle)})
        return
    panel = handle.panel()
    mark = f"mge-still-{uuid4().hex}"
    show_widget(panel.widget, mark)
    name = str(uuid4())

    if panel.painted.is_set():
        _show(still_bundle(handle.static_bundle(), mark))
        return
    # A picture that is replaced soon is not worth the time that it takes to make one.
    now = page(paragraph(repr(handle)))
    _show(still_bundle({"text/plain": repr(handle), "text/html": now}, mark), display_id=name)
    panel.when_painted(
        lambda: _show(still_bundle(handle.static_bundle(), mark), display_id=name, update=True)
    )


def in_notebook() -> bool:
    """Return whether there is a kernel, which shows widgets, and not a terminal."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    return shell is not None and hasattr(shell, "kernel")


def show_widget(widget: Any, mark: str) -> None:
    """Display widgets that hide the picture which stands for them elsewhere."""
    import ipywidgets as widgets  # type: ignore[import-untyped]

    hiding = widgets.HTML(f"<style>.{mark}{{display:none}}</style>", layout=widgets.Layout(display="none"))
    shown = widgets.VBox([hiding, widget])
    view = {"version_major": 2, "version_minor": 0, "model_id": shown.model_id}
    _show({"application/vnd.jupyter.widget-view+json": view, "text/plain": ""})


def still_bundle(bundle: dict[str, Any], mark: str) -> dict[str, Any]:
    """Return a picture's bundle, to be hidden where the widgets with this mark are shown."""
    return {**bundle, "text/html": f'<div class="{mark}">{bundle["text/html"]}</div>'}


def display_still(widget: Any, bundle: dict[str, Any]) -> None:
    """Display widgets (``None``: there are none) with a picture that stands for them where they are not shown."""
    if widget is None or not in_notebook():
        _show(bundle)
        return
    mark = f"mge-still-{uuid4().hex}"
    show_widget(widget, mark)
    _show(still_bundle(bundle, mark))


def _show(bundle: dict[str, Any], **more: Any) -> None:
    from IPython.display import display

    display(bundle, raw=True, **more)  # type: ignore[no-untyped-call]
