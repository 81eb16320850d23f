"""Describe values and exceptions of a running Python program as JSON. Part of the harness: stdlib only.

The objects described belong to the program: their ``__repr__`` and ``__str__`` may raise, hang, print or
return anything, and nothing here fails for it.
"""

from __future__ import annotations

import builtins
import json
import linecache
import reprlib
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from types import CodeType, FrameType, TracebackType
from typing import Any, Final, TypeAlias

Handler: TypeAlias = Callable[[int, FrameType | None], None]

REPR_LIMIT: Final = 4096
_RESULT_LIMIT: Final = 16 * 1024**2
_TEXT_LIMIT: Final = 64 * 1024
_SMALL: Final = 64
_WEIGHT_LIMIT: Final = 1024**2
_CONTAINERS: Final = (list, tuple, dict, set, frozenset)
_DEPTH: Final = 400
_SECONDS: Final = 2.0
_GLUE: Final = "python_harness.py"


def _values(pairs: list[tuple[str, Any]]) -> list[Any]:
    """Return an object's values; refuse one two of whose keys are the same in JSON (``1`` and ``"1"``)."""
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("keys clash")
    return [value for _, value in pairs]


def _refuse_depth(text: str, value: Any) -> None:
    """Refuse what is nested more deeply than readers' recursion goes."""
    if text.count("[") + text.count("{") <= _DEPTH:
        return
    level = [value]
    for _ in range(_DEPTH):
        level = [item for one in level if isinstance(one, list) for item in one]
        if not level:
            return
    raise RecursionError("nested too deeply")


class _Encoder(json.JSONEncoder):
    """What an encoder does before any program patches its class."""

    default = json.JSONEncoder.default
    encode = json.JSONEncoder.encode
    iterencode = json.JSONEncoder.iterencode


# Early: the program may patch json and the built-ins later.
_BUILTINS: Final = vars(builtins).copy()
_module_of = vars(type)["__module__"].__get__
_name_of = vars(type)["__name__"].__get__
_qualname_of = vars(type)["__qualname__"].__get__
encode_json = _Encoder(ensure_ascii=False, allow_nan=False).encode
_decode_json = json.JSONDecoder(object_pairs_hook=_values).decode


class _TooLongError(BaseException):
    """Describing a value took too long. Not an ``Exception``, so that few values swallow it."""


@contextmanager
def own_builtins() -> Iterator[None]:
    """Put the built-ins back that the program replaced, meanwhile."""
    current = builtins.__dict__
    before = current.copy()
    current.update(_BUILTINS)
    try:
        yield
    finally:
        current.update(before)


def caught(function: Callable[[], object]) -> BaseException | None:
    """Call ``function`` and return what it raised."""
    try:
        function()
    except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt are outcomes like others
        return error
    return None


@contextmanager
def alarm(seconds: float, handler: Handler | None = None) -> Iterator[None]:
    """Call ``handler`` (default: raise) after ``seconds``. No effect where there is no such signal."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, handler or _give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before or signal.SIG_DFL)


def _give_up(_number: int, _frame: FrameType | None) -> None:
    raise _TooLongError


def value_record(value: object) -> tuple[str, bool]:
    """Return ``{"json": …}`` as text, or ``{"repr": …}`` where JSON cannot hold the value, and which it is."""
    if value is None or type(value) is bool or (type(value) is int and value.bit_length() < _SMALL):
        return f'{{"json": {encode_json(value)}}}', True  # nothing can go wrong: no need for what follows
    if _is_heavy(value):
        return encode_json({"repr": _safe_repr(value, short=True)}), False
    found: list[str] = []

    def encode() -> None:
        with _limits_of_the_reader(), alarm(_SECONDS):
            text = encode_json(value)
            text.encode()  # fails for lone surrogates
            _refuse_depth(text, _decode_json(text))
            found.append(text)

    if caught(encode) is None and found and len(found[0]) <= _RESULT_LIMIT:
        return f'{{"json": {found[0]}}}', True
    return encode_json({"repr": _safe_repr(value)}), False


@contextmanager
def _limits_of_the_reader() -> Iterator[None]:
    """Set the limits under which the report will be read: long integers, deep nesting."""
    digits, depth = sys.get_int_max_str_digits(), sys.getrecursionlimit()
    sys.set_int_max_str_digits(4300)
    sys.setrecursionlimit(500)
    try:
        yield
    finally:
        sys.setrecursionlimit(depth)
        sys.set_int_max_str_digits(digits)


def _is_heavy(value: object) -> bool:
    """Return whether JSON or ``repr`` would write too much: no signal interrupts what is written in C.

    What is shared is written, and weighed, each time. A value weighs 1, and its text or digits by their length.
    """
    light: list[bool] = []

    def weigh() -> None:
        with alarm(_SECONDS):
            light.append(_weight(value) <= _WEIGHT_LIMIT)

    caught(weigh)
    return light != [True]


def _weight(value: object) -> int:
    """Return a value's weight, as soon as it is over the limit."""
    weight, path = 0, [0]
    waiting: list[Iterator[object]] = [iter((value,))]
    while waiting and weight <= _WEIGHT_LIMIT:
        for item in waiting[-1]:
            weight += 1
            if isinstance(item, str | bytes):
                weight += len(item) // 16
            elif isinstance(item, int):
                weight += item.bit_length() // 64
            elif isinstance(item, _CONTAINERS) and id(item) not in path and len(path) <= _DEPTH:
                path.append(id(item))
                inner: Iterable[object] = (
                    chain(item.keys(), item.values()) if isinstance(item, dict) else item
                )
                waiting.append(iter(inner))
                break
            if weight > _WEIGHT_LIMIT:
                break
        else:
            path.pop()
            waiting.pop()
    return weight


