"""Ask Claude through the ``anthropic`` package, which is imported only here and only when something is asked."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from mge_toolkit.core.errors import MgeError
from mge_toolkit.retry.llm.texts import whole

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

_SAID: Final = 200


class NoAnswerError(MgeError, RuntimeError):
    """A question got no answer.

    ``ends_use`` is true where no other question of this run would get one either. ``unaccounted`` counts the calls
    that may have been billed although nothing came back.
    """

    def __init__(self, reason: str, *, ends_use: bool = False, unaccounted: int = 0) -> None:
        """Keep what follows from it."""
        self.ends_use = ends_use
        self.unaccounted = unaccounted
        super().__init__(reason)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """An answer as it came, and how many calls before it may have been billed too."""

    message: Mapping[str, Any]
    unaccounted: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """Where and how to ask. ``timeout`` (seconds) is of one call; the package's own retries follow it."""

    api_key: str = field(repr=False)
    base_url: str | None = None
    timeout: float = 300.0


@dataclass(slots=True)
class _Calls:
    """The calls that one question made: sent, and refused by the service before it did anything to be billed."""

    sent: int = 0
    refused: int = 0

    @property
    def lost(self) -> int:
        """Return how many may have been billed."""
        return self.sent - self.refused


_calls: ContextVar[_Calls] = ContextVar("calls")


class Messages:
    """The Messages interface of a service, over the network."""

    def __init__(self, access: Access) -> None:
        """Connect when first asked."""
        self._access = access
        self._client: AsyncAnthropic | None = None
        self._reached = False

    async def ask(self, body: Mapping[str, Any], *, retries: int) -> Reply:
        """Return the answer to ``body``. Raises ``NoAnswerError``, which names no key."""
        client = await self._connected()
        calls = _Calls()
        mark = _calls.set(calls)
        patience = self._access.timeout * (retries + 1)
        try:
            # A service may say to come back in an hour, and one that answers a byte a minute never times out.
            async with asyncio.timeout(patience):
                text = await self._sent(client.with_options(max_retries=retries), body)
        except TimeoutError:
            raise NoAnswerError(
                f"no answer came within {patience:g} s, in {calls.sent} calls", unaccounted=calls.lost
            ) from None
        except Exception as error:  # noqa: BLE001 - the package lets errors of other libraries through
            raise self._no_answer(error, calls) from None
        finally:
            _calls.reset(mark)
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            raise NoAnswerError("the answer is no JSON object", unaccounted=calls.lost)
        return Reply(message=message, unaccounted=max(0, calls.lost - 1))

    async def _sent(self, client: AsyncAnthropic, body: Mapping[str, Any]) -> str:
        """Return the text of the service's answer."""
        parameters = dict(body)
        # The package's own signature no longer has it, but the models that take it still do.
        extra = {"temperature": parameters.pop("temperature")} if "temperature" in parameters else None
        raw = await client.messages.with_raw_response.create(**parameters, extra_body=extra)
        self._reached = True
        return str(raw.http_response.text)

    async def close(self) -> None:
        """Close the connections. May be called twice."""
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(RuntimeError, OSError):  # connections of an event loop that has ended
                await client.close()

    async def _connected(self) -> AsyncAnthropic:
        """Return the client. Its package takes a while to import, which the event loop does not wait for."""
        if self._client is not None:
            return self._client
        try:
            await asyncio.to_thread(importlib.import_module, "anthropic")
            if self._client is None:
                self._client = self._open()
        except ImportError as error:
            raise NoAnswerError(
                "the package 'anthropic' is not installed: pip install 'mge-toolkit[llm]'", ends_use=True
            ) from error
        except Exception as error:  # noqa: BLE001 - such as an address that is none
            raise NoAnswerError(f"it cannot be asked: {self._printable(error)}", ends_use=True) from None
        return self._client

    def _open(self) -> AsyncAnthropic:
        from anthropic import AsyncAnthropic, DefaultAsyncHttpxClient

        return AsyncAnthropic(
            api_key=self._access.api_key,
            base_url=self._access.base_url,
            timeout=self._access.timeout,
            http_client=DefaultAsyncHttpxClient(
                event_hooks={"request": [_count_sent], "response": [_count_refused]}
            ),
        )

    def _no_answer(self, error: Exception, calls: _Calls) -> NoAnswerError:
        """Return what an error of the package means."""
        import anthropic

        if isinstance(error, anthropic.APIStatusError):
            self._reached = True
            return NoAnswerError(
                self._status(error),
                ends_use=error.status_code in (401, 402, 403, 404),
                unaccounted=calls.lost,
            )
        if isinstance(error, anthropic.APIConnectionError):
            cause = type(error.__cause__).__name__
            if cause in _UNREACHABLE and not self._reached:
                return NoAnswerError(f"the service cannot be reached ({cause})", ends_use=True)
            if isinstance(error, anthropic.APITimeoutError):
                return NoAnswerError(
                    f"no answer came within {self._access.timeout:g} s, in {calls.sent} calls",
                    unaccounted=calls.lost,
                )
            return NoAnswerError(f"the connection broke ({cause})", unaccounted=calls.lost)
        said = f"{type(error).__name__}: {self._printable(error)}"
        return NoAnswerError(f"the question failed ({said})", unaccounted=calls.lost)

    def _status(self, error: Any) -> str:
        """Return what the service refused, in one line."""
        words = {
            401: "the API key is not accepted",
            402: "the service demands payment",
            403: "the API key has no permission",
            404: "the service does not know the model or the address",
            429: "the service's rate limit is reached",
            529: "the service is overloaded",
        }
        word = words.get(error.status_code, "the service refused the question")
        body = error.body if isinstance(error.body, dict) else {}
        detail = body.get("error")
        said = detail.get("message") if isinstance(detail, dict) else None
        return f"{word} ({error.status_code}{'' if said is None else f': {self._printable(said)}'})"

    def _printable(self, said: object) -> str:
        """Return a service's words as one line, without the key that it may have repeated."""
        line = " ".join(whole(str(said)[:2_000]).replace(self._access.api_key, "[redacted]").split())
        return line if len(line) <= _SAID else f"{line[:_SAID]}…"


_UNREACHABLE: Final = frozenset({"ConnectError", "ConnectTimeout", "ProxyError", "UnsupportedProtocol"})


async def _count_sent(_request: object) -> None:
    _calls.get().sent += 1


async def _count_refused(response: Any) -> None:
    # Other errors of a server may come when the work, or a part of it, is done.
    status = response.status_code
    if (300 <= status < 500 and status != 408) or status in (503, 529):
        _calls.get().refused += 1
