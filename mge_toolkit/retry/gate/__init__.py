"""The gate against gaming: code that passes a check without doing what the plan asks is no repair."""

from __future__ import annotations

import logging

from mge_toolkit.core.plans import Atom

logger = logging.getLogger(__name__)


def refusal(atom: Atom, before: str, after: str) -> str | None:
    """Return why ``after`` may not take the place of ``before``, an atom's code in the plan; ``None`` if it may.

    The reason continues the sentence "It …": ``deletes the assertion on line 4``. Raises for no texts, and
    executes none. What cannot be judged is refused, as nobody would look at it again once it counts.
    """
    if after == before:
        return None
    try:
        if atom.language == "python":
            from mge_toolkit.retry.gate import python

            return python.refusal(atom, before, after)
        if atom.language in ("javascript", "typescript"):
            from mge_toolkit.retry.gate import javascript

            return javascript.refusal(atom, before, after)
    except (RecursionError, MemoryError):
        return "is nested too deeply to be judged"
    except Exception:  # a defect of ours must neither end a run nor let a candidate through
        logger.exception("the gate failed for atom '%s'", atom.id)
        return "cannot be judged, for an internal error of the gate"
    return None
