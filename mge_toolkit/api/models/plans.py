"""Masterplans."""

from __future__ import annotations

from mge_toolkit.api.models.base import Count, Page, Shape


class Plan(Shape):
    """A masterplan that can be run here. ``waves`` holds the number of atoms of each wave."""

    masterplan: str
    path: str
    atoms: Count
    waves: list[Count]
    components: list[str]
    languages: list[str]
    links: dict[str, str]


class PlanList(Page):
    """Masterplans, in the order in which they came."""

    items: list[Plan]
