"""The hooks of the toolkit, all with the prefix ``mge_``.

A package implements them in a module or object that it names under the entry point group ``mge_toolkit``, each
function marked with :data:`hookimpl`. The toolkit's own parts are registered through the same hooks, first; a
later registration of the same name replaces an earlier one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pluggy

from mge_toolkit.core.events import Event
from mge_toolkit.core.ports import Fixer, Importer, Language, RetryPolicy, SandboxFactory

PROJECT: Final = "mge"
ENTRY_POINT_GROUP: Final = "mge_toolkit"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def mge_sandboxes() -> Mapping[str, SandboxFactory]:  # type: ignore[empty-body]  # pluggy specs have no body
    """Return sandboxes by the name that ``--mge-sandbox`` takes. A factory starts nothing."""


@hookspec
def mge_languages() -> Sequence[Language]:  # type: ignore[empty-body]
    """Return languages; a plan names them by ``Language.name``."""


@hookspec
def mge_fixers() -> Sequence[Fixer]:  # type: ignore[empty-body]
    """Return fixers, asked in the order in which they are registered."""


@hookspec
def mge_importers() -> Sequence[Importer]:  # type: ignore[empty-body]
    """Return importers; ``mge import`` names them by ``Importer.name``."""


@hookspec(firstresult=True)
def mge_retry_policy() -> RetryPolicy | None:
    """Return the policy that decides after a failed attempt, or ``None`` to leave it to others."""


@hookspec
def mge_event(event: Event) -> None:
    """Learn of everything the engine does, in its own thread: return fast. What it raises is logged only."""
