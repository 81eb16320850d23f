"""Say in plain words what made an attempt fail, what would probably mend it, and how sure that is.

Languages word their errors; their words are read here only after the class of the exception, a limit or a signal
has said what kind of failure it is.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final

from mge_toolkit.core.jobs import Job
from mge_toolkit.core.plans import Atom
from mge_toolkit.core.results import Execution, Failure, Role
from mge_toolkit.retry.causes.scene import Scene
from mge_toolkit.retry.kinds import sureness

logger = logging.getLogger(__name__)

_GENERAL: Final = {
    "wall": ("It ran longer than it may.", "make it faster, or find the loop that does not end"),
    "cpu": ("It calculated longer than it may.", "make it faster, or find the loop that does not end"),
    "memory": (
        "It needed more memory than it may have.",
        "keep less at once, or find the loop that does not end",
    ),
    "output": ("It printed more than it may.", "find the loop that does not end, or print less"),
    "disk": ("It wrote more to the disk than it may.", None),
    "processes": ("It started more processes or threads than it may.", None),
    "signal": ("The operating system ended it.", None),
    "exit": ("It ended itself before its end, so that nothing could be checked.", "let it run to its end"),
    "assertion": ("An assertion does not hold{where}.", None),
    "mismatch": ("It ran to its end and gave something other than what is expected.", None),
    "file": ("A file is not there.", "list it under 'files' in the plan, or create it first"),
    "permission": ("It asked for something that the sandbox denies.", None),
    "network": ("It asked for a network, and there is none in the sandbox.", None),
    "os": ("The operating system refused what it asked for.", None),
    "unicode": ("A text holds characters that its encoding cannot.", "give the encoding, such as 'utf-8'"),
    "overflow": ("A number is too large for its type.", None),
    "stop_iteration": ("An iterator had nothing more to give.", "give 'next' a default"),
    "not_implemented": ("A part is not written yet.", None),
    "interrupt": ("It was interrupted.", None),
    "group": ("Several things failed at once.", None),
    "thrown": ("It threw a value that is no error.", "throw an Error"),
    "key": ("A mapping lacks the key that it was asked for.", None),
    "index": ("An index lies outside its sequence.", None),
    "name": ("A name is used that is not defined.", None),
    "attribute": ("An object lacks the attribute that it was asked for.", None),
    "type": ("A value has another type than its use needs.", None),
    "null": ("Something that is null or undefined was used as an object.", None),
    "value": ("A value is not one that can be used there.", None),
    "zero_division": ("A number was divided by zero.", None),
    "module": ("A module is not there.", None),
    "import": ("Something could not be imported.", None),
    "syntax": ("The code cannot be parsed.", None),
    "indentation": ("The indentation is wrong.", None),
    "typecheck": ("The types do not fit.", None),
    "recursion": ("It calls itself too deeply.", None),
    "await": ("It waits for something that never happens.", None),
    "exception": ("It raised an exception that nothing caught{where}.", None),
}
_FALLBACK: Final = ("It failed{where}.", None)


def explained(failure: Failure, atom: Atom, job: Job, execution: Execution) -> Failure:
    """Return ``failure`` with its cause, its hint where there is one, and its confidence."""
    scene = Scene(failure=failure, atom=atom, job=job, raised=execution.raised)
    cause, hint = _GENERAL.get(failure.kind, _FALLBACK)
    try:
        found = _in_its_words(scene) if _has_words(scene, execution) else None
    except Exception:  # a sentence must not cost a verdict
        logger.exception("no cause for a failure of atom '%s'", atom.id)
        found = None
    if found is not None:
        cause, hint = found[0], found[1] or hint
    return replace(
        failure,
        cause=cause.replace("{where}", scene.where),
        hint=hint,
        confidence=_confidence(failure, execution),
    )


def _has_words(scene: Scene, execution: Execution) -> bool:
    """Return whether the failure is what the exception's own words are about."""
    return scene.raised is not None and execution.limit is None and scene.failure.kind != "mismatch"


def _in_its_words(scene: Scene) -> tuple[str, str | None] | None:
    from mge_toolkit.retry.causes.rules import told

    raised = scene.raised
    if raised is not None and "BaseException" in (raised.type, *raised.bases):
        from mge_toolkit.retry.causes.python import RULES as PYTHON

        return told(PYTHON, scene.failure.kind, scene)
    from mge_toolkit.retry.causes.javascript import RULES as JAVASCRIPT

    return told(JAVASCRIPT, scene.failure.kind, scene)


def _confidence(failure: Failure, execution: Execution) -> float:
    """Return how sure the category and the kind are, by the evidence for them."""
    if execution.limit is not None or failure.kind in ("signal", "mismatch"):
        return 1.0
    if execution.raised is not None:
        return sureness(execution.raised)
    return 0.6 if failure.role is Role.CODE or failure.kind == "exit" else 1.0
