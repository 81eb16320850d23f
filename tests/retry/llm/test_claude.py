"""Claude over HTTP: what is asked and proposed."""

from __future__ import annotations

import asyncio
import typing

import pytest
from anthropic._data import DEPRECATED_MODELS
from anthropic.types import Model

from mge_toolkit.core.ports import ModelFixer, RepairLevel
from mge_toolkit.core.results import Spending
from mge_toolkit.retry.llm.claude import make_claude_fixer
from mge_toolkit.retry.llm.models import DEFAULT_MODEL, KNOWN
from mge_toolkit.retry.llm.prices import load_prices
from mge_toolkit.retry.llm.settings import LlmSettings
from tests.retry.llm.conftest import Serve, asked, case_of, fixer_for
from tests.retry.llm.messages_server import KEY, fix


def listed_models() -> set[str]:
    """Return the models that the package knows."""
    return {
        name for part in typing.get_args(Model) for name in typing.get_args(part) if isinstance(name, str)
    }


def test_the_default_model_is_a_current_one() -> None:
    assert DEFAULT_MODEL in listed_models()
    assert DEFAULT_MODEL not in DEPRECATED_MODELS
    assert DEFAULT_MODEL in load_prices().prices


def test_every_listed_model_has_known_abilities() -> None:
    assert listed_models() <= KNOWN.keys()


def test_prices_are_of_listed_models_and_most_listed_models_have_one() -> None:
    prices = load_prices().prices
    assert prices.keys() <= listed_models()
    assert listed_models() - prices.keys() <= {"claude-mythos-5-2", "claude-mythos-preview"}


def test_an_answer_becomes_a_candidate(serve: Serve) -> None:
    usage = {
        "input_tokens": 1000,
        "output_tokens": 200,
        "cache_creation_input_tokens": 400,
        "cache_read_input_tokens": 3000,
    }
    server = serve([fix("x = 1\nprint(x)\n", "bound 'x' on line 1", 0.9, usage=usage)])
    fixer: ModelFixer = fixer_for(server)
    assert (fixer.name, fixer.level, fixer.model) == ("claude", RepairLevel.LLM, DEFAULT_MODEL)
    ((candidate,),) = asked(fixer_for(server), case_of())
    assert candidate.code == "x = 1\nprint(x)\n"
    assert candidate.source == "claude"
    assert candidate.explanation == "bound 'x' on line 1"
    assert candidate.confidence == 0.9
    assert candidate.spending == Spending(
        input_tokens=1000,
        output_tokens=200,
        cache_write_tokens=400,
        cache_read_tokens=3000,
        usd=pytest.approx(0.002 + 0.002 + 0.001 + 0.0003),  # type: ignore[arg-type]
    )
    (seen,) = server.seen
    assert KEY in seen.headers["authorization"]
    assert seen.body["model"] == DEFAULT_MODEL
    assert seen.body["tools"][0]["name"] == "propose_fix"


def test_the_shared_parts_are_marked_for_the_cache(serve: Serve) -> None:
    server = serve([fix("y")])
    asked(fixer_for(server, context="A shop."), case_of())
    body = server.seen[0].body
    assert [("cache_control" in block) for block in body["system"]] == [False, True]
    assert "A shop." in body["system"][1]["text"]
    assert [("cache_control" in block) for block in body["messages"][0]["content"]] == [True, False]


def test_what_is_cached_is_the_same_over_an_atoms_attempts(serve: Serve) -> None:
    server = serve([fix("y")])
    first = case_of("print(x)")
    second = case_of("print(x + 1)", earlier=first.attempts)
    asked(fixer_for(server), first, second)
    cached = [(seen.body["system"], seen.body["messages"][0]["content"][0]) for seen in server.seen]
    assert cached[0] == cached[1]
    assert server.seen[0].body != server.seen[1].body


@pytest.mark.parametrize(
    ("model", "choice"),
    [
        ("claude-sonnet-5-5", "auto"),
        ("claude-haiku-4-5", "tool"),
        ("claude-opus-4-8", "tool"),
        ("other", "auto"),
    ],
)
def test_the_tool_is_forced_where_the_model_takes_it(serve: Serve, model: str, choice: str) -> None:
    server = serve([fix("y")])
    asked(fixer_for(server, model=model), case_of())
    assert server.seen[0].body["tool_choice"]["type"] == choice
    assert server.seen[0].body["tools"][0].get("strict", False) is (model != "other")


