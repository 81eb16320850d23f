"""JavaScript and TypeScript atoms on Deno, whose binary comes with a pip package."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from mge_toolkit.core.errors import SandboxUnavailableError
from mge_toolkit.core.jobs import Job, Launch, ProcessExit, Reading
from mge_toolkit.core.plans import Network
from mge_toolkit.core.results import Frame, Limit, Raised, Stream
from mge_toolkit.sandbox.languages.javascript.composition import GLUE, Composition, compose
from mge_toolkit.sandbox.languages.javascript.stacks import PROGRAM, mistake, raised_from, where
from mge_toolkit.sandbox.languages.reports import REPORT_FILE, TEXT_LIMIT, Nonces, read_report, started_file

RUNNER: Final = Path(__file__).with_name("runner.mjs")
_RUNNER_FILE: Final = ".mge-runner.mjs"
_MIB: Final = 1024**2
# What V8's heap leaves of the memory limit to the rest of the process.
_OVERHEAD: Final = 96 * _MIB
# Where no directory can be, Deno keeps its caches in memory, which saves milliseconds for each program.
_ENVIRONMENT: Final = {
    "PATH": "",
    "LANG": "C.UTF-8",
    "NO_COLOR": "1",
    "DENO_DIR": "/dev/null/none",
    "DENO_EMIT_CACHE_MODE": "disable",
    "DENO_NO_UPDATE_CHECK": "1",
    "DENO_NO_PROMPT": "1",
}
# Not --no-npm: with it, bare names of Node's built-in modules are refused too. Nothing is ever cached.
_OPTIONS: Final = (
    "--cached-only",
    "--no-remote",
    "--no-prompt",
    "--no-config",
    "--no-lock",
    "--no-code-cache",
)
_UNSETTLED: Final = "the program ended while a top-level await was still waiting"
_SYSTEM: Final = "cpus,loadavg,osRelease,osUptime,systemMemoryInfo,uid,gid"
_LOOPBACK: Final = "127.0.0.1,localhost,[::1]"
_CHECKING: Final = f"Check {_RUNNER_FILE}\n".encode()
_TYPE_ERROR: Final = re.compile(r"(TS\d{1,6}) \[ERROR\]: (.*)")
_TYPE_ERROR_PLACE: Final = re.compile(r" {4}at (file://\S+:(\d{1,9}):\d{1,9})")
_LAST_WORDS: Final = 16 * 1024  # Deno's own come last, after all that a program can print


@dataclass(frozen=True, kw_only=True, slots=True)
class DenoLanguage:
    """The language ``javascript`` or ``typescript``; both are one family."""

    name: str
    suffix: str
    nonces: Nonces = field(default_factory=Nonces)

    @property
    def family(self) -> str:
        """JavaScript and TypeScript compose with each other."""
        return "javascript"

    def prepare(self, job: Job) -> Launch:
        """Return how to start Deno. Raises ``SandboxUnavailableError`` where its package is not installed."""
        composition = self._composition(job)
        program = self._program(job)
        payload = {
            "nonce": self.nonces.nonce(job),
            "started": started_file(job),
            "program": program,
            "script": composition.script,
            "invalid": composition.invalid,
            "segments": [
                {
                    "atom": segment.atom_id,
                    "role": segment.role.value,
                    "inputs": dict(segment.inputs),
                    "timeout": segment.timeout,
                }
                for segment in job.segments
            ],
        }
        binary = deno_binary()
        files = {
            _RUNNER_FILE: runner_source().replace("PAYLOAD);", f"{_literal(payload)});").encode(),
            program: composition.text.encode(),
        }
        check: tuple[str, ...] = ("--no-check",)
        if self._is_checked(job):
            check = ("--check",)
            literal = f'import("./{program}")'.encode()  # which the type check follows
            files[_RUNNER_FILE] = files[_RUNNER_FILE].replace(b"import(program)", literal)
            files[program] = _declared(job, composition).encode()
        return Launch(
            argv=(binary, "run", *_OPTIONS, *check, *_limits(job), *_permissions(job), _RUNNER_FILE),
            files=files,
            environment=_ENVIRONMENT,
            readable=(binary,),
            report=REPORT_FILE,
            started=started_file(job),
            address_space_limit=False,
        )

    def read(self, job: Job, ended: ProcessExit) -> Reading:
        """Return what the runner reported, and what Deno's own end says where it could not."""
        composition = self._composition(job)
        details: dict[str, Any] = {}

        def adapt(report: Mapping[str, Any]) -> Raised | None:
            details.update(phase=report.get("phase"), final=report.get("final"))
            return raised_from(composition, report)

        reading = read_report(job, ended.report, self.nonces.nonce(job), adapt)
        if reading.completed and ended.exit_code:
            reading = replace(reading, completed=False)
        if reading.segment is None and reading.raised is not None and reading.raised.frames:
            frame = reading.raised.frames[-1]
            reading = replace(reading, segment=(frame.atom_id, frame.role))
        if ended.report is None and self._is_checked(job) and ended.exit_code == 1:
            return _type_error(composition, ended) or reading
        if self._is_checked(job) and ended.stderr.data.startswith(
            _CHECKING
        ):  # Deno's word, not the program's
            reading = replace(reading, stderr=_without_first_line(ended.stderr))
        return _ended(reading, composition, ended, details)

    def compose(self, job: Job) -> str:
        """Return the program with its inputs in front, runnable by ``deno run``."""
        composition = self._composition(job)
        inputs = json.dumps([dict(segment.inputs) for segment in job.segments])
        lines = [
            f"// Atom {job.atom_id}, composed: its dependencies, its code and its check.",
            f"const mgeInputs = {inputs};",
            "const mgeGlue = { begin: (index) => Object.assign(globalThis, mgeInputs[index]), end() {} };",
            "Object.assign(globalThis, { __mge__: mgeGlue, result: undefined });",
            composition.text,
        ]
        return "\n".join(lines)

    def _program(self, job: Job) -> str:
        return f"{PROGRAM}{'.ts' if self._is_typescript(job) else '.js'}"

    def _composition(self, job: Job) -> Composition:
        return compose(job, typescript=self._is_typescript(job))

    def _is_checked(self, job: Job) -> bool:
        """Return whether types are checked before the program runs: only TypeScript has any."""
        return job.typecheck and self._is_typescript(job)

    def _is_typescript(self, job: Job) -> bool:
        """Return whether any segment is TypeScript; then the whole program is."""
        return any(segment.language == "typescript" for segment in job.segments)


