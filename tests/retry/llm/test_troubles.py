"""What services, networks and models do wrong: no candidate, a reason, and never an exception."""

from __future__ import annotations

import asyncio
import builtins
import json
import socket
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mge_toolkit.core.results import Spending
from mge_toolkit.retry.llm.answers import Proposal, Unusable, essence, proposal_in, usage_of
from mge_toolkit.retry.llm.claude import make_claude_fixer
from mge_toolkit.retry.llm.settings import LlmSettings
from tests.retry.llm.conftest import Serve, asked, case_of, fixer_for
from tests.retry.llm.messages_server import (
    BROKEN,
    KEY,
    NO_MODEL,
    OVERLOADED,
    RATE_LIMITED,
    RESET,
    UNAUTHORIZED,
    Answer,
    fix,
    message,
    tool,
    trouble,
)

GOOD: dict[str, Any] = {"code": "y", "explanation": "did it", "confidence": 0.5}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (message([{"type": "text", "text": "Try y."}], stop_reason="end_turn"), "answered in prose"),
        (message([], stop_reason="end_turn"), "answered in prose"),
        (message([tool(GOOD, name="run")]), "a tool that it was not given: 'run'"),
        (message([tool('{"code": "y"')]), "the tool's input is no object"),
        (message([tool([1, 2])]), "the tool's input is no object"),
        (message([tool({**GOOD, "code": " "})]), "'code' is no proper text"),
        (message([tool({**GOOD, "code": ["y"]})]), "'code' is no proper text"),
        (message([tool({**GOOD, "code": "\ud800"})]), "'code' is no proper text"),
        (message([tool({**GOOD, "code": "y" * 500_000})]), "500000 characters of code"),
        (message([tool({"code": "y", "confidence": 1})]), "'explanation' is no proper text"),
        (message([tool({**GOOD, "confidence": "high"})]), "'confidence' is no number"),
        (message([tool({**GOOD, "confidence": True})]), "'confidence' is no number"),
        (message([tool({**GOOD, "confidence": 85})]), "'confidence' is not between 0 and 1"),
        (message([tool({**GOOD, "confidence": float("nan")})]), "'confidence' is no number"),
        (message([tool(GOOD)], stop_reason="max_tokens"), "cut off at the limit of tokens"),
        (message([], stop_reason="refusal"), "refused to answer"),
        (message([tool(GOOD)], stop_reason="model_context_window_exceeded"), "do not fit"),
    ],
)
def test_a_malformed_answer_is_a_reason_and_its_cost_is_kept(
    serve: Serve, answer: Answer, reason: str
) -> None:
    fixer = fixer_for(serve([answer]))
    assert asked(fixer, case_of()) == [[]]
    (line,) = fixer.take_reasons("a")
    assert reason in line
    spent = fixer.take_spending("a")
    assert spent is not None
    assert (spent.input_tokens, spent.output_tokens) == (100, 50)
    assert fixer.unavailable is None


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (RATE_LIMITED, "rate limit is reached (429: slow down)"),
        (BROKEN, "refused the question (500"),
        (OVERLOADED, "overloaded (529"),
        (trouble(400, "invalid_request_error", "prompt is too long"), "(400: prompt is too long)"),
        (Answer(body=b"<html>"), "no JSON object"),
        (Answer(body=b"[1]"), "no JSON object"),
        (Answer(body=b"[" * 100_000), "no JSON object"),
        (Answer(body=fix("y").body, cut=40), "the connection broke"),
        (RESET, "the connection broke"),
        (fix("y", wait=3), "no answer came within 0.4 s"),
    ],
)
def test_a_passing_trouble_is_a_reason_and_the_next_question_is_asked(
    serve: Serve, answer: Answer, reason: str
) -> None:
    fixer = fixer_for(serve([answer, fix("y")]), timeout=0.4)
    assert asked(fixer, case_of()) == [[]]
    (line,) = fixer.take_reasons("a")
    assert reason in line
    assert fixer.take_spending("a") is None
    assert fixer.unavailable is None
    assert [c.code for c in asked(fixer, case_of())[0]] == ["y"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (UNAUTHORIZED, "the API key is not accepted (401: invalid x-api-key)"),
        (trouble(402, "billing_error"), "the service demands payment (402: no)"),
        (trouble(403, "permission_error"), "the API key has no permission (403: no)"),
        (NO_MODEL, "the service does not know the model or the address (404: model: claude-nothing)"),
    ],
)
def test_what_no_other_question_would_get_past_ends_its_use(
    serve: Serve, answer: Answer, reason: str
) -> None:
    server = serve([answer])
    fixer = fixer_for(server)
    assert asked(fixer, case_of()) == [[]]
    assert fixer.unavailable == reason
    assert asked(fixer, case_of(), case_of(atom_id="b")) == [[], []]
    assert len(server.seen) == 1


def test_passing_troubles_are_repeated_by_the_package(serve: Serve) -> None:
    server = serve([RATE_LIMITED, trouble(529, "overloaded_error", retry_after="0.01"), fix("y")])
    ((candidate,),) = asked(fixer_for(server, max_retries=2), case_of())
    assert candidate.code == "y"
    assert [seen.headers["x-stainless-retry-count"] for seen in server.seen] == ["0", "1", "2"]


def test_the_package_repeats_no_more_than_it_may(serve: Serve) -> None:
    server = serve([RATE_LIMITED])
    assert asked(fixer_for(server, max_retries=1), case_of()) == [[]]
    assert len(server.seen) == 2


