"""The hooks of the plug-in for authors of ``conftest.py`` files and pytest plug-ins.

All are called in the main thread, but for those that say otherwise, and except that the objects they return are
used by the engine in its own. Under pytest-xdist they are called in the workers, where the atoms run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mge_toolkit.core.events import Event
    from mge_toolkit.core.plans import Masterplan
    from mge_toolkit.core.ports import (
        Candidate,
        Fixer,
        Language,
        RepairCase,
        RetryPolicy,
        SandboxFactory,
    )
    from mge_toolkit.core.results import Attempt, ExecutionResult, RetryDecision
    from mge_toolkit.core.settings import Settings
    from pytest_mge.collector import AtomItem


@pytest.hookspec(firstresult=True)
def pytest_mge_masterplan(config: pytest.Config, masterplan: Masterplan) -> Masterplan | None:
    """Return a plan to use instead of ``masterplan``, or ``None`` to leave it.

    Called once for each plan, when it is collected. Records are changed with ``dataclasses.replace``.
    """


@pytest.hookspec(firstresult=True)
def pytest_mge_settings(config: pytest.Config, settings: Settings) -> Settings | None:
    """Return settings to use instead of ``settings``, or ``None`` to leave them. Called once a session."""


@pytest.hookspec
def pytest_mge_sandboxes(config: pytest.Config) -> Mapping[str, SandboxFactory]:  # type: ignore[empty-body]  # pluggy specs have no body
    """Return sandboxes by the name that ``--mge-sandbox`` takes. A factory starts nothing."""


@pytest.hookspec
def pytest_mge_languages(config: pytest.Config) -> Sequence[Language]:  # type: ignore[empty-body]
    """Return languages; a plan names them by ``Language.name``."""


@pytest.hookspec
def pytest_mge_fixers(config: pytest.Config) -> Sequence[Fixer]:  # type: ignore[empty-body]
    """Return fixers, which propose changed code for an atom that failed."""


@pytest.hookspec(firstresult=True)
def pytest_mge_retry_policy(config: pytest.Config) -> RetryPolicy | None:
    """Return the policy that decides after a failed attempt, or ``None`` to leave it to others."""


@pytest.hookspec(firstresult=True)
def pytest_mge_decide(config: pytest.Config, case: RepairCase) -> RetryDecision | None:
    """Return what to do after a failed attempt, or ``None`` to leave it to the policy.

    Called in the engine's thread, once or more for each failed attempt: a pure function of ``case``, and fast.
    """


@pytest.hookspec
def pytest_mge_propose_fix(config: pytest.Config, case: RepairCase) -> Sequence[str | Candidate] | None:
    """Return code that might pass instead of ``case.code``, best first, or ``None``.

    Called in the engine's thread where a fix is due: it proposes and executes nothing, and is fast.
    """


@pytest.hookspec
def pytest_mge_plugins(config: pytest.Config) -> Sequence[object]:  # type: ignore[empty-body]
    """Return plug-ins for the toolkit itself: objects or modules that implement ``mge_*`` hooks."""


@pytest.hookspec
def pytest_mge_event(config: pytest.Config, event: Event) -> None:
    """Learn of everything the engine does, in order, a moment after it happened.

    A plug-in whose hook raises is told no more and is named at the end of the run. ``pytest.exit`` ends the
    session.
    """


@pytest.hookspec
def pytest_mge_attempt_finished(item: AtomItem, attempt: Attempt) -> None:
    """Learn of each attempt of an atom that is an item, in order, right before the atom is reported.

    Its decision says what followed, its trials what was tried on the way to it.
    """


@pytest.hookspec
def pytest_mge_atom_finished(item: AtomItem, result: ExecutionResult) -> None:
    """Learn what became of an atom that is an item of this session, right before it is reported."""