def test_temperatures_follow_their_schedule(serve: Serve) -> None:
    server = serve([fix("y")])
    cases = [case_of("0")]
    for number in (1, 2, 3):
        cases.append(case_of(str(number), earlier=cases[-1].attempts))
    for case in cases:
        asked(fixer_for(server, model="claude-sonnet-4-6", temperatures=(0.0, 0.5, 1.0)), case)
    assert [seen.body["temperature"] for seen in server.seen] == [0.0, 0.5, 1.0, 1.0]


def test_efforts_follow_their_schedule_and_no_temperature_is_sent(serve: Serve) -> None:
    server = serve([fix("y")])
    first = case_of("0")
    for case in (first, case_of("1", earlier=first.attempts)):
        asked(fixer_for(server, efforts=("low", "high")), case)
    assert [seen.body["output_config"]["effort"] for seen in server.seen] == ["low", "high"]
    assert all("temperature" not in seen.body for seen in server.seen)


def test_samples_are_asked_at_once_and_each_code_comes_once(serve: Serve) -> None:
    answers = [
        fix("one", confidence=0.2, wait=0.3),
        fix("two", confidence=0.7, wait=0.3),
        fix("one", wait=0.3),
    ]
    server = serve(answers)
    fixer = fixer_for(server, samples=3)
    (found,) = asked(fixer, case_of())
    assert server.most_at_once == 3
    assert {candidate.code for candidate in found} == {"one", "two"}
    assert [candidate.confidence for candidate in found] == sorted(
        (c.confidence for c in found), reverse=True
    )
    unclaimed = fixer.take_spending("a")
    spent = [candidate.spending for candidate in found]
    assert unclaimed is not None
    assert sum(s.input_tokens for s in spent if s is not None) + unclaimed.input_tokens == 300
    assert fixer.take_reasons("a") == ("claude: it proposed code that was proposed before",)


def test_code_that_failed_or_was_tried_is_not_proposed(serve: Serve) -> None:
    server = serve([fix("print(x)\n"), fix("tried before"), fix("new")])
    fixer = fixer_for(server, samples=3)
    (found,) = asked(fixer, case_of("print(x)\n", tried=frozenset({"tried before"})))
    assert [candidate.code for candidate in found] == ["new"]
    assert set(fixer.take_reasons("a")) == {  # three questions at once may be answered in any order
        "claude: it proposed the code that failed",
        "claude: it proposed code that was proposed before",
    }
    spent = fixer.take_spending("a")
    assert spent is not None
    assert (spent.input_tokens, spent.output_tokens) == (200, 100)
    assert fixer.take_spending("a") is None
    assert fixer.take_reasons("a") == ()


def test_the_address_and_the_key_come_from_the_environment(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve([fix("y")])
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    ((candidate,),) = asked(make_claude_fixer(LlmSettings()), case_of())
    assert candidate.code == "y"


def test_a_successions_of_answers_is_replayed_per_atom(serve: Serve) -> None:
    server = serve({"a": [fix("a1"), fix("a2")], "b": [fix("b1")]})
    first = case_of("a0")
    assert asked(fixer_for(server), first)[0][0].code == "a1"
    assert asked(fixer_for(server), case_of("b0", atom_id="b"))[0][0].code == "b1"
    assert asked(fixer_for(server), case_of("a1", earlier=first.attempts))[0][0].code == "a2"


def test_one_fixer_serves_many_atoms_at_once_and_may_be_closed_twice(serve: Serve) -> None:
    server = serve({f"a{n}": [fix(f"fixed {n}")] for n in range(20)})
    fixer = fixer_for(server)
    found = asked(fixer, *(case_of(atom_id=f"a{n}") for n in range(20)))
    assert [candidates[0].code for candidates in found] == [f"fixed {n}" for n in range(20)]
    asyncio.run(fixer.close())


def test_code_too_long_to_be_written_anew_is_not_sent(serve: Serve) -> None:
    server = serve([fix("y")])
    fixer = fixer_for(server)
    assert asked(fixer, case_of("x" * 100_001)) == [[]]
    assert server.seen == []
    assert "longer" in fixer.take_reasons("a")[0]
