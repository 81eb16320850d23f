"""How Claude is asked, checked when it is made."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final

from mge_toolkit.core.errors import SettingsError
from mge_toolkit.retry.llm.budget import Caps
from mge_toolkit.retry.llm.cassette import CassetteMode
from mge_toolkit.retry.llm.models import DEFAULT_MODEL, EFFORTS, abilities_of

_NO: Final = ("", "0", "false", "no")


def default_mode() -> CassetteMode:
    """Return how a cassette is used where nothing is said: on CI nothing is ever asked."""
    return CassetteMode.ONCE if os.environ.get("CI", "").lower() in _NO else CassetteMode.REPLAY


@dataclass(frozen=True, kw_only=True, slots=True)
class LlmSettings:
    """How a language model is asked for repairs.

    ``temperatures`` and ``efforts`` are schedules: the n-th is for an atom's n-th failed attempt, the last for
    all after it, none means the model's own. ``samples`` is how many answers are asked for at once,
    ``max_tokens`` the most that one may have, what the model thinks included. ``timeout`` (seconds) is of one
    call, ``max_retries`` how often the package repeats one that failed for a passing reason. ``run_usd`` to
    ``atom_tokens`` are caps. ``prices`` is a file that overrides prices, ``cassette`` a file of recorded answers,
    used as ``mode`` says (``None``: ``replay`` on CI, else ``once``). ``api_key`` and ``base_url`` replace
    ``ANTHROPIC_API_KEY`` and ``ANTHROPIC_BASE_URL``. ``context`` is told with every question, such as what the
    whole plan is about.
    """

    model: str = DEFAULT_MODEL
    temperatures: tuple[float, ...] = ()
    efforts: tuple[str, ...] = ()
    samples: int = 1
    max_tokens: int = 16_000
    timeout: float = 300.0
    max_retries: int = 2
    run_usd: float | None = None
    atom_usd: float | None = None
    run_tokens: int | None = None
    atom_tokens: int | None = None
    prices: Path | None = None
    cassette: Path | None = None
    mode: CassetteMode | None = None
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    context: str = ""

    def __post_init__(self) -> None:
        """Refuse values that cannot be used; take a mode by its name too."""
        if not self.model.strip():
            raise SettingsError(f"model: a name is needed, such as {DEFAULT_MODEL}")
        self._check_schedules()
        for name, number, least, most in (
            ("samples", self.samples, 1, 16),
            ("max tokens", self.max_tokens, 256, 64_000),
            ("max retries", self.max_retries, 0, 10),
        ):
            if not isinstance(number, int) or not least <= number <= most:
                raise SettingsError(f"{name}: {number} is not a whole number from {least} to {most}")
        if not 0 < self.timeout <= 3_600:
            raise SettingsError(f"timeout: {self.timeout} is not a number of seconds above 0 and up to 3600")
        self._check_caps()
        if self.base_url is not None and not self.base_url.startswith(("http://", "https://")):
            raise SettingsError("base URL: it has to start with http:// or https://")
        if self.mode is not None:
            try:
                object.__setattr__(self, "mode", CassetteMode(self.mode))
            except ValueError:
                names = ", ".join(CassetteMode)
                raise SettingsError(f"cassette mode: '{self.mode}' is none of {names}") from None

    def _check_schedules(self) -> None:
        abilities = abilities_of(self.model)
        if self.temperatures and not abilities.temperature:
            raise SettingsError(
                f"temperatures: model '{self.model}' takes none: leave them out, or use efforts instead"
            )
        for temperature in self.temperatures:
            if not 0 <= temperature <= 1:
                raise SettingsError(f"temperatures: {temperature} is not between 0 and 1")
        if self.efforts and not abilities.effort:
            raise SettingsError(f"efforts: model '{self.model}' takes none: leave them out")
        for effort in self.efforts:
            if effort not in EFFORTS:
                raise SettingsError(f"efforts: '{effort}' is none of {', '.join(EFFORTS)}")

    def _check_caps(self) -> None:
        for name, cap in (
            ("budget for the run", self.run_usd),
            ("budget for an atom", self.atom_usd),
            ("tokens for the run", self.run_tokens),
            ("tokens for an atom", self.atom_tokens),
        ):
            if cap is not None and not (cap >= 0 and math.isfinite(cap)):
                raise SettingsError(f"{name}: {cap} is not 0 or more")

    @property
    def caps(self) -> Caps:
        """Return the caps, in exact dollars."""
        return Caps(
            run_usd=None if self.run_usd is None else Decimal(str(self.run_usd)),
            atom_usd=None if self.atom_usd is None else Decimal(str(self.atom_usd)),
            run_tokens=self.run_tokens,
            atom_tokens=self.atom_tokens,
        )

    @property
    def cassette_mode(self) -> CassetteMode:
        """Return the mode that holds."""
        return default_mode() if self.mode is None else self.mode

    def temperature(self, attempt: int) -> float | None:
        """Return the temperature after an atom's ``attempt``-th failure (from 1)."""
        return self.temperatures[min(attempt, len(self.temperatures)) - 1] if self.temperatures else None

    def effort(self, attempt: int) -> str | None:
        """Return the effort after an atom's ``attempt``-th failure (from 1)."""
        return self.efforts[min(attempt, len(self.efforts)) - 1] if self.efforts else None