def test_a_service_that_says_to_come_back_in_an_hour_is_not_waited_for(serve: Serve) -> None:
    server = serve([trouble(429, "rate_limit_error", retry_after="3600")])
    fixer = fixer_for(server, max_retries=1, timeout=0.3)
    assert asked(fixer, case_of()) == [[]]
    assert "no answer came within 0.6 s" in fixer.take_reasons("a")[0]


def test_without_a_key_nothing_is_imported_or_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    fixer = make_claude_fixer(LlmSettings())
    assert fixer.unavailable == "there is no API key: set ANTHROPIC_API_KEY"
    assert asked(fixer, case_of()) == [[]]


def test_without_a_network_it_says_so_once() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    settings = LlmSettings(base_url=f"http://127.0.0.1:{port}", api_key=KEY, max_retries=0)
    fixer = make_claude_fixer(settings)
    assert asked(fixer, case_of()) == [[]]
    assert fixer.unavailable == "the service cannot be reached (ConnectError)"
    assert fixer.budget.committed.tokens == 0


def test_a_service_that_was_reached_before_is_asked_again(serve: Serve) -> None:
    server = serve([replace(fix("y"), headers={"connection": "close"})])
    fixer = fixer_for(server)

    async def ask() -> None:
        assert await fixer.candidates(case_of())
        server.__exit__(None, None, None)
        assert not await fixer.candidates(case_of())
        await fixer.close()

    asyncio.run(ask())
    assert fixer.unavailable is None
    assert len(fixer.take_reasons("a")) == 1


@pytest.mark.parametrize("address", ["http://[::1", "https://host:port/"])
def test_an_address_that_is_none_ends_its_use(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", address)
    fixer = make_claude_fixer(LlmSettings(api_key=KEY))
    assert asked(fixer, case_of()) == [[]]
    assert fixer.unavailable is not None
    assert fixer.unavailable.startswith("it cannot be asked: ")


@pytest.mark.parametrize("key", [f"{KEY}\x01\x02", f"{KEY}é", f"{KEY[:20]}\n{KEY[20:]}"])
def test_a_key_that_cannot_be_sent_shows_nowhere(serve: Serve, key: str) -> None:
    fixer = fixer_for(serve([fix("y")]), api_key=key)
    assert asked(fixer, case_of()) == [[]]
    said = [*fixer.take_reasons("a"), fixer.unavailable or ""]
    assert any(said)
    assert not [line for line in said if KEY[:20] in line]


def test_without_the_package_it_names_the_extra(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anthropic", None)
    fixer = fixer_for(serve([fix("y")]))
    assert asked(fixer, case_of()) == [[]]
    assert fixer.unavailable == "the package 'anthropic' is not installed: pip install 'mge-toolkit[llm]'"


def test_the_key_shows_nowhere(serve: Serve) -> None:
    echo = trouble(400, "invalid_request_error", f"your key {KEY} is odd")
    fixer = fixer_for(serve([echo]))
    asked(fixer, case_of())
    settings = LlmSettings(api_key=KEY)
    shown = [repr(settings), str(settings), repr(fixer), repr(vars(fixer)), *fixer.take_reasons("a")]
    assert not [text for text in shown if KEY in text]


def test_a_cancelled_question_counts_as_spent(serve: Serve) -> None:
    fixer = fixer_for(serve([fix("y", wait=5)]))

    async def cancel() -> None:
        task = asyncio.create_task(asyncio.wait_for(fixer.candidates(case_of()), 0.5))
        with pytest.raises(TimeoutError):
            await task
        await fixer.close()

    asyncio.run(cancel())
    assert fixer.budget.committed.tokens > 16_000


any_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.just("propose_fix"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
blocks = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "tool_use", "thinking"])},
    optional={"name": st.just("propose_fix") | any_json, "input": any_json, "text": any_json},
)
messages = st.fixed_dictionaries(
    {}, optional={"content": any_json | st.lists(blocks), "usage": any_json, "stop_reason": any_json}
)


@given(messages)
def test_whatever_is_answered_reads_without_an_exception(given_message: dict[str, Any]) -> None:
    answer = essence(given_message)
    assert isinstance(proposal_in(answer), Proposal | Unusable)
    assert usage_of(answer) is None or isinstance(usage_of(answer), Spending)
    json.dumps(answer, allow_nan=False, ensure_ascii=False).encode("utf-8")


@pytest.mark.parametrize(
    ("code", "read"),
    [
        ("```python\nx = 1\n```", "x = 1\n"),
        ("\n```\nx = 1\n```\n", "x = 1\n"),
        ("s = '''\n```\n'''\n", "s = '''\n```\n'''\n"),
        ("x = 1", "x = 1"),
    ],
)
def test_a_fence_around_the_whole_code_is_taken_off(code: str, read: str) -> None:
    proposal = proposal_in({"content": [tool({**GOOD, "code": code})]})
    assert isinstance(proposal, Proposal)
    assert proposal.code == read


def test_an_explanation_becomes_one_printable_line() -> None:
    proposal = proposal_in({"content": [tool({**GOOD, "explanation": f"a\n\x1b[31mb {'c' * 999}"})]})
    assert isinstance(proposal, Proposal)
    assert proposal.explanation.isprintable()
    assert len(proposal.explanation) == 300


def test_builtin_import_is_not_needed_to_make_a_fixer(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def guarded(name: str, *rest: Any, **named: Any) -> Any:
        assert not name.startswith("anthropic"), "imported before it is used"
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", guarded)
    assert make_claude_fixer(LlmSettings(api_key=KEY)).unavailable is None
