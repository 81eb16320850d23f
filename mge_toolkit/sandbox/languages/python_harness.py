"""Run one composed Python program and report what became of it. Self-contained: stdlib and its own sibling.

Two ways in. A spawner imports this module, calls :func:`warm` once and, in each forked and walled child,
``os._exit(run(payload, report))``. A process of its own is ``python -I python_harness.py PAYLOAD REPORT``.

The payload is one JSON object: ``nonce``, ``started`` (the file to make when the dependencies are done, or null)
and ``segments``, each with ``atom``, ``role`` (``dependency``, ``code`` or ``check``), ``text``, ``inputs`` and
``timeout``. The report is one JSON object: ``nonce``,
``completed``, ``segment`` (atom and role of what ran last), ``raised``, ``result``, ``limit``, ``flags``.

All segments share the namespace of a ``__main__`` of their own. ``result`` is what the code segment bound,
read when that segment ends, so that nothing the check does can change it.

What a program may replace later (``open``, ``os.getpid``, ``sys.exit`` …) is bound here early.
"""

from __future__ import annotations

import atexit
import builtins
import io
import json
import linecache
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import CodeType, FrameType, ModuleType
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TextIO, TypeAlias

if TYPE_CHECKING:
    from mge_toolkit.sandbox.languages.python_describe import (
        alarm,
        caught,
        encode_json,
        exception_record,
        own_builtins,
        traceback_files,
        value_record,
    )
else:  # the sibling file, wherever this one was put: there is no package inside a sandbox
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - pathlib is slow to import
    from python_describe import (
        alarm,
        caught,
        encode_json,
        exception_record,
        own_builtins,
        traceback_files,
        value_record,
    )

    sys.path.pop(0)

Report: TypeAlias = Callable[[bytes], None]
Segment: TypeAlias = dict[str, Any]

_PARSER_MEMORY: Final = 1024**2  # shorter sources do not exhaust memory, only the parser's stack
_NAMES: Final = {"dependency": "<dependency {}>", "code": "<atom {}>", "check": "<check of {}>"}
_UNBOUND: Final = object()

_getpid, _exit, _fstat, _dup, _dup2, _close = os.getpid, os._exit, os.fstat, os.dup, os.dup2, os.close
_open, _write = os.open, os.write
_run_atexit = atexit._run_exitfuncs
_ready: list[list[TextIO]] = []  # streams that a spawner made before its children need them


def run(payload: bytes, report: Report) -> int:
    """Run the payload's program, hand exactly one report to ``report`` and return the exit code.

    Changes the process for good (streams, ``__main__``, signal handlers), so it is called once in each.
    """
    return _Program(json.loads(payload), report).run()


def touch() -> None:
    """Run a small program, so that what every program writes to is this process's own already."""
    main, argv = sys.modules["__main__"], sys.argv
    segment = {"atom": "touch", "role": "code", "text": "result = [1]", "inputs": {}, "timeout": 1}
    program = _Program(json.loads(json.dumps({"nonce": "", "started": None, "segments": [segment]})), len)
    program.execute()
    program.encoded(completed=True)
    sys.modules["__main__"], sys.argv = main, argv
    del linecache.cache[_filename(segment)]


def warm() -> None:
    """Run passing, failing and broken programs, so that children forked later start warm.

    Clears ``atexit``: call it before anything registers a handler that the children should keep.
    """
    main, argv = sys.modules["__main__"], sys.argv
    failing = "def f():\n    1 / 0\ntry:\n    f()\nexcept ArithmeticError as e:\n    raise TypeError from e\n"
    passing = "import typing\nresult = {'a': [a, 2.5, None, 'x']}\n"
    for text in (passing, failing, "x = (\n", "result = {1j}\n"):
        segment = {"atom": "warm", "role": "code", "text": text, "inputs": {"a": 1}, "timeout": 1}
        program = _Program({"nonce": "", "started": None, "segments": [segment]}, len)
        program.execute()
        program.encoded(completed=True)
    sys.modules["__main__"], sys.argv = main, argv
    linecache.cache.pop(_NAMES["code"].format("warm"), None)
    with suppress(OSError):  # a spawner without standard streams leaves it to its children
        _ready[:] = [_open_streams()]
    atexit._clear()


