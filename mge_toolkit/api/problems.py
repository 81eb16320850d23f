"""Every refusal as a problem document (RFC 9457): one table of kinds, one form for all of them."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, TypeAlias

from fastapi.exceptions import HTTPException, RequestValidationError
from starlette.exceptions import HTTPException as PlainHTTPException
from starlette.requests import Request
from starlette.responses import Response

from mge_toolkit.core.errors import (
    MgeError,
    PlanError,
    RecordsError,
    SandboxUnavailableError,
    UnknownAtomError,
    UnknownRunError,
)

Responses: TypeAlias = dict[int | str, dict[str, Any]]
"""What an operation may answer with, by status, as its description states it."""

logger = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
PREFIX: Final = "urn:mge:problem:"
SHOWN: Final = 100
"""How many of a body's mistakes are listed."""

KINDS: Final[Mapping[str, tuple[int, str]]] = {
    "malformed": (400, "The request cannot be read"),
    "unauthorized": (401, "A token is needed"),
    "not-found": (404, "There is nothing at this address"),
    "unknown-masterplan": (404, "There is no such masterplan"),
    "unknown-atom": (404, "There is no such atom"),
    "unknown-wave": (404, "There is no such wave"),
    "unknown-run": (404, "There is no such run"),
    "unknown-event": (404, "There is no such event"),
    "method-not-allowed": (405, "This method is not for this address"),
    "body-too-slow": (408, "The body took too long to arrive"),
    "ambiguous-atom": (409, "Several masterplans have this atom"),
    "masterplan-exists": (409, "Another masterplan has this name"),
    "too-many-masterplans": (409, "No more masterplans are taken"),
    "run-ended": (409, "The run has ended"),
    "body-too-large": (413, "The body is too large"),
    "unsupported-media-type": (415, "This kind of body is not taken"),
    "misdirected": (421, "This service does not go by that name"),
    "invalid": (422, "The request has mistakes"),
    "invalid-masterplan": (422, "The masterplan has mistakes"),
    "busy": (429, "Too much is going on"),
    "internal": (500, "The service failed"),
    "records-unavailable": (503, "The records cannot be used"),
    "sandbox-unavailable": (503, "The sandbox cannot be used"),
    "not-ready": (503, "The service is not ready"),
    "shutting-down": (503, "The service is shutting down"),
}

SCHEMA: Final[Mapping[str, Any]] = {
    "title": "Problem",
    "description": "Problem details as in RFC 9457.",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "enum": [PREFIX + kind for kind in KINDS]},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What is wrong, and what would mend it."},
        "instance": {"type": "string"},
        "errors": {
            "description": "Each mistake in what was sent, and where it is.",
            "type": "array",
            "items": {
                "type": "object",
                "required": ["where", "message"],
                "properties": {"where": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "choices": {
            "description": "What may be said instead.",
            "type": "array",
            "items": {"type": "string"},
        },
    },
}


class Problem(HTTPException):
    """A refusal. ``more`` are further members of its document: ``errors`` or ``choices``."""

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **more: Sequence[object],
    ) -> None:
        """Refuse for the reason ``kind``, one of :data:`KINDS`."""
        status, self.title = KINDS[kind]
        self.kind = kind
        self.more = more
        super().__init__(status, detail, dict(headers or {}))

    def document(self, instance: str) -> dict[str, Any]:
        """Return the document; ``instance`` is the address that was asked."""
        head = {"type": PREFIX + self.kind, "title": self.title, "status": self.status_code}
        return {**head, "detail": self.detail, "instance": instance, **self.more}


def respond(problem: Problem, request: Request) -> Response:
    """Return the response that says ``problem``."""
    body = json.dumps(problem.document(request.url.path))
    return Response(body, problem.status_code, problem.headers, media_type=MEDIA_TYPE)


def problem_for(error: Exception) -> Problem:
    """Return the problem that an error amounts to; one that nobody foresaw is logged and told to nobody."""
    match error:
        case Problem():
            return error
        case RequestValidationError():
            return _invalid(error)
        case PlainHTTPException():
            return _plain(error)
        case PlanError():
            return invalid_masterplan(error)
        case UnknownAtomError():
            return Problem("unknown-atom", str(error))
        case UnknownRunError():
            return Problem("unknown-run", str(error))
        case RecordsError():
            return Problem("records-unavailable", str(error))
        case SandboxUnavailableError() | MgeError():
            return Problem("sandbox-unavailable", str(error))
    logger.error("a request failed", exc_info=error)
    return Problem("internal", "this is a mistake of the service: its log says where; please report it")


def invalid_masterplan(error: PlanError) -> Problem:
    """Return the problem of a plan with mistakes: all of them, each with its place."""
    errors = [
        {
            "where": str(problem.position),
            "message": f"{'' if problem.atom_id is None else f'atom {problem.atom_id!r}: '}{problem.message}",
        }
        for problem in error.problems[:SHOWN]
    ]
    number = len(error.problems)
    detail = f"{number} mistake{'s' * (number != 1)}, nothing was taken"
    return Problem("invalid-masterplan", detail, errors=errors)


def declared(*kinds: str) -> Responses:
    """Return, for the API's description, the problems that an operation may answer with, by status."""
    found: Responses = {}
    for kind in kinds:
        status, title = KINDS[kind]
        before = f"{found[status]['description']}; " if status in found else ""
        found[status] = {
            "description": f"{before}{title}",
            "content": {MEDIA_TYPE: {"schema": dict(SCHEMA)}},
        }
    return found


def _invalid(error: RequestValidationError) -> Problem:
    found = error.errors()
    if found and found[0]["type"] == "json_invalid":
        return Problem("malformed", f"the body is not JSON: {found[0]['ctx']['error']}")
    errors = [
        {"where": ".".join(str(part) for part in item["loc"]), "message": item["msg"]}
        for item in found[:SHOWN]
    ]
    number = len(found)
    return Problem("invalid", f"{number} mistake{'s' * (number != 1)} in the request", errors=errors)


def _plain(error: PlainHTTPException) -> Problem:
    """Return the problem for what the framework itself refuses."""
    match error.status_code:
        case 404:
            return Problem("not-found", "check the address, or see /openapi.json for what there is")
        case 405:
            allowed = (error.headers or {}).get("Allow", "")
            return Problem("method-not-allowed", f"use one of: {allowed}", headers=error.headers)
        case status if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return Problem("malformed", str(error.detail))
    return Problem("internal", "this is a mistake of the service: its log says where; please report it")
