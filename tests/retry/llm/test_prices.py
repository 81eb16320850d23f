"""Prices from the shipped file and from the user's."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from mge_toolkit.core.errors import SettingsError
from mge_toolkit.options import model_fixer
from mge_toolkit.retry.llm.prices import load_prices
from tests.retry.llm.conftest import Serve, asked, case_of, fixer_for
from tests.retry.llm.messages_server import fix

ENTRY = '{"input": 1, "output": 2, "cache_write": 1.25, "cache_read": 0.1}'


def test_the_shipped_prices_are_dated() -> None:
    assert load_prices().date.year >= 2026


def test_the_users_prices_replace_the_shipped_ones_and_add_to_them(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text(f'{{"date": "2027-01-31", "models": {{"claude-sonnet-5-5": {ENTRY}, "mine": {ENTRY}}}}}')
    prices = load_prices(file)
    assert prices.date.isoformat() == "2027-01-31"
    assert prices.prices["mine"] == prices.prices["claude-sonnet-5-5"]
    assert prices.prices["mine"].rates.cache_write == Decimal("1.25")
    assert prices.prices["claude-opus-5-5"] == load_prices().prices["claude-opus-5-5"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, r"mine.json' \(No such file or directory\): name a file of prices$"),
        ("{", "is not JSON"),
        ("[]", "has no object 'models'"),
        ('{"models": {}}', "has no 'date'"),
        ('{"date": "yesterday", "models": {}}', "has no 'date'"),
        ('{"date": "2027-01-01", "models": {"m": 3}}', "m is not an object with input"),
        ('{"date": "2027-01-01", "models": {"m": {"input": 1}}}', "m needs 'output'"),
        ('{"date": "2027-01-01", "models": {"m": {"input": -1}}}', "m needs 'input'"),
        ('{"date": "2027-01-01", "models": {"m": {"input": true}}}', "m needs 'input'"),
        ('{"date": "2027-01-01", "models": {"m": {"input": NaN}}}', "NaN is no number"),
        (f'{{"date": "2027-01-01", "models": {{"m": {ENTRY[:-1]}, "long_prompts": 3}}}}}}', "needs 'above'"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, text: str | None, said: str) -> None:
    file = tmp_path / "mine.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(SettingsError, match=said) as caught:
        load_prices(file)
    assert "mine.json" in str(caught.value)


@pytest.mark.parametrize("level", [None, "fix", "llm"])
def test_a_file_of_prices_is_read_at_every_level(tmp_path: Path, level: str | None) -> None:
    with pytest.raises(SettingsError, match=r"^prices: cannot read .*none.json"):
        model_fixer({"repair": level, "prices": str(tmp_path / "none.json")})


def test_a_budget_in_dollars_holds_with_the_users_price(serve: Serve, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text(f'{{"date": "2027-01-31", "models": {{"mine": {ENTRY}}}}}')
    fixer = fixer_for(serve([fix("y")]), model="mine", prices=file, run_usd=1.0)
    ((candidate,),) = asked(fixer, case_of())
    assert candidate.spending is not None
    assert candidate.spending.usd == pytest.approx(0.0002)
