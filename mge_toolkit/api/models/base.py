"""What every shape has in common."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    """A document that is given. More members may appear without notice."""

    model_config = ConfigDict(frozen=True)


class Body(BaseModel):
    """A document that is taken, with these members and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, description="Seconds.")]
Count = Annotated[int, Field(ge=0)]


class Counts(Shape):
    """Atoms by outcome. Healed and flaky ones count among the passed."""

    passed: Count
    failed: Count
    blocked: Count
    skipped: Count
    stopped: Count
    error: Count
    healed: Count
    flaky: Count
    resumed: Count
    cached: Count
    total: Count
    success_rate: Share | None


class Isolation(Shape):
    """What was held by what mechanism, and what was not and why, by protection."""

    sandbox: str
    level: str
    mechanisms: dict[str, str]
    missing: dict[str, str]


class Page(Shape):
    """What part of a list this is: ``next`` is the address of the next part, if there is one."""

    total: Count | None = Field(description="How many there are in all, where that is known.")
    next: str | None


class Metrics(Shape):
    """Everything that was monitored since the service started: totals and runs, errors, where the time went."""

    summary: dict[str, Any]
    errors: dict[str, Any]
    performance: dict[str, Any]


class Health(Shape):
    """Whether the service lives, or is ready."""

    status: str
