"""A cap is never passed, whatever happens at the same time."""

from __future__ import annotations

import asyncio
import random
import unicodedata
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from mge_toolkit.core.errors import SettingsError
from mge_toolkit.core.results import Spending
from mge_toolkit.retry.llm.budget import (
    Amount,
    Budget,
    BudgetExceededError,
    Caps,
    Reservation,
    most_input_tokens,
    tokens_of,
    worst_case,
)
from mge_toolkit.retry.llm.prices import Price, Rates, load_prices
from tests.retry.llm.conftest import Serve, asked, case_of, fixer_for
from tests.retry.llm.messages_server import BROKEN, OVERLOADED, RESET, fix

RATES = Rates(input=Decimal(2), output=Decimal(10), cache_write=Decimal("2.5"), cache_read=Decimal("0.1"))
CAPS = Caps(run_usd=Decimal("1.00"), atom_usd=Decimal("0.40"), run_tokens=60_000, atom_tokens=25_000)


class BudgetMachine(RuleBasedStateMachine):
    """Questions are reserved and settled in any order, with any usage up to their worst case."""

    held = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        self.budget = Budget(CAPS)
        self.really: dict[int, Amount] = {}
        self.reservations: list[Reservation] = []

    @rule(
        target=held,
        atom=st.sampled_from("abc"),
        prompt=st.integers(1, 9_000),
        output=st.integers(1, 9_000),
        calls=st.integers(1, 4),
    )
    def reserve(self, atom: str, prompt: int, output: int, calls: int) -> Any:
        one = Amount(tokens=prompt + output, usd=RATES.most(prompt, output))
        before = self.budget.committed
        try:
            reservation = self.budget.reserve(atom, one, calls)
        except BudgetExceededError:
            assert self.budget.committed == before
            return None
        assert 1 <= reservation.calls <= calls
        self.reservations.append(reservation)
        return len(self.reservations) - 1, prompt, output

    @rule(what=held, data=st.data())
    def settle(self, what: Any, data: st.DataObject) -> None:
        if what is None:
            return
        number, prompt, output = what
        reservation = self.reservations[number]
        written = data.draw(st.integers(0, prompt))
        read = data.draw(st.integers(0, prompt - written))
        spent = Spending(
            input_tokens=prompt - written - read,
            output_tokens=data.draw(st.integers(0, output)),
            cache_write_tokens=written,
            cache_read_tokens=read,
        )
        lost = data.draw(st.integers(0, reservation.calls - 1))
        self.really.setdefault(number, Amount(tokens=tokens_of(spent), usd=RATES.cost(spent)))
        reservation.settle(spent, RATES.cost(spent), unaccounted=lost)

    @invariant()
    def no_cap_is_passed(self) -> None:
        assert CAPS.run_usd is not None and CAPS.atom_usd is not None  # noqa: PT018
        assert CAPS.run_tokens is not None and CAPS.atom_tokens is not None  # noqa: PT018
        total = sum(self.really.values(), Amount())
        assert total.tokens <= self.budget.committed.tokens <= CAPS.run_tokens
        assert total.usd <= self.budget.committed.usd <= CAPS.run_usd
        for atom in "abc":
            of_atom = self.budget.of_atom(atom)
            assert 0 <= of_atom.tokens <= CAPS.atom_tokens
            assert 0 <= of_atom.usd <= CAPS.atom_usd


BudgetMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestBudget = BudgetMachine.TestCase


def test_fewer_calls_are_reserved_where_no_more_fit() -> None:
    budget = Budget(Caps(run_tokens=250))
    assert budget.reserve("a", Amount(tokens=100), 3).calls == 2
    with pytest.raises(
        BudgetExceededError, match=r"250 tokens for the run .* 200 are spent or reserved.* 100"
    ):
        budget.reserve("b", Amount(tokens=100), 3)


def test_a_refusal_names_the_cap_that_is_in_the_way() -> None:
    budget = Budget(Caps(run_usd=Decimal(1), atom_usd=Decimal("0.1")))
    with pytest.raises(
        BudgetExceededError, match=r"\$0\.1 for atom 'a'.*\$0\.0000 is spent.*may cost \$0\.2000"
    ):
        budget.reserve("a", Amount(usd=Decimal("0.2")), 1)


