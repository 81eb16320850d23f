"""Propose repairs by Claude: ask, hold the budget, record, and read what comes back."""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from mge_toolkit.core.errors import SettingsError
from mge_toolkit.core.ports import Candidate, RepairCase, RepairLevel
from mge_toolkit.core.results import Spending, Strategy
from mge_toolkit.retry.llm.answers import TOOL_NAME, Unusable, essence, proposal_in, usage_of
from mge_toolkit.retry.llm.budget import Budget, BudgetExceededError, worst_case
from mge_toolkit.retry.llm.cassette import Cassette, CassetteMode, Place, Recording
from mge_toolkit.retry.llm.history import SOURCE
from mge_toolkit.retry.llm.models import abilities_of
from mge_toolkit.retry.llm.prices import Price, load_prices
from mge_toolkit.retry.llm.prompt import CODE_LIMIT, TOOL, Prompt, build_prompt
from mge_toolkit.retry.llm.redact import Redactor, redactor_of_this_machine
from mge_toolkit.retry.llm.settings import LlmSettings
from mge_toolkit.retry.llm.transport import Access, Messages, NoAnswerError

_CACHED: Final[Mapping[str, str]] = {"type": "ephemeral"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Question:
    """A request, and what it is about."""

    body: Mapping[str, Any]
    text: str
    atom_id: str
    attempt: int
    sample: int


class ClaudeFixer:
    """Asks Claude for new code. One is made for one run, and closed at its end.

    It raises for nothing that a program, a model or a service does. What there is to say instead is in
    ``unavailable`` (why no more is asked in this run, in one line; ``None`` while it is asked; recorded answers
    are replayed all the same) and in ``take_reasons``. An answer's spending is on its candidate; where an answer
    gave none, in ``take_spending``.
    """

    name = SOURCE
    level = RepairLevel.LLM

    def __init__(
        self,
        settings: LlmSettings,
        *,
        transport: Messages | None,
        cassette: Cassette | None,
        price: Price | None,
        redactor: Redactor,
    ) -> None:
        """Take its parts; :func:`make_claude_fixer` makes them. Without ``transport`` nothing can be asked."""
        self.model = settings.model
        self.budget = Budget(settings.caps)
        self.unavailable: str | None = None
        self._settings = settings
        self._transport = transport
        self._cassette = cassette
        self._price = price
        self._redactor = redactor
        self._reasons: defaultdict[str, list[str]] = defaultdict(list)
        self._unclaimed: dict[str, Spending] = {}
        self._replays = cassette is not None and cassette.mode is not CassetteMode.ALL
        if transport is None and not self._replays:
            self.unavailable = _NO_KEY

    async def candidates(self, case: RepairCase) -> Sequence[Candidate]:
        """Return what Claude proposes; of several samples each code once, the surest first."""
        self._reasons.pop(case.atom.id, None)
        if self.unavailable is not None and not self._replays:
            return []
        if len(case.code) > CODE_LIMIT:
            self._note(case.atom.id, f"the code is longer than the {CODE_LIMIT} characters that are sent")
            return []
        strategy = None if case.attempts[-1].decision is None else case.attempts[-1].decision.strategy
        questions = self._questions(case, strategy or Strategy.REGENERATE)
        recordings = await asyncio.gather(*(self._recording(question) for question in questions))
        found: dict[str, Candidate] = {}
        for recording in recordings:
            if recording is not None:
                self._read(recording, case, found)
        return sorted(found.values(), key=lambda candidate: -candidate.confidence)

    def take_reasons(self, atom_id: str) -> tuple[str, ...]:
        """Return why the last questions about an atom gave no candidate, a line each, and forget it."""
        return tuple(dict.fromkeys(self._reasons.pop(atom_id, ())))

    def take_spending(self, atom_id: str) -> Spending | None:
        """Return what answers about an atom cost that gave no candidate, since this was last called."""
        return self._unclaimed.pop(atom_id, None)

    async def close(self) -> None:
        """Close the connections and finish the cassette. May be called twice."""
        try:
            if self._transport is not None:
                await self._transport.close()
        finally:
            if self._cassette is not None:
                self._cassette.save()

    def _questions(self, case: RepairCase, strategy: Strategy) -> list[_Question]:
        prompt = build_prompt(case, strategy, self._redactor, self._settings.context)
        attempt = case.attempts[-1].number
        body = request_body(self._settings, prompt, attempt)
        return [
            _Question(body=body, text=prompt.text, atom_id=case.atom.id, attempt=attempt, sample=number)
            for number in range(1, self._settings.samples + 1)
        ]

    async def _recording(self, question: _Question) -> Recording | None:
        """Return what a question got, recorded or new, or ``None`` where nothing was asked. Raises nothing.

        Up to the call itself nothing waits, so that samples take their places and the budget in their order.
        """
        cassette = self._cassette
        if cassette is None:
            return await self._asked(question)
        place = cassette.place(question.body)
        recorded = cassette.find(place)
        if recorded is not None:
            return recorded
        if cassette.mode is CassetteMode.REPLAY:
            missing = cassette.missing(
                place, atom_id=question.atom_id, attempt=question.attempt, sample=question.sample
            )
            self._note(question.atom_id, missing)
            return None
        recording = await self._asked(question)
        if recording is not None:
            self._record(cassette, place, recording, question)
        return recording

    def _record(self, cassette: Cassette, place: Place, recording: Recording, question: _Question) -> None:
        try:
            cassette.record(
                place, recording, question.body, atom_id=question.atom_id, attempt=question.attempt
            )
        except SettingsError as error:  # the answer is there all the same; closing says it aloud
            self._note(question.atom_id, str(error))

    async def _asked(self, question: _Question) -> Recording | None:
        """Ask, within the budget, and return what came of it; ``None`` where nothing is worth recording."""
        obstacle, transport = self._obstacle(question), self._transport
        if obstacle is not None or transport is None:
            self._note(question.atom_id, obstacle)
            return None
        one = worst_case(question.body, self._price)
        try:
            held = self.budget.reserve(question.atom_id, one, self._settings.max_retries + 1)
        except BudgetExceededError as error:
            self._note(question.atom_id, str(error))
            return None
        try:
            reply = await transport.ask(question.body, retries=held.calls - 1)
        except NoAnswerError as error:
            held.settle(None, unaccounted=error.unaccounted)
            if error.ends_use:
                self.unavailable = self.unavailable or str(error)
                return None
            return Recording(failure=str(error))
        except BaseException:  # cancelled: whatever was sent may be billed
            held.settle(None, unaccounted=held.calls)
            raise
        answer = essence(reply.message)
        spent = usage_of(answer)
        if spent is None:
            held.settle(None, unaccounted=reply.unaccounted + 1)
        else:
            held.settle(spent, self._cost(spent), unaccounted=reply.unaccounted)
        return Recording(answer=answer)

    def _obstacle(self, question: _Question) -> str | None:
        """Return why a question must not leave the machine, if so."""
        if self.unavailable is not None:
            return self.unavailable
        if self._transport is None:
            return _NO_KEY
        leaked = self._redactor.leaks(question.text)
        return None if leaked is None else f"the question holds the value of {leaked}: it was not sent"

    def _cost(self, spent: Spending) -> Decimal:
        return Decimal(0) if self._price is None else self._price.cost(spent)

    def _read(self, recording: Recording, case: RepairCase, found: dict[str, Candidate]) -> None:
        """Add the candidate of an answer to ``found``, or note why there is none and what it cost."""
        atom_id = case.atom.id
        if recording.answer is None:
            self._note(atom_id, recording.failure or "there was no answer")
            return
        spent = usage_of(recording.answer)
        if spent is not None and self._price is not None:
            spent = replace(spent, usd=float(self._cost(spent)))
        proposal = proposal_in(recording.answer)
        if isinstance(proposal, Unusable):
            reason: str | None = proposal.reason
        elif proposal.code == case.code:
            reason = "it proposed the code that failed"
        elif proposal.code in case.tried or proposal.code in found:
            reason = "it proposed code that was proposed before"
        else:
            found[proposal.code] = Candidate(
                code=proposal.code,
                source=self.name,
                explanation=proposal.explanation,
                confidence=proposal.confidence,
                spending=spent,
            )
            return
        self._note(atom_id, reason)
        if spent is not None:
            self._unclaimed[atom_id] = self._unclaimed.get(atom_id, Spending()) + spent

    def _note(self, atom_id: str, reason: str | None) -> None:
        self._reasons[atom_id].append(f"{self.name}: {reason}")


_NO_KEY: Final = "there is no API key: set ANTHROPIC_API_KEY"


def request_body(settings: LlmSettings, prompt: Prompt, attempt: int) -> Mapping[str, Any]:
    """Return the request that asks ``prompt``.

    What stays the same is marked for the service's cache: the tool and the system's text over all atoms, the
    description of an atom over its attempts and samples.
    """
    abilities = abilities_of(settings.model)
    system: list[dict[str, Any]] = [{"type": "text", "text": text} for text in prompt.shared]
    system[-1]["cache_control"] = dict(_CACHED)
    choice: dict[str, Any] = (
        {"type": "tool", "name": TOOL_NAME} if abilities.forced_tool else {"type": "auto"}
    )
    body: dict[str, Any] = {
        "model": settings.model,
        "max_tokens": settings.max_tokens,
        "system": system,
        "tools": [{**TOOL, "strict": True} if abilities.strict else dict(TOOL)],
        "tool_choice": {**choice, "disable_parallel_tool_use": True},
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": prompt.atom, "cache_control": dict(_CACHED)},
                    {"type": "text", "text": prompt.failure},
                ],
            }
        ],
    }
    temperature, effort = settings.temperature(attempt), settings.effort(attempt)
    if temperature is not None:
        body["temperature"] = temperature
    if effort is not None:
        body["output_config"] = {"effort": effort}
    return body


def make_claude_fixer(settings: LlmSettings) -> ClaudeFixer:
    """Return a fixer for one run. Nothing is imported, connected or sent yet.

    Raises ``SettingsError`` for a damaged cassette or price file, and for a cap in dollars on a model whose price
    is not known. A missing key is no error: the fixer says that it is unavailable.
    """
    price = load_prices(settings.prices).prices.get(settings.model)
    if price is None and (settings.run_usd is not None or settings.atom_usd is not None):
        raise SettingsError(
            f"the price of model '{settings.model}' is not known, so no budget in dollars can be held: give a "
            "file of prices, a budget in tokens, or another model"
        )
    key = (settings.api_key or os.environ.get("ANTHROPIC_API_KEY") or "").strip() or None
    cassette = None if settings.cassette is None else Cassette(settings.cassette, settings.cassette_mode)
    replays = cassette is not None and cassette.mode is CassetteMode.REPLAY
    access = (
        None if key is None else Access(api_key=key, base_url=settings.base_url, timeout=settings.timeout)
    )
    return ClaudeFixer(
        settings,
        transport=None if access is None or replays else Messages(access),
        cassette=cassette,
        price=price,
        redactor=redactor_of_this_machine(key),
    )
