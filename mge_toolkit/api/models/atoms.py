"""Atoms: as lists show them, and with everything."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from mge_toolkit.api.models.base import Count, Page, Seconds, Shape, Share

Outcome = Literal["passed", "failed", "blocked", "skipped", "stopped", "error"]


class Span(Shape):
    """When and on which slot an attempt ran, in seconds of the run; ``wall`` is null while it goes on."""

    at: float
    wall: Seconds | None
    slot: Count
    number: Count
    passed: bool | None


class AtomItem(Shape):
    """An atom as a list shows it. ``message`` and ``reason`` are cut to a line."""

    id: str
    state: Literal["waiting", "running", "settled"]
    outcome: Outcome | None
    wave: Count
    component: str | None
    module: str | None
    language: str
    healed: bool
    flaky: bool
    attempts: Count
    duration: Seconds
    reported: bool
    origin: Literal["executed", "resumed", "cached"]
    reason: str | None
    category: str | None
    kind: str | None
    message: str | None
    spans: list[Span]


class AtomList(Page):
    """Atoms of a run in the plan's order. ``last_event_id`` is the event up to which a live run was seen."""

    run_id: str
    last_event_id: Count | None
    items: list[AtomItem]


class Usage(Shape):
    """What an attempt used: seconds, and bytes at its peak."""

    wall: Seconds
    cpu: Seconds
    peak_memory: Count | None


class Position(Shape):
    """A place in a file that the user can open."""

    file: str
    line: Count
    column: Count | None


class Place(Shape):
    """Where a plan names an atom."""

    file: str
    line: Count


class Spending(Shape):
    """What a language model's answers cost."""

    input_tokens: Count
    output_tokens: Count
    cache_write_tokens: Count
    cache_read_tokens: Count
    usd: float | None


class JsonResult(Shape):
    """A result that is JSON."""

    json_: Any = Field(alias="json")


class ReprResult(Shape):
    """A result that is no JSON."""

    repr: str | None


Result = JsonResult | ReprResult | None


class Stream(Shape):
    """What was kept of the ``bytes`` written to a stream."""

    text: str
    bytes: Count
    truncated: bool


class Raised(Shape):
    """The exception that an attempt ended with."""

    type: str
    bases: list[str]
    message: str
    traceback: str


class Failure(Shape):
    """Why an attempt failed."""

    category: str
    kind: str
    message: str
    culprit: str
    role: str
    line_in_part: int | None
    column_in_part: int | None
    position: Position | None
    cause: str | None
    hint: str | None
    confidence: Share


class Decision(Shape):
    """What was decided after a failure."""

    strategy: str
    confidence: Share
    reason: str


class Trial(Shape):
    """One candidate of a round of repair."""

    source: str
    explanation: str
    code: str
    accepted: bool
    failure: Failure | None
    refusal: str | None
    usage: Usage


class Work(Shape):
    """One execution as time of a slot."""

    started_at: str
    slot: Count
    wall: Seconds


class Attempt(Shape):
    """One execution of an atom. ``diff`` is what was changed in the plan's code, line by line."""

    number: Count
    passed: bool
    source: str
    explanation: str | None
    confidence: Share
    code: str
    diff: list[str]
    started_at: str
    slot: Count
    exit_code: int | None
    signal: int | None
    limit: str | None
    flags: list[str]
    usage: Usage
    stdout: Stream
    stderr: Stream
    result: Result
    isolation: str
    raised: Raised | None
    failure: Failure | None
    decision: Decision | None
    trials: list[Trial]
    work: list[Work]
    spending: Spending | None


class Atom(Shape):
    """One atom of a run with its code, its check and all its attempts. Settled, it has an ``outcome``."""

    run_id: str
    masterplan: str
    id: str
    state: Literal["waiting", "running", "settled"]
    outcome: Outcome | None
    healed: bool
    flaky: bool
    component: str | None
    module: str | None
    language: str
    description: str | None
    code: str
    check: str | None
    depends_on: list[str]
    wave: Count
    reported: bool
    origin: Literal["executed", "resumed", "cached"]
    origin_run: str | None
    defined_at: Place
    category: str | None
    kind: str | None
    message: str | None
    position: Position | None
    reason: str | None
    blocked_by: str | None
    evidence: list[str]
    duration: Seconds
    spending: Spending
    result: Result
    isolation: str | None
    attempts: list[Attempt]