@cache
def deno_binary() -> str:
    """Return the path of Deno's binary."""
    try:  # the package has no types
        found = Path(import_module("deno").find_deno_bin())
    except (ImportError, FileNotFoundError):
        found = None
    if found is None or not found.exists():
        raise SandboxUnavailableError(
            "JavaScript and TypeScript atoms need Deno, and its pip package is not installed here: "
            "run `pip install deno` in the environment of mge-toolkit"
        )
    return str(found)


@cache
def runner_source() -> str:
    """Return the program that loads, watches and reports, without its payload, comments and indentation.

    Deno parses it at every start.
    """
    lines = (line.strip() for line in RUNNER.read_text(encoding="utf-8").splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def _literal(payload: Mapping[str, Any]) -> str:
    """Return a payload as a JavaScript string of JSON: JSON of JSON, all ASCII, is one."""
    return json.dumps(json.dumps(payload))


def _limits(job: Job) -> tuple[str, ...]:
    """Return the options that keep V8's heap below the memory limit."""
    heap = max(job.limits.memory - _OVERHEAD, job.limits.memory // 2, 16 * _MIB)
    return (f"--v8-flags=--max-old-space-size={heap // _MIB}",)


def _permissions(job: Job) -> tuple[str, ...]:
    """Return what Deno itself allows: the work directory, and a loopback network where the job has one."""
    allowed = ["--allow-read=.", "--allow-write=.", "--allow-env", f"--allow-sys={_SYSTEM}"]
    if job.network is Network.LOOPBACK:
        allowed.append(f"--allow-net={_LOOPBACK}")
    return tuple(allowed)


def _declared(job: Job, composition: Composition) -> str:
    """Return the program's text with its inputs declared after it, where they move no line."""
    names = {name for segment in job.segments for name in segment.inputs} | {"result", GLUE}
    declarations = "".join(f" var {name}: any;" for name in sorted(names))
    return f"{composition.text}export {{}}; declare global {{{declarations} }}\n"


def _type_error(composition: Composition, ended: ProcessExit) -> Reading | None:
    """Return the first error of the type check, which Deno printed before it ran anything."""
    error: re.Match[str] | None = None
    for line in ended.stderr.text.split("\n"):
        if error is None:
            error = _TYPE_ERROR.match(line)
        elif place := _TYPE_ERROR_PLACE.match(line):
            frames = tuple(mistake(composition, place[1])) if composition.locate(int(place[2])) else ()
            if frames:
                break
            error = None
    else:
        return None
    kind, message = error[1], error[2].strip()[:TEXT_LIMIT]
    text = f"{kind}: {message}\n    at {where(frames[0])}"
    raised = Raised(type=kind, message=message, bases=("TypeCheckError",), frames=frames, traceback=text)
    return Reading(completed=False, raised=raised, segment=(frames[0].atom_id, frames[0].role))


def _without_first_line(stream: Stream) -> Stream:
    """Return a stream without its first line."""
    rest = stream.data.partition(b"\n")[2]
    return Stream(data=rest, total=stream.total - (len(stream.data) - len(rest)))


def _ended(
    reading: Reading, composition: Composition, ended: ProcessExit, details: Mapping[str, Any]
) -> Reading:
    """Return the reading of a process that Deno or V8 itself ended, where it was one."""
    if ended.signal is not None and ended.limit is None:
        if ended.signal == signal.SIGABRT and "phase" not in details:
            message = "nested too deeply for the parser"
            text = f"SyntaxError: {message}"
            raised = Raised(type="SyntaxError", message=message, bases=("Error",), traceback=text)
            return replace(reading, completed=False, raised=raised)
        if ended.signal in _HEAP_SIGNALS and b"out of memory" in ended.stderr.data:
            return replace(reading, completed=False, limit=Limit.MEMORY)
    if reading.raised is None and ended.exit_code == 1 and details.get("final") is False:
        text = ended.stderr.data[-_LAST_WORDS:].decode("utf-8", "replace")
        place = text[text.rfind("Top-level await") :] if "Top-level await" in text else ""
        raised = Raised(
            type="UnsettledTopLevelAwait",
            message=_UNSETTLED,
            traceback=f"UnsettledTopLevelAwait: {_UNSETTLED}",
            bases=("Error",),
            frames=tuple(mistake(composition, place)),
        )
        return replace(reading, completed=False, raised=raised)
    if reading.raised is None and not reading.completed and details.get("final") and ended.exit_code == 0:
        return _swallowed(reading, composition)
    return reading


def _swallowed(reading: Reading, composition: Composition) -> Reading:
    """Return what is wrong where an open comment, which Deno's parser lets pass, swallowed the rest."""
    for segment, line in zip(composition.segments, composition.errors, strict=True):
        if line is not None and reading.segment == (segment.atom_id, segment.role):
            frame = Frame(atom_id=segment.atom_id, role=segment.role, line=line)
            text = "something is left open here"
            told = f"SyntaxError: {text}\n    at {where(frame)}"
            raised = Raised(
                type="SyntaxError", message=text, bases=("Error",), frames=(frame,), traceback=told
            )
            return replace(reading, raised=raised)
    return reading


_HEAP_SIGNALS: Final = frozenset({signal.SIGTRAP, signal.SIGILL, signal.SIGABRT})


def deno_languages() -> tuple[DenoLanguage, DenoLanguage]:
    """Return JavaScript and TypeScript."""
    return (
        DenoLanguage(name="javascript", suffix=".js"),
        DenoLanguage(name="typescript", suffix=".ts"),
    )
