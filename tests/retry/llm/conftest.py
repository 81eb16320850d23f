"""A service, settings that lead to it, and cases to ask about."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, TypeAlias

import pytest

from mge_toolkit.core.ports import Candidate, RepairCase
from mge_toolkit.core.results import Attempt, Category, Execution, Failure, Raised
from mge_toolkit.retry.llm.claude import ClaudeFixer, make_claude_fixer
from mge_toolkit.retry.llm.settings import LlmSettings
from mge_toolkit.testing import make_atom
from tests.retry.llm.messages_server import KEY, Answer, MessagesServer

Serve: TypeAlias = Callable[[Mapping[str, Sequence[Answer]] | Sequence[Answer]], MessagesServer]


@pytest.fixture(autouse=True)
def _no_service_but_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what would lead to a real service, and what CI sets."""
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "CI"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return a function that starts a service; every one that was started must have been asked properly."""
    servers: list[MessagesServer] = []
    with ExitStack() as stack:

        def start(script: Mapping[str, Sequence[Answer]] | Sequence[Answer]) -> MessagesServer:
            by_atom = script if isinstance(script, Mapping) else {"*": script}
            server = stack.enter_context(MessagesServer(by_atom))
            servers.append(server)
            return server

        yield start
    assert [mistake for server in servers for mistake in server.mistakes] == []


def settings_for(server: MessagesServer, **given: Any) -> LlmSettings:
    """Return settings that lead to ``server`` and do not wait long."""
    return LlmSettings(**{"base_url": server.url, "api_key": KEY, "timeout": 5.0, "max_retries": 0, **given})


def fixer_for(server: MessagesServer, **given: Any) -> ClaudeFixer:
    """Return a fixer that asks ``server``."""
    return make_claude_fixer(settings_for(server, **given))


def asked(fixer: ClaudeFixer, *cases: RepairCase) -> list[Sequence[Candidate]]:
    """Return what the fixer proposes for each case, all at once, and close it."""

    async def ask() -> list[Sequence[Candidate]]:
        try:
            return await asyncio.gather(*(fixer.candidates(case) for case in cases))
        finally:
            await fixer.close()

    return asyncio.run(ask())


def failure(
    message: str = "NameError: name 'x' is not defined",
    *,
    category: Category = Category.RUNTIME,
    kind: str = "name",
    **fields: Any,
) -> Failure:
    """Return a failure of atom ``a``."""
    return Failure(category=category, kind=kind, message=message, culprit="a", **fields)


def attempt(number: int, code: str, failed: Failure | None, **fields: Any) -> Attempt:
    """Return an attempt; ``fields`` of ``stdout``, ``stderr`` and ``raised`` are of its execution."""
    execution = Execution(
        completed=False,
        exit_code=1,
        **{name: fields.pop(name) for name in ("stdout", "stderr", "raised") if name in fields},
    )
    return Attempt(
        number=number,
        code=code,
        execution=execution,
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        slot=0,
        failure=failed,
        **fields,
    )


def case_of(
    code: str = "print(x)\n",
    *,
    atom_id: str = "a",
    failed: Failure | None = None,
    raised: Raised | None = None,
    earlier: Sequence[Attempt] = (),
    observed: Mapping[str, Any] | None = None,
    dependencies: Mapping[str, str] | None = None,
    tried: frozenset[str] = frozenset(),
    **fields: Any,
) -> RepairCase:
    """Return the case of an atom whose last attempt is ``code``; ``fields`` are the atom's own."""
    last = attempt(len(earlier) + 1, code, failed or failure(line=1), raised=raised, **dict(observed or {}))
    plan_code = earlier[0].code if earlier else code
    return RepairCase(
        atom=make_atom(atom_id, plan_code, **fields),
        dependencies=tuple(make_atom(name, text) for name, text in (dependencies or {}).items()),
        attempts=(*earlier, last),
        tried=tried,
    )