class _Program:
    """One composed program: its segments, where it is, and what came of it so far."""

    def __init__(self, payload: dict[str, Any], report: Callable[[bytes], object]) -> None:
        self.nonce: str = payload["nonce"]
        self.segments: list[Segment] = payload["segments"]
        self.files = {_filename(segment): segment for segment in self.segments}
        self.current: Segment | None = None
        self.raised: dict[str, Any] | None = None
        self.result = "null"
        self.limit: str | None = None
        self.flags: set[str] = set()
        self.report = report
        self.pid = _getpid()
        started = payload["started"]
        self.started: str | None = None if started is None else f"{os.getcwd()}/{started}"  # noqa: PTH109

    def run(self) -> int:
        """Execute, end as an interpreter ends (threads, ``atexit``, streams), report."""
        streams = _ready.pop() if _ready else _open_streams()
        for name, stream in zip(("stdin", "stdout", "stderr"), streams, strict=True):
            vars(sys)[name] = vars(sys)[f"__{name}__"] = stream
        buffers = [stream.buffer for stream in streams[1:]]
        sys.path.insert(0, os.getcwd())  # noqa: PTH109 - pathlib is slow to import
        if (numpy_random := sys.modules.get("numpy.random")) is not None:
            numpy_random.seed()  # else all children of one spawner draw the same numbers
        error = self.execute()
        code = _exit_code(error)
        if _getpid() != self.pid:  # a child that the program forked has no say in the report
            _leave_child(error, code)
        if (threading := sys.modules.get("threading")) is not None:
            caught(lambda: threading._shutdown())
        caught(_run_atexit)
        with own_builtins():
            ours = dict(zip(("stdout", "stderr"), streams[1:], strict=True))
            flushed = [_flush(vars(sys).get(name, stream)) for name, stream in ours.items()]
            if not all(flushed) or not all(_is_open(fd, buffer) for fd, buffer in enumerate(buffers, 1)):
                self.flags.add("stream_closed")
            if _getpid() != self.pid:
                _exit(code)
            self.report(self.encoded(completed=error is None))
        return code

    def execute(self) -> BaseException | None:
        """Run the segments in order; return what ended them early, after describing it in ``raised``."""
        main = ModuleType("__main__")
        main.__dict__["__builtins__"] = builtins
        sys.modules["__main__"] = main
        for segment in self.segments:
            self.current = segment
            if segment["role"] == "dependency":
                with self._on_its_own(segment, main.__dict__):
                    error = caught(partial(self._run_segment, segment, main.__dict__))
            else:
                self._announce()
                error = caught(partial(self._run_segment, segment, main.__dict__))
            if error is not None:
                if segment is self.segments[-1] and _is_unittest_success(error, _filename(segment)):
                    return None
                with own_builtins():
                    self.raised = exception_record(error, self.files)
                return error
        return None

    def _run_segment(self, segment: Segment, namespace: dict[str, Any]) -> None:
        """Compile and run one segment; after the code segment, read its ``result``."""
        filename = _filename(segment)
        text = segment["text"].removeprefix("\ufeff")
        # A last line without its end would move the marks below it in a traceback.
        lines = io.StringIO(text if text.endswith("\n") else f"{text}\n", newline=None).readlines()
        linecache.cache[filename] = (len(text), None, lines, filename)
        code = _compiled(text, filename)
        sys.argv = [filename]
        if segment["role"] != "check":  # inspect finds the source of a class by it
            namespace["__file__"] = filename
        namespace.update(segment["inputs"])
        exec(code, namespace)  # noqa: S102 - it is what this module is for, inside a sandbox
        if segment["role"] == "code" and (value := namespace.get("result", _UNBOUND)) is not _UNBOUND:
            with own_builtins():
                self.result, is_json = value_record(value)
            if not is_json:
                self.flags.add("result_not_json")

    def _announce(self) -> None:
        """Make the file that says that the dependencies are done: the atom's own time begins."""
        if self.started is not None:
            with suppress(OSError):  # a full disk: the time of the whole holds on
                _close(_open(self.started, os.O_WRONLY | os.O_CREAT, 0o600))
            self.started = None

    @contextmanager
    def _on_its_own(self, segment: Segment, namespace: dict[str, Any]) -> Iterator[None]:
        """Give a dependency its own time limit, mute it, and unbind its inputs and ``result`` afterwards."""
        before = {name: namespace.get(name, _UNBOUND) for name in segment["inputs"]}
        with _muted(), alarm(segment["timeout"], self._dependency_timed_out):
            yield
        namespace.pop("result", None)
        for name, value in before.items():
            if value is _UNBOUND:
                namespace.pop(name, None)
            else:
                namespace[name] = value

    def _dependency_timed_out(self, _number: int, _frame: FrameType | None) -> None:
        """Report that the running dependency used up its own time, and end here and now."""
        if _getpid() == self.pid:
            self.limit = "wall"
            self.report(self.encoded(completed=False))
        _exit(1)

    def encoded(self, *, completed: bool) -> bytes:
        """Return the report as JSON."""
        current = self.current
        segment = "null" if current is None else encode_json([current["atom"], current["role"]])
        parts = (
            f'"nonce": "{self.nonce}", "completed": {"true" if completed else "false"}, "segment": {segment}',
            f'"raised": {"null" if self.raised is None else encode_json(self.raised)}',
            f'"limit": {"null" if self.limit is None else encode_json(self.limit)}',
            f'"flags": {encode_json(sorted(self.flags)) if self.flags else "[]"}, "result": {self.result}',
        )
        return f"{{{', '.join(parts)}}}".encode("utf-8", "backslashreplace")


