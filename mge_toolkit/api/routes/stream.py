"""A run's events as they happen, for as long as somebody listens, and from where they left off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Path
from fastapi.responses import StreamingResponse
from starlette.responses import Response

from mge_toolkit.api.backend import Backend
from mge_toolkit.api.live.feed import Feed, encoded
from mge_toolkit.api.problems import Problem, declared
from mge_toolkit.reporting.execution import execution_summary

HEARTBEAT: Final = b": still here\n\n"
RETRY: Final = b"retry: 1000\n\n"

_PACE_SECONDS: Final = 0.03
_NAMES: Final = (
    "run_started",
    "wave_started",
    "attempt_started",
    "attempt_finished",
    "attempt_rescheduled",
    "atom_finished",
    "wave_finished",
    "run_finished",
    "run_broken",
    "gap",
)
_EVENT: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9]+$"},
        "event": {"type": "string", "enum": list(_NAMES)},
        "data": {"type": "string", "contentMediaType": "application/json"},
        "retry": {"type": "integer"},
    },
}
_EVENT_STREAM: Final[dict[str, Any]] = {
    "description": "The events, each with JSON as its data; a gap where some are not kept any more. The stream "
    "ends after the run.",
    "content": {"text/event-stream": {"schema": _EVENT}},
}


class StreamRoutes:
    """The route of a run's events."""

    def __init__(self, backend: Backend) -> None:
        """Stream events of the runs in ``backend``."""
        self._backend = backend
        self._open = 0

    def add_to(self, router: APIRouter) -> None:
        """Add the route to ``router``."""
        router.add_api_route(
            "/runs/{run_id}/events",
            self.events,
            methods=["GET"],
            response_class=StreamingResponse,
            responses={
                200: _EVENT_STREAM,
                204: {"description": "The run has ended, and every event was seen."},
                **declared(
                    "malformed",
                    "unauthorized",
                    "unknown-run",
                    "misdirected",
                    "invalid",
                    "busy",
                    "records-unavailable",
                ),
            },
        )

    async def events(
        self,
        run_id: Annotated[str, Path(description="The run's id.")],
        last_event_id: Annotated[
            str,
            Header(
                pattern=r"^[0-9]{0,18}$",
                description="The last event that was seen: the stream begins after it.",
            ),
        ] = "",
    ) -> Response:
        """Follow a run's events (server-sent events), from the first that is kept or after the last seen."""
        after = int(last_event_id or 0)
        live = self._backend.registry.get(run_id)
        if live is None:
            return await self._past(run_id)
        if live.feed.closed and after == live.feed.last:
            return Response(status_code=204)
        if after > live.feed.last:
            raise Problem(
                "unknown-event", f"run '{run_id}' has no event {after} yet: leave Last-Event-ID out"
            )
        if self._open >= self._backend.settings.max_streams:
            detail = f"{self._open} event streams are open, which is all that is given: close one"
            raise Problem("busy", detail, headers={"Retry-After": "5"})
        return _stream(self._follow(live.feed, after))

    async def _follow(self, feed: Feed, after: int) -> AsyncIterator[bytes]:
        """Send what comes in batches, not faster than anybody looks at it; a comment when nothing comes."""
        self._open += 1
        try:
            yield RETRY
            while True:
                batch = feed.after(after)
                if batch.missed is not None:
                    yield encoded("gap", {"missed_from": batch.missed, "kept_from": batch.first})
                if batch.text:
                    after = batch.last
                    yield batch.text
                if feed.closed and feed.last <= after:
                    return
                await asyncio.sleep(_PACE_SECONDS)
                if not await feed.beyond(after, self._backend.settings.heartbeat_seconds):
                    yield HEARTBEAT
        finally:
            self._open -= 1

    async def _past(self, run_id: str) -> Response:
        """Return what there is to say of a run whose events nobody keeps any more: that, and how it ended."""
        head = await self._backend.runs.head(run_id)
        summary = execution_summary(head.record, head.status.value)

        async def told() -> AsyncIterator[bytes]:
            yield encoded("gap", {"missed_from": 1, "kept_from": None})
            if head.record.finished:
                yield encoded("run_finished", summary)

        return _stream(told())


def _stream(events: AsyncIterator[bytes]) -> Response:
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)