def test_only_the_first_settlement_counts() -> None:
    budget = Budget(Caps(run_tokens=1000))
    held = budget.reserve("a", Amount(tokens=300), 2)
    held.settle(Spending(input_tokens=10), Decimal(0), unaccounted=1)
    held.settle(None)
    assert budget.committed.tokens == 310


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200), st.integers(1, 99))
def test_the_bound_on_tokens_holds_for_every_form_of_the_text(text: str, output: int) -> None:
    body = {"messages": [{"role": "user", "content": text}], "max_tokens": output}
    bound = most_input_tokens(body)
    for form in (text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFKC", text)):
        assert len(form.encode()) <= bound
    assert worst_case(body, None).tokens == bound + output


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_no_answer_costs_more_than_its_worst_case(fresh: int, written: int, read: int, output: int) -> None:
    spent = Spending(
        input_tokens=fresh, cache_write_tokens=written, cache_read_tokens=read, output_tokens=output
    )
    for price in load_prices().prices.values():
        assert price.cost(spent) <= price.most(fresh + written + read, output)


def test_a_long_prompt_has_its_own_rates() -> None:
    price = load_prices().prices["claude-haiku-5-5"]
    assert price.cost(Spending(input_tokens=100_000)) == Decimal("0.01")
    assert price.cost(Spending(input_tokens=100_001)) == Decimal("0.0500005")
    cheap = Price(
        rates=RATES,
        long=Rates(**dict.fromkeys(("input", "output", "cache_write", "cache_read"), Decimal(0))),
        above=10,
    )
    assert cheap.most(11, 0) == Decimal("0.000025")


@pytest.mark.parametrize("seed", range(3))
def test_a_cap_is_not_passed_by_many_questions_at_once(serve: Serve, seed: int) -> None:
    chance = random.Random(seed)
    answers = [
        chance.choice(
            [
                fix(
                    f"code {n}", usage={"input_tokens": 3000, "output_tokens": 256}, wait=chance.random() / 50
                ),
                BROKEN,
                RESET,
            ]
        )
        for n in range(300)
    ]
    server = serve(answers)
    fixer = fixer_for(server, run_tokens=120_000, max_tokens=256, max_retries=0, samples=2)
    asked(fixer, *(case_of(f"code of {n}", atom_id=f"a{n}") for n in range(60)))
    assert fixer.budget.committed.tokens <= 120_000
    refused = [line for n in range(60) for line in fixer.take_reasons(f"a{n}") if "budget of 120000" in line]
    assert refused
    assert len(server.seen) < 120


def test_a_budget_in_dollars_refuses_the_question_that_might_pass_it(serve: Serve) -> None:
    server = serve([fix("y")])
    fixer = fixer_for(server, run_usd=0.05)
    assert asked(fixer, case_of()) == [[]]
    assert server.seen == []
    (line,) = fixer.take_reasons("a")
    assert line.startswith("claude: the budget of $0.05 for the run does not hold another question")
    assert fixer.unavailable is None


def test_a_budget_of_one_atom_leaves_the_others_theirs(serve: Serve) -> None:
    usage = {"input_tokens": 3000, "output_tokens": 250}
    server = serve([fix("y", usage=usage)])
    fixer = fixer_for(server, atom_tokens=10_000, max_tokens=300)

    async def rounds() -> list[int]:
        first = [len(await fixer.candidates(case_of())) for _ in range(3)]
        return [*first, len(await fixer.candidates(case_of(atom_id="b")))]

    async def closing() -> list[int]:
        try:
            return await rounds()
        finally:
            await fixer.close()

    assert asyncio.run(closing()) == [1, 1, 0, 1]


def test_what_was_lost_on_the_way_stays_spent(serve: Serve) -> None:
    server = serve([RESET, BROKEN, OVERLOADED, fix("y", usage={"input_tokens": 10, "output_tokens": 5})])
    fixer = fixer_for(server, max_retries=3, max_tokens=1_000)
    ((candidate,),) = asked(fixer, case_of())
    assert candidate.code == "y"
    one = worst_case(server.seen[0].body, None).tokens
    # A broken connection and a server's defect may be billed, a refusal is not.
    assert fixer.budget.committed.tokens == 2 * one + 15


def test_an_answer_that_does_not_say_what_it_used_counts_in_full(serve: Serve) -> None:
    server = serve([fix("y", usage={"input_tokens": -1, "output_tokens": "many"})])
    fixer = fixer_for(server, max_tokens=1_000)
    ((candidate,),) = asked(fixer, case_of())
    assert candidate.spending is None
    assert fixer.budget.committed.tokens == worst_case(server.seen[0].body, None).tokens


def test_a_budget_in_dollars_needs_a_known_price(serve: Serve) -> None:
    server = serve([fix("y")])
    with pytest.raises(SettingsError, match="price of model 'claude-next' is not known"):
        fixer_for(server, model="claude-next", run_usd=1.0)
    fixer = fixer_for(server, model="claude-next", run_tokens=100_000)
    ((candidate,),) = asked(fixer, case_of())
    assert candidate.spending == Spending(input_tokens=100, output_tokens=50, usd=None)
