"""An explorer's widgets as a person finds them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from mge_toolkit.core.settings import Settings
from mge_toolkit.notebook.explore.explorer import Explorer
from mge_toolkit.notebook.session import RunOptions

OPTIONS = RunOptions(settings=Settings(slots=2, wave_threshold=0))
TABS = ("Timeline", "Graph", "Errors", "Hierarchy")


class Seen:
    """An explorer's widgets by their names, as a person finds them."""

    def __init__(self, explorer: Explorer) -> None:
        self.explorer = explorer
        _, beside, self.page = explorer.widget.children
        self.picker, self.tabs = beside.children

    def labelled(self, description: str) -> Any:
        found = [one for one in every(self.explorer.widget) if getattr(one, "description", "") == description]
        assert len(found) == 1, f"{len(found)} widgets are called {description}"
        return found[0]

    def show(self, tab: str) -> str:
        """Open a tab and return what is in it."""
        self.tabs.selected_index = TABS.index(tab)
        return text_of(self.tabs.children[self.tabs.selected_index])

    def atom(self) -> str:
        """Return what the atom's page says, in all its tabs."""
        return text_of(self.page)


def every(widget: Any) -> Iterator[Any]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from every(child)


def text_of(widget: Any) -> str:
    """Return the HTML in a widget and those within."""
    return "".join(one.value for one in every(widget) if type(one).__name__ == "HTML")


def until(condition: Any, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)
