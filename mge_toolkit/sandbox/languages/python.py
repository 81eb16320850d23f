"""Python atoms: run by the interpreter that runs us, through the harness beside this file."""

from __future__ import annotations

import ast
import io
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from mge_toolkit.core.jobs import Job, Launch, ProcessExit, Reading, Segment
from mge_toolkit.core.results import Role
from mge_toolkit.sandbox.languages.reports import PAYLOAD_FILE, REPORT_FILE, Nonces, read_report, started_file

HARNESS: Final = Path(__file__).with_name("python_harness.py")
HARNESS_FILES: Final = (HARNESS, HARNESS.with_name("python_describe.py"))

# One thread each: what a limit of one CPU can use, and what leaves memory and processes to the program.
_THREADS: Final = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
ENVIRONMENT: Final = {"PATH": os.defpath, "LANG": "C.UTF-8", **dict.fromkeys(_THREADS, "1")}


@dataclass(frozen=True, kw_only=True, slots=True)
class PythonLanguage:
    """The language ``python``."""

    nonces: Nonces = field(default_factory=Nonces)

    @property
    def name(self) -> str:
        """The name that plans use."""
        return "python"

    @property
    def family(self) -> str:
        """Python composes with itself only."""
        return "python"

    @property
    def suffix(self) -> str:
        """The ending of a source file."""
        return ".py"

    def prepare(self, job: Job) -> Launch:
        """Return how to start the harness; ``warm_payload`` is what its ``run`` takes."""
        payload = json.dumps(
            {
                "nonce": self.nonces.nonce(job),
                "started": started_file(job),
                "segments": [
                    {
                        "atom": segment.atom_id,
                        "role": segment.role.value,
                        "text": segment.source.text,
                        "inputs": dict(segment.inputs),
                        "timeout": segment.timeout,
                    }
                    for segment in job.segments
                ],
            }
        ).encode()
        options = ("-I", "-B", "-X", "utf8")
        return Launch(
            argv=(sys.executable, *options, str(HARNESS), PAYLOAD_FILE, REPORT_FILE),
            files={PAYLOAD_FILE: payload},
            environment=ENVIRONMENT,
            readable=readable_paths(),
            report=REPORT_FILE,
            started=started_file(job),
            warm_payload=payload,
        )

    def read(self, job: Job, ended: ProcessExit) -> Reading:
        """Return what the harness reported."""
        return read_report(job, ended.report, self.nonces.nonce(job))

    def compose(self, job: Job) -> str:
        """Return one script: the segments in order, their inputs as assignments."""
        futures: dict[str, None] = {}
        parts: list[str] = []
        for segment in job.segments:
            text, found = _without_futures(segment.source.text)
            futures.update(dict.fromkeys(found))
            parts.append(_section(segment, text))
        header = [f'"""Atom {job.atom_id!r}, composed: its dependencies, its code and its check."""\n']
        if futures:
            header.append(f"from __future__ import {', '.join(futures)}\n")
        return "\n".join([*header, *parts])


@cache
def readable_paths() -> tuple[str, ...]:
    """Return the host paths that an interpreter like ours and the harness need to read."""
    executable = Path(sys.executable)
    prefixes = (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix)
    own = (str(executable.parent), str(executable.resolve().parent))
    # The import path holds what lies elsewhere (a distribution's packages), but not the current directory.
    imports = (path for path in sys.path if Path(path).name in ("site-packages", "dist-packages"))
    return tuple(dict.fromkeys([*prefixes, *own, *imports, *map(str, HARNESS_FILES)]))


def _section(segment: Segment, text: str) -> str:
    """Return one segment as a part of the composed script."""
    place = f"{segment.source.file}:{segment.source.line}"
    lines = [f"# --- {segment.role.value} of {segment.atom_id} ({place})\n"]
    lines += [f"{name} = {value!r}\n" for name, value in segment.inputs.items()]
    lines.append(text if text.endswith("\n") else f"{text}\n")
    if segment.role is Role.DEPENDENCY:
        names = ("result", *segment.inputs)
        lines.append(f"for _name in {names!r}:\n    globals().pop(_name, None)\n")
    return "".join(lines)


def _without_futures(text: str) -> tuple[str, list[str]]:
    """Return the text with its ``from __future__`` imports as comments, and what they import."""
    try:
        statements = list(_futures(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text, []
    lines = io.StringIO(text, newline="").readlines()
    for statement in statements:
        for number in range(statement.lineno - 1, statement.end_lineno or statement.lineno):
            lines[number] = f"# {lines[number]}"
    return "".join(lines), [alias.name for statement in statements for alias in statement.names]


def _futures(tree: ast.Module) -> Iterator[ast.ImportFrom]:
    """Yield the ``from __future__`` imports, which stand at the top level only."""
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            yield statement
