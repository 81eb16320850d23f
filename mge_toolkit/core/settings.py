"""The settings of a run, checked when they are made."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from mge_toolkit.core.errors import SettingsError
from mge_toolkit.core.ports import RepairLevel
from mge_toolkit.core.results import Category
from mge_toolkit.core.runs import Schedule


def available_cpus() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def parse_slots(text: str) -> int:
    """Return the number of slots that ``auto`` or a positive whole number asks for."""
    if text == "auto":
        return available_cpus()
    if not text.isascii() or not text.isdigit() or len(text) > 4 or not 0 < int(text) <= 1024:
        raise SettingsError(f"slots: '{text[:40]}' is neither 'auto' nor a whole number from 1 to 1024")
    return int(text)


def parse_threshold(text: str) -> float:
    """Return the success rate that ``0.5`` or ``50%`` means."""
    found = re.fullmatch(r"\s*(\d+\.?\d*|\.\d+)\s*(%?)\s*", text, re.ASCII)
    rate = -1.0 if found is None else float(found[1]) / (100 if found[2] else 1)
    if not 0 <= rate <= 1:
        meant = text.strip() if found is not None and not found[2] and rate <= 100 else None
        hint = "" if meant is None else f" (did you mean '{meant}%'?)"
        raise SettingsError(
            f"wave threshold: '{text}' is neither a rate from 0 to 1 nor one from 0% to 100%{hint}"
        )
    return rate


def parse_timeout(text: str) -> float:
    """Return the seconds in ``text``."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= 86_400:
        raise SettingsError(f"timeout: '{text}' is not a number of seconds above 0 and up to 86400")
    return seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class RepairSettings:
    """How far, how long and how often a run repairs.

    ``seconds`` is the time for searching in the whole run, ``atom_seconds`` for one atom. ``max_retries`` replaces
    the atoms' own, ``run_retries`` caps those of the run together. ``categories`` are the failures that are
    retried. ``confirm`` is how often an accepted repair is run again.
    """

    level: RepairLevel = RepairLevel.FIX
    seconds: float = 60.0
    atom_seconds: float = 10.0
    max_retries: int | None = None
    run_retries: int | None = None
    categories: frozenset[Category] = frozenset(Category)
    confirm: int = 1

    def __post_init__(self) -> None:
        """Refuse values that cannot be used; take a level by its name too."""
        try:
            object.__setattr__(self, "level", RepairLevel(self.level))
        except ValueError:
            names = ", ".join(RepairLevel)
            raise SettingsError(f"repair: '{self.level}' is none of {names}") from None
        for name, value in (("repair seconds", self.seconds), ("atom seconds", self.atom_seconds)):
            if not 0 <= value <= 86_400:
                raise SettingsError(f"{name}: {value} is not a number of seconds from 0 to 86400")
        for name, number in (
            ("max retries", self.max_retries),
            ("run retries", self.run_retries),
            ("confirm", self.confirm),
        ):
            if number is not None and not 0 <= number <= 1_000_000:
                raise SettingsError(f"{name}: {number} is not a whole number from 0 on")


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """How a run is carried out.

    ``slots`` of ``None`` means one for each processor. ``wave_threshold`` (0-1) is the success rate
    below which a finished wave stops the run. ``timeout`` in seconds replaces every atom's own where
    given. ``reschedules`` is how often an attempt is run again after an infrastructure error.
    ``preload`` adds to the plan's own. ``repair`` says what becomes of failed atoms.
    """

    slots: int | None = None
    sandbox: str = "local"
    schedule: Schedule = Schedule.READY
    wave_threshold: float = 0.5
    timeout: float | None = None
    allow_degraded: bool = False
    reschedules: int = 2
    preload: tuple[str, ...] = ()
    repair: RepairSettings = RepairSettings()

    def __post_init__(self) -> None:
        """Refuse values that cannot be used; take a schedule by its name too."""
        try:
            object.__setattr__(self, "schedule", Schedule(self.schedule))
        except ValueError:
            names = ", ".join(Schedule)
            raise SettingsError(f"schedule: '{self.schedule}' is none of {names}") from None
        if self.slots is not None and not 1 <= self.slots <= 1024:
            raise SettingsError(f"slots: {self.slots} is not a whole number from 1 to 1024")
        if not 0 <= self.wave_threshold <= 1:
            raise SettingsError(f"wave threshold: {self.wave_threshold} is not between 0 and 1")
        if self.timeout is not None and not 0 < self.timeout <= 86_400:
            raise SettingsError(f"timeout: {self.timeout} is not a number of seconds from 0 to 86400")

    @property
    def slot_count(self) -> int:
        """Return the number of slots that holds."""
        return self.slots or (1 if self.schedule is Schedule.SEQUENTIAL else available_cpus())
