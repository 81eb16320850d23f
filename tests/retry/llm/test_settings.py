"""Settings are checked when they are made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mge_toolkit.core.errors import SettingsError
from mge_toolkit.retry.llm.cassette import CassetteMode
from mge_toolkit.retry.llm.settings import LlmSettings


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"model": " "}, "model: a name is needed"),
        ({"temperatures": (0.5,)}, "temperatures: model 'claude-sonnet-5-5' takes none"),
        (
            {"model": "claude-sonnet-4-6", "temperatures": (0.5, 1.5)},
            "temperatures: 1.5 is not between 0 and 1",
        ),
        ({"model": "claude-haiku-4-5", "efforts": ("low",)}, "efforts: model 'claude-haiku-4-5' takes none"),
        ({"efforts": ("low", "heroic")}, "efforts: 'heroic' is none of low, medium"),
        ({"samples": 0}, "samples: 0 is not a whole number from 1 to 16"),
        ({"samples": 1.5}, "samples: 1.5 is not"),
        ({"max_tokens": 100}, "max tokens: 100 is not"),
        ({"max_tokens": 10**6}, "max tokens: 1000000 is not"),
        ({"max_retries": -1}, "max retries: -1 is not"),
        ({"timeout": 0}, "timeout: 0 is not"),
        ({"timeout": float("nan")}, "timeout: nan is not"),
        ({"run_usd": -0.5}, "budget for the run: -0.5 is not 0 or more"),
        ({"atom_usd": float("inf")}, "budget for an atom: inf is not"),
        ({"run_tokens": -1}, "tokens for the run: -1 is not"),
        ({"base_url": "localhost:80"}, "base URL"),
        ({"mode": "twice"}, "cassette mode: 'twice' is none of replay, once, all"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        LlmSettings(**given)


@pytest.mark.parametrize(
    ("ci", "mode"),
    [(None, "once"), ("", "once"), ("false", "once"), ("true", "replay"), ("1", "replay")],
)
def test_on_ci_a_cassette_is_only_replayed(
    monkeypatch: pytest.MonkeyPatch, ci: str | None, mode: str
) -> None:
    if ci is not None:
        monkeypatch.setenv("CI", ci)
    assert LlmSettings(cassette=Path("c.yaml")).cassette_mode == mode
    assert LlmSettings(mode=CassetteMode.ALL).cassette_mode is CassetteMode.ALL


def test_a_mode_may_be_given_by_its_name() -> None:
    assert LlmSettings(mode="all").cassette_mode is CassetteMode.ALL  # type: ignore[arg-type]


def test_dollars_are_exact() -> None:
    assert str(LlmSettings(run_usd=0.1).caps.run_usd) == "0.1"
