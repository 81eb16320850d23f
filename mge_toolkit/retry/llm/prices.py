"""What tokens cost, from one dated file that the user can override."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from mge_toolkit.core.errors import SettingsError
from mge_toolkit.core.results import Spending

_MILLION: Final = Decimal(1_000_000)
_KINDS: Final = ("input", "output", "cache_write", "cache_read")


@dataclass(frozen=True, kw_only=True, slots=True)
class Rates:
    """US dollars for a million tokens of each kind."""

    input: Decimal
    output: Decimal
    cache_write: Decimal
    cache_read: Decimal

    def cost(self, tokens: Spending) -> Decimal:
        """Return what ``tokens`` cost in US dollars, exactly."""
        total = (
            tokens.input_tokens * self.input
            + tokens.output_tokens * self.output
            + tokens.cache_write_tokens * self.cache_write
            + tokens.cache_read_tokens * self.cache_read
        )
        return total / _MILLION

    def most(self, prompt: int, output: int) -> Decimal:
        """Return what a prompt and an answer of these lengths cost at most, whatever the cache does."""
        dearest = max(self.input, self.cache_write, self.cache_read)
        return (prompt * dearest + output * self.output) / _MILLION


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """A model's rates; ``long`` replaces them for a prompt of more than ``above`` tokens, cached ones included."""

    rates: Rates
    long: Rates | None = None
    above: int = 0

    def cost(self, tokens: Spending) -> Decimal:
        """Return what ``tokens`` cost in US dollars, exactly."""
        prompt = tokens.input_tokens + tokens.cache_write_tokens + tokens.cache_read_tokens
        return (self.long if self.long is not None and prompt > self.above else self.rates).cost(tokens)

    def most(self, prompt: int, output: int) -> Decimal:
        """Return what a prompt and an answer of up to these lengths cost at most."""
        if self.long is None or prompt <= self.above:
            return self.rates.most(prompt, output)
        return max(self.long.most(prompt, output), self.rates.most(self.above, output))


@dataclass(frozen=True, kw_only=True, slots=True)
class PriceList:
    """Prices by model, and the day on which the shipped ones were looked up."""

    date: date
    prices: Mapping[str, Price]


def load_prices(override: Path | None = None) -> PriceList:
    """Return the shipped prices, with those of the file ``override`` put over them.

    Raises ``SettingsError`` for a file that cannot be used.
    """
    shipped = _read(files("mge_toolkit.retry.llm").joinpath("prices.json").read_text("utf-8"), "prices.json")
    if override is None:
        return shipped
    try:
        text = override.read_text("utf-8")
    except OSError as error:
        raise SettingsError(
            f"prices: cannot read '{override}' ({error.strerror}): name a file of prices"
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"prices: '{override}' is not UTF-8 (byte {error.start})") from error
    given = _read(text, str(override))
    return PriceList(date=given.date, prices={**shipped.prices, **given.prices})


def _read(text: str, name: str) -> PriceList:
    try:
        document = json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"prices: '{name}' is not JSON: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("models"), dict):
        raise SettingsError(f"prices: '{name}' has no object 'models' (prices by the names of models)")
    try:
        day = date.fromisoformat(str(document.get("date")))
    except ValueError:
        raise SettingsError(f"prices: '{name}' has no 'date' such as 2026-11-10") from None
    prices = {model: _price(entry, f"{name}: {model}") for model, entry in document["models"].items()}
    return PriceList(date=day, prices=prices)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no number")


def _price(entry: Any, place: str) -> Price:
    rates = _rates(entry, place)
    long = entry.get("long_prompts")
    if long is None:
        return Price(rates=rates)
    above = long.get("above") if isinstance(long, dict) else None
    if not isinstance(above, int) or isinstance(above, bool) or above < 0:
        raise SettingsError(f"prices: {place}: 'long_prompts' needs 'above', a number of tokens")
    return Price(rates=rates, long=_rates(long, f"{place}, long prompts"), above=above)


def _rates(entry: Any, place: str) -> Rates:
    if not isinstance(entry, dict):
        raise SettingsError(f"prices: {place} is not an object with {', '.join(_KINDS)}")
    numbers: dict[str, Decimal] = {}
    for kind in _KINDS:
        value = entry.get(kind)
        if isinstance(value, bool) or not isinstance(value, int | Decimal) or value < 0:
            raise SettingsError(f"prices: {place} needs '{kind}': US dollars per million tokens, 0 or more")
        numbers[kind] = Decimal(value)
    return Rates(**numbers)
