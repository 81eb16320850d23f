"""What a run would have taken otherwise: its measured times, replayed by the scheduler; nothing is executed."""

from __future__ import annotations

from mge_toolkit.engine.simulation.records import SimulatedAtom, SimulatedWave, Simulation
from mge_toolkit.engine.simulation.replay import simulate
from mge_toolkit.engine.simulation.what_if import Variation, WhatIf, what_if

__all__ = ["SimulatedAtom", "SimulatedWave", "Simulation", "Variation", "WhatIf", "simulate", "what_if"]