def _safe_repr(value: object, *, short: bool = False) -> str:
    """Return a ``repr`` of at most 4 KiB, whatever the value's own ``__repr__`` does."""
    found = [f"<{type(value).__name__} object whose repr failed>"]

    def represent() -> None:
        brief = reprlib.Repr()
        if not short:
            brief.maxdict = brief.maxlist = brief.maxtuple = brief.maxset = brief.maxfrozenset = REPR_LIMIT
        large = short or (isinstance(value, _CONTAINERS) and len(value) > REPR_LIMIT)
        with alarm(_SECONDS):
            found.append(_clean(brief.repr(value) if large else repr(value), REPR_LIMIT))

    caught(represent)
    return found[-1]


def exception_record(error: BaseException, segments: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the exception as data. ``segments`` maps the names of the program's own files to its segments."""
    items = list(_abbreviated(error.__traceback__))
    frames = [frame for tb in items if (frame := _frame(tb, segments)) is not None]
    message: Callable[[], str] = partial(str, error)
    if isinstance(error, SyntaxError) and (broken := segments.get(error.filename or "")) is not None:
        frames.append(_frame_record(broken, error.lineno or 1, error.offset or None, None))
        message = partial(str, error.msg)
    mro = [_class_name(cls) for cls in type(error).__mro__ if cls is not object]
    texts = [f"<{type(error).__name__} whose str failed>", ""]

    def describe() -> None:
        with alarm(_SECONDS):
            texts[0] = message()
            texts[1] = _traceback_text(error)

    caught(describe)
    return {
        "type": mro[0],
        "bases": mro[1:],
        "message": _clean(texts[0], REPR_LIMIT),
        "frames": frames,
        "traceback": _clean(texts[1] or f"{mro[0]}: {texts[0]}", _TEXT_LIMIT),
    }


def traceback_files(error: BaseException) -> list[str]:
    """Return the file names of the traceback's entries, outermost first."""
    return [tb.tb_frame.f_code.co_filename for tb in _abbreviated(error.__traceback__)]


def _abbreviated(tb: TracebackType | None) -> Iterator[TracebackType]:
    """Yield the traceback's entries, outermost first; of thousands, the first and the last twenty."""
    items = []
    while tb is not None:
        items.append(tb)
        tb = tb.tb_next
    yield from items if len(items) <= 40 else items[:20] + items[-20:]


def _frame(tb: TracebackType, segments: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return one traceback entry, or ``None`` where it is not in a segment."""
    code = tb.tb_frame.f_code
    segment = segments.get(code.co_filename)
    if segment is None:
        return None
    column = _column(code, tb.tb_lasti, linecache.getline(code.co_filename, tb.tb_lineno))
    return _frame_record(segment, tb.tb_lineno or 1, column, code.co_qualname)


def _column(code: CodeType, instruction: int, line: str) -> int | None:
    """Return the column (from 1, in characters) of an instruction; the compiler counts UTF-8 bytes."""
    nowhere = (None, None, None, None)
    *_, column, _ = next(islice(code.co_positions(), instruction // 2, None), nowhere)
    if column is None:
        return None
    return len(line.encode("utf-8", "replace")[:column].decode("utf-8", "ignore")) + 1


def _frame_record(
    segment: Mapping[str, Any], line: int, column: int | None, function: str | None
) -> dict[str, Any]:
    name = None if function == "<module>" else function
    place = {"line": line, "column": column, "function": name}
    return {"atom": segment["atom"], "role": segment["role"], **place}


def _class_name(cls: type) -> str:
    """Return a class's name: bare for a built-in one, else qualified with its module."""
    module = _module_of(cls)  # not asking the class, for which a metaclass may answer
    return str(_name_of(cls)) if module == "builtins" else f"{module}.{_qualname_of(cls)}"


class _Stack(traceback.StackSummary):
    """A stack that formats its first and its last frames only."""

    def format(self, **options: Any) -> list[str]:
        """Return the lines; thousands of frames of a runaway recursion say no more than forty do."""
        if len(self) <= 40:
            return super().format(**options)
        head, tail = _Stack(self[:20]), _Stack(self[-20:])
        gap = f"  … {len(self) - 40} frames left out …\n"
        return [*head.format(**options), gap, *tail.format(**options)]


def _traceback_text(error: BaseException) -> str:
    """Return the traceback as an interpreter prints it, without the harness's frames, abbreviated."""
    told = traceback.TracebackException(type(error), error, error.__traceback__)
    waiting: list[traceback.TracebackException | None] = [told]
    while waiting:
        one = waiting.pop()
        if one is not None:
            one.stack = _Stack(frame for frame in one.stack if not _is_glue(frame.filename))
            waiting += [one.__cause__, one.__context__, *(getattr(one, "exceptions", None) or ())]
    return "".join(told.format())


def _is_glue(filename: str) -> bool:
    """Return whether a frame is the harness's own."""
    return filename == __file__ or filename.endswith(_GLUE)


def _clean(text: str, limit: int) -> str:
    """Return ``text`` cut to ``limit`` in its middle, with what UTF-8 cannot hold as backslash escapes."""
    if len(text) > limit:
        half = limit // 2 - 20
        text = f"{text[:half]} … {len(text) - 2 * half} characters … {text[-half:]}"
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
