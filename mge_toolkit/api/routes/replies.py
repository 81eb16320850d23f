"""How routes answer: JSON as it is, and addresses as the request found us."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import Query
from fastapi.responses import JSONResponse
from starlette.requests import Request

from mge_toolkit.api.documents import Links

PREFIX: Final = "/api/v2"

Limit = Annotated[int, Query(ge=1, le=1000, description="How many to return.")]
Offset = Annotated[int, Query(ge=0, le=10_000_000, description="How many to leave out before them.")]
Wait = Annotated[
    bool,
    Query(description="Answer when the run has ended; with false at once, with 202 and the run's address."),
]


class Json(JSONResponse):
    """A document in ASCII: what atoms print may hold characters that no encoding takes."""

    def render(self, content: Any) -> bytes:
        """Return the body."""
        return json.dumps(content, separators=(",", ":"), allow_nan=False).encode()


def links_of(request: Request) -> Links:
    """Return the addresses of this router, wherever it is mounted and behind whatever proxy."""
    head, _, _ = request.url.path.partition(f"{PREFIX}/")
    return Links(f"{head}{PREFIX}")


def following(request: Request, offset: int, limit: int, *, more: bool) -> str | None:
    """Return the address of the next part of a list, where there is one."""
    if not more:
        return None
    query = request.url.include_query_params(offset=offset + limit, limit=limit).query
    return f"{request.url.path}?{query}"


def located(address: str) -> Mapping[str, str]:
    """Return the header that says where something is."""
    return {"Location": address}
