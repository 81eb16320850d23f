"""Read what a model answered. An answer is data from outside: nothing of it is taken on trust, nothing raises."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mge_toolkit.core.results import Spending

TOOL_NAME: Final = "propose_fix"
_CODE_LIMIT: Final = 400_000
_EXPLANATION_LIMIT: Final = 300
_LARGEST: Final = 10**15
_FIELDS: Final = ("code", "explanation", "confidence")
_FENCED: Final = re.compile(r"\A\s*```[\w+-]*[ \t]*\n(?P<code>.*?)\n?```\s*\Z", re.DOTALL)
_USAGE: Final = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "cache_creation_input_tokens": "cache_write_tokens",
    "cache_read_input_tokens": "cache_read_tokens",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """A well-formed proposal."""

    code: str
    explanation: str
    confidence: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Unusable:
    """Why an answer is no proposal, in a phrase."""

    reason: str


def essence(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of an answer that are read, which are also those that are recorded.

    They are flat and hold only text and numbers, whatever came. Left out are identifiers, and what a model
    thought: it is long, and partly encrypted.
    """
    content, usage = message.get("content"), message.get("usage")
    blocks = [
        _block(block) for block in (content if isinstance(content, list) else ()) if isinstance(block, dict)
    ]
    counts = (
        {key: usage[key] for key in _USAGE if usage.get(key) is not None} if isinstance(usage, dict) else {}
    )
    if not all(isinstance(count, int) for count in counts.values()):
        counts = {}
    stopped = _scalar(message.get("stop_reason"))
    return {"stop_reason": stopped, "content": [block for block in blocks if block], "usage": counts}


def _block(block: Mapping[str, Any]) -> dict[str, Any]:
    """Return what matters of a block: of text the text, of a tool's use the three fields that it may have."""
    if block.get("type") == "text":
        return {"type": "text", "text": _scalar(block.get("text"))}
    if block.get("type") != "tool_use":
        return {}
    given = block.get("input")
    fields = (
        {key: _scalar(given[key]) for key in _FIELDS if key in given} if isinstance(given, dict) else None
    )
    return {"type": "tool_use", "name": _scalar(block.get("name")), "input": fields}


def _scalar(value: Any) -> str | int | float | None:
    """Return a text or a number; of a text with halves of characters only that it has some."""
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            return None
        return value
    if isinstance(value, int | float):
        return value if -_LARGEST < value < _LARGEST else None
    return None


def usage_of(answer: Mapping[str, Any]) -> Spending | None:
    """Return the tokens that an answer says it used, or ``None`` where it does not say so credibly."""
    usage = answer.get("usage")
    if not isinstance(usage, dict) or "input_tokens" not in usage or "output_tokens" not in usage:
        return None
    counts: dict[str, int] = {}
    for theirs, ours in _USAGE.items():
        value = usage.get(theirs)
        if value is None:
            value = 0
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            return None
        counts[ours] = value
    return Spending(**counts, usd=None)


def proposal_in(answer: Mapping[str, Any]) -> Proposal | Unusable:
    """Return the proposal in an answer, or why there is none."""
    stopped = answer.get("stop_reason")
    if stopped in _STOPPED:
        return Unusable(reason=_STOPPED[stopped])
    content = answer.get("content")
    blocks = content if isinstance(content, list) else []
    used = [block for block in blocks if isinstance(block, dict) and block.get("type") == "tool_use"]
    if not used:
        return Unusable(reason="it answered in prose instead of proposing code")
    named = [block for block in used if block.get("name") == TOOL_NAME]
    if not named:
        return Unusable(reason=f"it used a tool that it was not given: {str(used[0].get('name'))[:40]!r}")
    return _proposal(named[0].get("input"))


_STOPPED: Final[Mapping[Any, str]] = {
    "max_tokens": "its answer was cut off at the limit of tokens",
    "model_context_window_exceeded": "the question and its answer do not fit into its context window",
    "refusal": "it refused to answer",
    "pause_turn": "it paused instead of answering",
}


def _proposal(given: Any) -> Proposal | Unusable:
    if not isinstance(given, dict):
        return Unusable(reason="its answer is malformed: the tool's input is no object")
    code, explanation, confidence = (given.get(key) for key in _FIELDS)
    if not isinstance(code, str) or not code.strip():
        return Unusable(reason="its answer is malformed: 'code' is no proper text")
    if not isinstance(explanation, str):
        return Unusable(reason="its answer is malformed: 'explanation' is no proper text")
    if isinstance(confidence, bool) or not isinstance(confidence, int | float):
        return Unusable(reason="its answer is malformed: 'confidence' is no number")
    if not 0 <= confidence <= 1:
        return Unusable(reason="its answer is malformed: 'confidence' is not between 0 and 1")
    if len(code) > _CODE_LIMIT:
        return Unusable(reason=f"it proposed {len(code)} characters of code, more than are accepted")
    return Proposal(code=_unfenced(code), explanation=_sentence(explanation), confidence=float(confidence))


def _unfenced(code: str) -> str:
    """Return ``code`` without a Markdown fence around the whole of it."""
    fenced = _FENCED.match(code) if code.count("```") == 2 else None
    return code if fenced is None else f"{fenced['code']}\n"


def _sentence(explanation: str) -> str:
    """Return an explanation as one printable line."""
    line = " ".join("".join(c if c.isprintable() else " " for c in explanation[:4000]).split())
    line = line or "rewrote the code without an explanation"
    return line if len(line) <= _EXPLANATION_LIMIT else f"{line[: _EXPLANATION_LIMIT - 1]}…"
