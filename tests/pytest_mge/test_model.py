"""A session that asks a language model: the real package over HTTP to a local service, budgets, cassettes."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

import pytest

from tests.pytest_mge.conftest import Sessions
from tests.retry.llm.messages_server import KEY, UNAUTHORIZED, MessagesServer, fix

PLAN = """\
masterplan: sorting
atoms:
  rank:
    description: Sorts words by their length, then by the alphabet.
    code: |
      def rank(words):
          return words
    check: |
      assert rank(["pear", "fig", "kiwi", "apple"]) == ["fig", "kiwi", "pear", "apple"]
"""
GOOD = "def rank(words):\n    return sorted(words, key=lambda word: (len(word), word))\n"
BAD = "def rank(words):\n    return sorted(words, reverse=True)\n"
GAMING = 'def rank(words):\n    return ["fig", "kiwi", "pear", "apple"]\n'
ASK = (
    "--mge-sandbox",
    "local",
    "--mge-repair",
    "llm",
    "--mge-wave-threshold",
    "0",
    "--mge-repair-seconds",
    "0",
)


@pytest.fixture
def sorting(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> Sessions:
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "CI"):
        monkeypatch.delenv(name, raising=False)
    sessions.plan(PLAN)
    return sessions


@pytest.fixture
def served(sorting: Sessions, monkeypatch: pytest.MonkeyPatch) -> Iterator[MessagesServer]:
    with MessagesServer({"rank": [fix(BAD), fix(GOOD, "sorted by length, then by the alphabet")]}) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        yield server
    assert server.mistakes == []


def test_a_model_heals_and_its_cost_is_shown(sorting: Sessions, served: MessagesServer) -> None:
    result = sorting.run_plan(*ASK, "-v", "--junitxml=j.xml")
    result.assert_outcomes(passed=1)
    assert result.parseoutcomes()["rerun"] == 2
    result.stdout.fnmatch_lines_random(
        [
            "*::rank RERUN (runtime → regenerate → claude)*",
            "healed rank by claude (confidence 0.??): sorted by length, then by the alphabet",
            "+    return sorted(words, key=lambda word: (len(word), word))",
            "repair: healed 1 · <$0.01 · 1 passed only because of healed code",
        ]
    )
    case = ElementTree.parse(sorting.path / "j.xml").getroot().find(".//testcase")
    assert case is not None
    assert [child.tag for child in case if child.tag != "properties"] == ["flakyFailure", "flakyFailure"]
    assert len(served.seen) == 2
    assert KEY not in result.stdout.str()


def test_a_cassette_replays_without_key_and_without_service(
    sorting: Sessions, served: MessagesServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    cassette = ("--mge-cassette", "answers.yaml")
    sorting.run_plan(*ASK, *cassette, "--mge-patch", "one.patch").assert_outcomes(passed=1)
    recorded = (sorting.path / "answers.yaml").read_bytes()
    assert KEY.encode() not in recorded
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name)
    asked = len(served.seen)
    monkeypatch.setenv("CI", "true")
    sorting.run_plan(*ASK, *cassette, "--mge-patch", "two.patch").assert_outcomes(passed=1)
    assert len(served.seen) == asked
    assert (sorting.path / "answers.yaml").read_bytes() == recorded
    assert (sorting.path / "one.patch").read_bytes() == (sorting.path / "two.patch").read_bytes() != b""


def test_a_missing_recording_is_named(sorting: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    result = sorting.run_plan(*ASK, "--mge-cassette", "answers.yaml")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["given up: *rank*"])


def test_without_a_key_nothing_is_said_where_nothing_failed(sorting: Sessions) -> None:
    sorting.plan("masterplan: fine\natoms:\n  one: {code: x = 1}\n")
    result = sorting.run_plan(*ASK)
    result.assert_outcomes(passed=1)
    assert "the language model" not in result.stdout.str()


def test_without_a_key_one_line_says_so(sorting: Sessions) -> None:
    result = sorting.run_plan(*ASK)
    result.assert_outcomes(failed=1)
    said = [line for line in result.outlines if line.startswith("the language model could not be asked: ")]
    assert len(said) == 1
    assert "ANTHROPIC_API_KEY" in said[0]


def test_a_key_that_is_refused_ends_the_asking(sorting: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    with MessagesServer({"*": [UNAUTHORIZED]}) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        result = sorting.run_plan(*ASK)
        assert len(server.seen) == 1
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["the language model could not be asked: *"])


def test_a_budget_that_has_no_room_asks_nothing(sorting: Sessions, served: MessagesServer) -> None:
    result = sorting.run_plan(*ASK, "--mge-budget-usd", "0.001")
    result.assert_outcomes(failed=1)
    assert served.seen == []
    result.stdout.fnmatch_lines(["given up: *budget*"])


def test_an_answer_that_games_the_check_is_refused(
    sorting: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    with MessagesServer({"rank": [fix(GAMING)]}) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        result = sorting.run_plan(*ASK)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E   runtime/refused: passed, but was refused: it *"])
