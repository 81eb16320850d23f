"""Caps on what language models cost, held by reserving the worst case before each call.

All methods are synchronous: on one event loop no two reservations overlap, so that the sum of what is spent and
what is reserved never passes a cap.
"""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from mge_toolkit.core.errors import MgeError
from mge_toolkit.core.results import Spending
from mge_toolkit.retry.llm.prices import Price

# What a service adds to a request by itself: its own instructions for the use of tools, and the marks around
# messages. The longest that was published for a model is about 800 tokens.
_ADDED_TOKENS: Final = 2_000


class BudgetExceededError(MgeError, RuntimeError):
    """A call was not made, as its worst case would have passed a cap."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Caps:
    """The most that may be spent, in a run and on one atom of it; ``None`` is no cap."""

    run_usd: Decimal | None = None
    atom_usd: Decimal | None = None
    run_tokens: int | None = None
    atom_tokens: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Amount:
    """Tokens, and what they cost (nothing, where the price is not known)."""

    tokens: int = 0
    usd: Decimal = Decimal(0)

    def __add__(self, other: Amount) -> Amount:
        """Return both together."""
        return Amount(tokens=self.tokens + other.tokens, usd=self.usd + other.usd)

    def __mul__(self, times: int) -> Amount:
        """Return it so many times."""
        return Amount(tokens=self.tokens * times, usd=self.usd * times)


def most_input_tokens(body: Mapping[str, Any]) -> int:
    """Return a number of input tokens that no tokenizer exceeds for this request.

    A token stands for at least one byte of the text, so the bytes of the request bound its tokens; as a tokenizer
    may normalise the text first, which can lengthen it, the longer of both forms counts. An estimate by the
    service needs the network, and is not promised to be an upper bound.
    """
    text = json.dumps(body, ensure_ascii=False)
    normal = unicodedata.normalize("NFKC", text)
    return max(len(form.encode("utf-8", "replace")) for form in (text, normal)) + _ADDED_TOKENS


def worst_case(body: Mapping[str, Any], price: Price | None) -> Amount:
    """Return what one call with ``body`` can use at most."""
    prompt, output = most_input_tokens(body), int(body["max_tokens"])
    usd = Decimal(0) if price is None else price.most(prompt, output)
    return Amount(tokens=prompt + output, usd=usd)


class Reservation:
    """What is held for one question until it is settled. ``calls`` is how often it may be sent."""

    def __init__(self, budget: Budget, atom_id: str, one: Amount, calls: int) -> None:
        """Hold ``one`` for each of ``calls`` calls."""
        self.calls = calls
        self._budget = budget
        self._atom_id = atom_id
        self._one = one
        self._open = True

    def settle(self, spent: Spending | None, usd: Decimal = Decimal(0), *, unaccounted: int = 0) -> None:
        """Replace the reservation by what was really used.

        ``spent`` and its cost ``usd`` are of the answer. ``unaccounted`` counts the calls whose price nobody
        knows, such as one that timed out: they may have been billed, so their worst case stays spent. Only the
        first settlement counts.
        """
        if not self._open:
            return
        self._open = False
        used = Amount() if spent is None else Amount(tokens=tokens_of(spent), usd=usd)
        self._budget.change(self._atom_id, used + self._one * (unaccounted - self.calls))


class Budget:
    """What is spent or reserved in one run."""

    def __init__(self, caps: Caps) -> None:
        """Hold to ``caps``."""
        self._caps = caps
        self._run = Amount()
        self._atoms: defaultdict[str, Amount] = defaultdict(Amount)

    @property
    def committed(self) -> Amount:
        """Return what is spent or reserved in the whole run."""
        return self._run

    def of_atom(self, atom_id: str) -> Amount:
        """Return what is spent or reserved for one atom."""
        return self._atoms.get(atom_id, Amount())

    def reserve(self, atom_id: str, one: Amount, calls: int) -> Reservation:
        """Hold the worst case of up to ``calls`` calls, each ``one``: of fewer where no more fit, but of one.

        Raises ``BudgetExceededError``, which says which cap is in the way, where not even one call fits.
        """
        for number in range(calls, 0, -1):
            if self._obstacle(atom_id, one * number) is None:
                self.change(atom_id, one * number)
                return Reservation(self, atom_id, one, number)
        raise BudgetExceededError(self._obstacle(atom_id, one))

    def change(self, atom_id: str, by: Amount) -> None:
        """Add ``by``, which may be negative, to what is spent or reserved."""
        self._run += by
        self._atoms[atom_id] += by

    def _obstacle(self, atom_id: str, wanted: Amount) -> str | None:
        """Return what forbids spending ``wanted``, if anything does."""
        caps = self._caps
        for of, held, usd, tokens in (
            ("the run", self._run, caps.run_usd, caps.run_tokens),
            (f"atom '{atom_id}'", self.of_atom(atom_id), caps.atom_usd, caps.atom_tokens),
        ):
            if usd is not None and held.usd + wanted.usd > usd:
                return (
                    f"the budget of ${usd:f} for {of} does not hold another question: ${held.usd:.4f} is spent or "
                    f"reserved, and the question may cost ${wanted.usd:.4f}"
                )
            if tokens is not None and held.tokens + wanted.tokens > tokens:
                return (
                    f"the budget of {tokens} tokens for {of} does not hold another question: {held.tokens} are "
                    f"spent or reserved, and the question may use {wanted.tokens}"
                )
        return None


def tokens_of(spent: Spending) -> int:
    """Return all tokens of an answer and of its question."""
    return spent.input_tokens + spent.output_tokens + spent.cache_write_tokens + spent.cache_read_tokens
