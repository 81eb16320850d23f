"""What a program writes to its streams or its report costs the host no more than reading it once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mge_toolkit.core.jobs import Job, ProcessExit
from mge_toolkit.core.results import Stream
from mge_toolkit.sandbox.languages import builtin_languages
from mge_toolkit.sandbox.languages.javascript.deno import DenoLanguage
from mge_toolkit.sandbox.languages.reports import TEXT_LIMIT, read_report
from tests.jobs import Bench, make_job, result_of

LONG = 1_000_000
# Each of these took the host tens of seconds, and now takes milliseconds.
pytestmark = pytest.mark.timeout(15)


LANGUAGES = {one.name: one for one in builtin_languages() if isinstance(one, DenoLanguage)}


def reported(job: Job, **raised: Any) -> ProcessExit:
    """Return the end of a program that knew its nonce and wrote ``raised`` itself."""
    report = {
        "nonce": LANGUAGES["javascript"].nonces.nonce(job),
        "completed": False,
        "segment": ["a", "code"],
        "raised": {"type": "Error", "bases": [], "message": "no", "stack": "", "causes": [], **raised},
        "limit": None,
        "flags": [],
        "phase": raised.pop("phase", "run"),
        "final": True,
        "result": None,
    }
    return ProcessExit(report=json.dumps(report).encode(), exit_code=1)


def test_words_about_top_level_await_cost_nothing() -> None:
    job = make_job("await new Promise(() => {})", language="javascript")
    deno = LANGUAGES["javascript"]
    text = "Top-level await " + "file://" * 4000 + "x" * LONG
    report = {"nonce": deno.nonces.nonce(job), "flags": [], "segment": ["a", "code"], "final": False}
    ended = ProcessExit(
        report=json.dumps(report).encode(),
        exit_code=1,
        stderr=Stream(data=text.encode(), total=len(text)),
    )
    reading = deno.read(job, ended)
    assert reading.raised is not None
    assert reading.raised.type == "UnsettledTopLevelAwait"


def test_type_errors_that_a_program_wrote_cost_nothing() -> None:
    job = make_job("const x = 1", language="typescript", typecheck=True)
    text = "TS1 [ERROR]: no\n" * (LONG // 16)
    ended = ProcessExit(report=None, exit_code=1, stderr=Stream(data=text.encode(), total=len(text)))
    assert LANGUAGES["typescript"].read(job, ended).raised is None
    text = "TS1 [ERROR]: no\n    at file:///x:99999999999999999999:1\n" * (LONG // 64)
    ended = ProcessExit(report=None, exit_code=1, stderr=Stream(data=text.encode(), total=len(text)))
    assert LANGUAGES["typescript"].read(job, ended).raised is None


@pytest.mark.parametrize("phase", ["run", "load"])
@pytest.mark.parametrize(
    "text",
    [
        "file://" * (LONG // 7),
        " " * LONG + "x",
        "    at f (file:///.mge-program.js:2:1)\n" * (LONG // 40),
        ".mge-program.js:" + "9" * 5000 + ":1\n    at file:///.mge-program.js:" + "9" * 5000 + ":1",
    ],
    ids=["prefixes", "spaces", "frames", "digits"],
)
def test_a_long_stack_costs_nothing(text: str, phase: str) -> None:
    job = make_job("const x = 1;\n" * 20_000, language="javascript")
    for key in ("stack", "message", "type"):
        reading = LANGUAGES["javascript"].read(job, reported(job, phase=phase, **{key: text}))
        assert reading.raised is not None
        assert len(reading.raised.frames) <= 64
        assert len(reading.raised.traceback) <= 2 * TEXT_LIMIT
        assert len(reading.raised.message) <= TEXT_LIMIT
    reading = LANGUAGES["javascript"].read(job, reported(job, causes=[text] * 9, bases=[text] * 66))
    assert reading.raised is not None
    assert len(reading.raised.bases) <= 64


def test_texts_of_a_report_are_cut() -> None:
    long = "x" * LONG
    raised = {"type": long, "message": long, "bases": [long] * 66, "frames": [], "traceback": long}
    report = {"nonce": "n", "flags": [], "raised": raised, "result": {"repr": long}}
    reading = read_report(make_job("x = 1"), json.dumps(report).encode(), "n")
    assert reading.raised is not None
    assert reading.result is not None
    texts = [reading.raised.type, reading.raised.message, reading.raised.traceback, *reading.raised.bases]
    assert {len(text) for text in [*texts, reading.result.repr or ""]} == {TEXT_LIMIT}
    assert len(reading.raised.bases) <= 64


@pytest.mark.parametrize("name", ["javascript", "typescript"])
def test_the_runner_is_gone_when_the_program_runs(bench: Bench, name: str) -> None:
    code = (
        "const result = [...Deno.readDirSync('.')].map((one) => one.name).filter((one) => /runner/.test(one))"
    )
    assert result_of(bench.run(code, language=name)) == []
    assert result_of(bench.run(code, language=name, typecheck=True)) == []
