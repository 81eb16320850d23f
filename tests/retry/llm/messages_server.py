"""A local service that speaks the Messages interface by a script: tests run the real package over HTTP."""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self

KEY: Final = "sk-ant-api03-test-key-that-is-not-real-0123456789"

# Models that always think first refuse to be forced to use a tool, and take no temperature.
_THINKING: Final = re.compile(r"claude-(?:fable|mythos|opus|sonnet|haiku)-5")
_ATOM: Final = re.compile(r"^# Atom '([^']*)'", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the service does with one request: it waits, then sends ``body`` under ``status``, or hangs up.

    ``cut`` sends only so many bytes of the body that was announced; ``reset`` breaks the connection at once.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0.0
    cut: int | None = None
    reset: bool = False


def message(
    content: Sequence[Mapping[str, Any]],
    *,
    stop_reason: str = "tool_use",
    usage: Mapping[str, Any] | None = None,
    wait: float = 0.0,
) -> Answer:
    """Answer with a message of these blocks."""
    body = {
        "id": "msg_0123",
        "type": "message",
        "role": "assistant",
        "model": "claude-test",
        "content": list(content),
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": dict(usage or {"input_tokens": 100, "output_tokens": 50}),
    }
    return Answer(body=json.dumps(body).encode("utf-8", "surrogatepass"), wait=wait)


def tool(given: Any, name: str = "propose_fix") -> Mapping[str, Any]:
    """Return the block of a tool's use."""
    return {"type": "tool_use", "id": "toolu_0123", "name": name, "input": given}


def fix(
    code: str,
    explanation: str = "mended line 1",
    confidence: float = 0.8,
    *,
    usage: Mapping[str, Any] | None = None,
    wait: float = 0.0,
) -> Answer:
    """Answer with a well-formed proposal, after a thought."""
    given = {"code": code, "explanation": explanation, "confidence": confidence}
    thought = {"type": "thinking", "thinking": "", "signature": "c2lnbmF0dXJl"}
    return message([thought, tool(given)], usage=usage, wait=wait)


def trouble(status: int, kind: str, said: str = "no", **headers: str) -> Answer:
    """Answer with an error as the service words it."""
    body = {"type": "error", "error": {"type": kind, "message": said}, "request_id": "req_0123"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, body=json.dumps(body).encode(), headers=named)


UNAUTHORIZED: Final = trouble(401, "authentication_error", "invalid x-api-key")
NO_MODEL: Final = trouble(404, "not_found_error", "model: claude-nothing")
OVERLOADED: Final = trouble(529, "overloaded_error", "Overloaded")
RATE_LIMITED: Final = trouble(429, "rate_limit_error", "slow down", retry_after="0.01")
BROKEN: Final = trouble(500, "api_error", "Internal server error")
RESET: Final = Answer(reset=True)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A request as it arrived."""

    path: str
    headers: Mapping[str, str]
    raw: bytes
    body: Mapping[str, Any]

    @property
    def texts(self) -> str:
        """Return all text that was sent, as it reads."""
        content = self.body["messages"][0]["content"]
        return "\n".join(block["text"] for block in [*self.body["system"], *content])

    @property
    def atom(self) -> str | None:
        """Return the id of the atom that it is about."""
        found = _ATOM.search(self.texts)
        return None if found is None else found[1]


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # many atoms ask at once


class MessagesServer:
    """The service, on a port of its own while the ``with`` block lasts.

    ``script`` maps an atom's id (``*``: any other) to its successive answers, of which the last repeats. ``seen``
    are the requests in their order, ``mistakes`` what was wrong with them, ``most_at_once`` how many waited
    together.
    """

    def __init__(self, script: Mapping[str, Sequence[Answer]], key: str = KEY) -> None:
        """Answer by ``script`` to those who know ``key``."""
        self.seen: list[Seen] = []
        self.mistakes: list[str] = []
        self.most_at_once = 0
        self._at_once = 0
        self._script = {atom: list(answers) for atom, answers in script.items()}
        self._key = key
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._http = _Http(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """Return the base address."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening, and whoever still waits."""
        self._closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def answer(self, path: str, headers: Mapping[str, str], raw: bytes) -> Answer:
        """Return what to do with a request, and note it."""
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        with self._lock:
            refused = self._refusal(path, headers, body)
            if refused is not None:
                return refused
            seen = Seen(path=path, headers=headers, raw=raw, body=body)
            self.seen.append(seen)
            name = seen.atom if seen.atom in self._script else "*"
            answers = self._script[str(name)]
            return answers.pop(0) if len(answers) > 1 else answers[0]

    def wait(self, seconds: float) -> None:
        """Let time pass, but not beyond the end."""
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        self._closing.wait(seconds)
        with self._lock:
            self._at_once -= 1

    def _refusal(self, path: str, headers: Mapping[str, str], body: Any) -> Answer | None:
        if path != "/v1/messages":
            self.mistakes.append(f"path {path}")
            return trouble(404, "not_found_error", path)
        # The package sends the key as a bearer; other clients of the interface send it under its own name.
        if self._key not in (
            headers.get("x-api-key"),
            headers.get("authorization", "").removeprefix("Bearer "),
        ):
            return UNAUTHORIZED
        if "anthropic-version" not in headers:
            self.mistakes.append("no anthropic-version")
            return trouble(400, "invalid_request_error", "anthropic-version: header is required")
        mistakes = list(_mistakes(body))
        self.mistakes.extend(mistakes)
        return trouble(400, "invalid_request_error", "; ".join(mistakes)) if mistakes else None


def _mistakes(body: Any) -> list[str]:
    """Return what the service would find wrong with a request."""
    if not isinstance(body, dict):
        return ["the body is no JSON object"]
    found = [name for name in ("model", "max_tokens", "messages") if name not in body]
    if found:
        return [f"{name}: field required" for name in found]
    blocks = [*body.get("system", []), *(b for m in body["messages"] for b in m["content"])]
    tools = body.get("tools", [])
    rules = {
        "max_tokens": isinstance(body["max_tokens"], int) and body["max_tokens"] > 0,
        "messages: begin and end with the user": [m["role"] for m in body["messages"]] == ["user"],
        "text: must not be empty": all(block["text"].strip() for block in blocks),
        "cache_control: at most 4": sum("cache_control" in block for block in [*blocks, *tools]) <= 4,
        "tools: an object's schema": all(tool["input_schema"]["type"] == "object" for tool in tools),
        "unknown field": set(body) <= _FIELDS,
    }
    if _THINKING.match(body["model"]):
        rules["temperature is deprecated for this model"] = "temperature" not in body
        rules["tool_choice forces tool use"] = body.get("tool_choice", {}).get("type") in (
            None,
            "auto",
            "none",
        )
    return [rule for rule, kept in rules.items() if not kept]


_FIELDS: Final = frozenset(
    ("model", "max_tokens", "messages", "system", "tools", "tool_choice", "temperature", "output_config")
)


def _handler(server: MessagesServer) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = server.answer(self.path, headers, raw)
            server.wait(answer.wait)
            if answer.reset:
                self.close_connection = True
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.connection.close()
                return
            try:
                self._send(answer)
            except OSError:  # whoever asked has gone
                self.close_connection = True

        def _send(self, answer: Answer) -> None:
            self.send_response(answer.status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer.body)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body[: answer.cut])
            self.wfile.flush()
            if answer.cut is not None:
                self.close_connection = True

        def finish(self) -> None:
            try:
                super().finish()
            except (OSError, ValueError):  # a connection that was reset
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
            """Say nothing."""

    return Handler
