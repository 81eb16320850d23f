"""Runs to report on, and a reader of pages that knows nothing of how they are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Final

from mge_toolkit.core.plans import Atom, Masterplan, Source
from mge_toolkit.core.results import (
    Attempt,
    ExecutionResult,
    Failure,
    Outcome,
    RetryDecision,
    Strategy,
    Trial,
)
from mge_toolkit.core.runs import RunResult
from mge_toolkit.reporting.report import RunReport, make_run_report
from mge_toolkit.testing import make_atom, make_plan
from tests.reporting.samples import make_attempt, make_failure, make_result, make_run, stream

VOID: Final = {"meta", "br"}

HOSTILE: Final = (
    "</pre></details></script><script>alert(1)</script>"
    "<img src=x onerror=alert(1)>\x1b[31mred\x00 | a | `b` ``c`` @team #12 owner/repo#3 "
    "https://evil.example www.evil.example a@evil.example [x](y) ![x](y) **b** &amp; <!-- \ud800 \u202e"
)
"""What a program may say that wants to be more than text."""


@dataclass(kw_only=True)
class Node:
    """An element of a page that was read."""

    tag: str
    attributes: Mapping[str, str | None]
    children: list[Node | str] = field(default_factory=list)

    def all(self, tag: str = "") -> Iterator[Node]:
        """Yield this element and those inside it."""
        if tag in ("", self.tag):
            yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.all(tag)

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)


class Reader(HTMLParser):
    """Reads a page strictly: whatever is opened has to be closed, in order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node(tag="", attributes={})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag=tag, attributes=dict(attrs))
        self._open[-1].children.append(node)
        if tag not in VOID:
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def read_page(text: str) -> Node:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert [node.tag for node in reader._open] == [""]
    return reader.root


def section_of(page: Node, anchor: str) -> Node:
    """Return the section with the heading of this id, such as ``failed``, of the first run."""
    (found,) = (
        part for part in page.all("section") if part.attributes.get("aria-labelledby") == f"run0-{anchor}"
    )
    return found


def failed(atom_id: str, message: str = "no luck", **fields: Any) -> ExecutionResult:
    failure = make_failure(message=message, culprit=atom_id, position=None, line=None)
    return make_result(atom_id, Outcome.FAILED, make_attempt(failure), **fields)


def report_of(*results: ExecutionResult, status: int = 1, **fields: Any) -> RunReport:
    """Return the report on a run with these results."""
    run = make_run(*results, **fields)
    plan = make_plan([make_atom(found.atom_id) for found in results], run.masterplan)
    return make_run_report(run, plan, status=status)


def hostile_run(text: str = HOSTILE) -> tuple[RunResult, Masterplan]:
    """Return a run, and its plan, in which everything that can be text is ``text``."""
    failure: Failure = make_failure(message=text, culprit=text, hint=text, position=None)
    decided = RetryDecision(strategy=Strategy.FIX, confidence=0.5, reason=text)
    trial = Trial(code=text, source=text, explanation=text, failure=failure, refusal=text)
    attempts = tuple(
        Attempt(
            number=number,
            code=f"{text}{number}",
            execution=make_attempt(stdout=stream_of(text), stderr=stream_of(text)).execution,
            started_at=make_attempt().started_at,
            slot=0,
            source=text,
            explanation=text,
            failure=failure,
            decision=decided,
            trials=(trial,),
        )
        for number in (1, 2)
    )
    more: dict[str, Any] = {"component": text, "module": text, "reason": text}
    results = [
        ExecutionResult(atom_id=text, outcome=Outcome.FAILED, wave=0, attempts=attempts, **more),
        ExecutionResult(atom_id=f"{text}2", outcome=Outcome.BLOCKED, wave=0, blocked_by=text, **more),
        ExecutionResult(atom_id=f"{text}3", outcome=Outcome.STOPPED, wave=0, **more),
        ExecutionResult(atom_id=f"{text}4", outcome=Outcome.ERROR, wave=0, evidence=(text, text), **more),
    ]
    plan = make_plan(
        [Atom(id=one.atom_id, code=Source(text=text, file=text)) for one in results],
        text,
    )
    run = make_run(*results, masterplan=text, stop_reason=text, records_error=text)
    return run, plan


def stream_of(text: str) -> Any:
    return stream(text.encode("utf-8", "backslashreplace").decode())