def _filename(segment: Segment) -> str:
    """Return the name under which tracebacks show a segment."""
    return _NAMES[segment["role"]].format(segment["atom"])


def _compiled(text: str, filename: str) -> CodeType:
    """Compile a segment; whatever stops the compiler is a ``SyntaxError``."""
    if (nul := text.find("\0")) >= 0:
        place = (filename, text.count("\n", 0, nul) + 1, None, None)
        raise SyntaxError("source code contains a NUL character", place)
    try:
        return compile(text, filename, "exec", dont_inherit=True)
    except UnicodeEncodeError as error:
        place = (filename, text.count("\n", 0, error.start) + 1, None, None)
        surrogate = f"U+{ord(text[error.start]):04X}"
        raise SyntaxError(f"source code contains the lone surrogate {surrogate}", place) from None
    except (RecursionError, MemoryError) as error:
        if isinstance(error, MemoryError) and len(text) > _PARSER_MEMORY:
            raise
        message = f"nested too deeply for the parser ({type(error).__name__})"
        raise SyntaxError(message, (filename, 1, None, None)) from None


def _is_unittest_success(error: BaseException, filename: str) -> bool:
    """Return whether it is ``unittest.main()``, called in ``filename``, that ends after all tests passed."""
    unittest = sys.modules.get("unittest.main")
    if unittest is None or not isinstance(error, SystemExit) or error.code:
        return False
    *callers, last = traceback_files(error)
    return last == unittest.__file__ and {name for name in callers if name.startswith("<")} == {filename}


def _exit_code(error: BaseException | None) -> int:
    """Return the exit code that an interpreter would end with."""
    if error is None:
        return 0
    code = error.code if isinstance(error, SystemExit) else 1
    if code is None:
        return 0
    return code & 0xFF if isinstance(code, int) else 1


def _leave_child(error: BaseException | None, code: int) -> None:
    """End a forked child of the program that ran into the program's end, as an interpreter would."""
    if error is not None and not isinstance(error, SystemExit):
        traceback.print_exception(error)
    caught(lambda: sys.stdout.flush())
    caught(lambda: sys.stderr.flush())
    _exit(code)


def _open_streams() -> list[TextIO]:
    """Return standard streams that hold any text and, line by line, lose nothing when the program is killed."""
    reader = io.BufferedReader(io.FileIO(0, closefd=False))
    streams: list[TextIO] = [io.TextIOWrapper(reader, "utf-8", "surrogateescape")]
    for fd, name in ((1, "<stdout>"), (2, "<stderr>")):
        raw = io.FileIO(fd, "w", closefd=False)
        raw.name = name
        buffer = io.BufferedWriter(raw)
        streams.append(io.TextIOWrapper(buffer, "utf-8", "backslashreplace", line_buffering=True))
    return streams


def _flush(stream: Any) -> bool:
    """Flush a stream and return whether that worked."""
    return caught(lambda: stream.flush()) is None


def _is_open(fd: int, buffer: BinaryIO) -> bool:
    """Return whether the program left a standard stream open."""
    return not buffer.closed and caught(lambda: _fstat(fd)) is None


@contextmanager
def _muted() -> Iterator[None]:
    """Throw away what is written to the descriptors 1 and 2 meanwhile, below Python too."""
    kept = [_dup(1), _dup(2)]
    null = _open(os.devnull, os.O_WRONLY)
    _dup2(null, 1)
    _dup2(null, 2)
    _close(null)
    try:
        yield
    finally:
        caught(lambda: sys.stdout.flush())
        caught(lambda: sys.stderr.flush())
        if (ctypes := sys.modules.get("ctypes")) is not None:  # C's own buffers
            caught(lambda: ctypes.CDLL(None).fflush(None))
        for fd, copy in enumerate(kept, 1):
            with suppress(OSError):  # the dependency closed everything: the atom has no streams then
                _dup2(copy, fd)
                _close(copy)


def _main() -> None:
    """Run the payload file that the command line names and leave the report in the other file."""
    payload_file, report_file = (f"{os.getcwd()}/{name}" for name in sys.argv[1:3])  # noqa: PTH109
    descriptor = _open(payload_file, os.O_RDONLY)
    payload = b"".join(iter(partial(os.read, descriptor, 1 << 20), b""))
    _close(descriptor)
    os.unlink(payload_file)  # noqa: PTH108 - pathlib is slow to import

    def report(data: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
        descriptor = _open(report_file, flags, 0o600)
        while data:
            data = data[_write(descriptor, data) :]
        _close(descriptor)

    _exit(run(payload, report))


if __name__ == "__main__":
    _main()
