"""A package that adds to MGE Toolkit: a language, a fixer and an importer for sums, and a sandbox.

The language ``rpn`` is reverse Polish notation: ``2 3 +`` gives the result 5. Names are inputs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mge_toolkit.core.jobs import Job, Launch, ProcessExit, Reading
from mge_toolkit.core.ports import (
    Candidate,
    ImportOptions,
    Language,
    RepairCase,
    RepairLevel,
    Sandbox,
    SandboxFactory,
    SandboxOptions,
)
from mge_toolkit.core.results import Execution, Frame, Isolation, Raised, Role, Value
from mge_toolkit.plugins.hookspecs import hookimpl
from mge_toolkit.sandbox.direct import DirectSandbox
from mge_toolkit.sandbox.languages.python import readable_paths

REPORT = ".rpn-report.json"

# What runs inside the sandbox: it reads the program, and leaves the result or the mistake in a file.
INTERPRETER = """
import json, operator, sys
OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
program = json.load(open("program.json"))
stack, report = [], {}
try:
    for number, line in enumerate(program["code"].splitlines(), 1):
        for word in line.split():
            if word in OPERATORS:
                right, left = stack.pop(), stack.pop()
                stack.append(OPERATORS[word](left, right))
            else:
                stack.append(program["inputs"][word] if word in program["inputs"] else float(word))
    report["result"] = stack.pop()
except Exception as error:
    bases = [base.__name__ for base in type(error).__mro__[1:]]
    report = {"type": type(error).__name__, "bases": bases, "message": str(error), "line": number}
json.dump(report, open(sys.argv[1], "w"))
sys.exit("type" in report)
"""


class Rpn:
    """The language: pure functions that say how a job starts and what its end means."""

    name = "rpn"
    family = "rpn"
    suffix = ".rpn"

    def prepare(self, job: Job) -> Launch:
        """Return how to start the interpreter above."""
        code = job.segments[-1]
        program = json.dumps({"code": self.compose(job), "inputs": dict(code.inputs)}).encode()
        return Launch(
            argv=(sys.executable, "-I", "interpreter.py", REPORT),
            files={"interpreter.py": INTERPRETER.encode(), "program.json": program},
            environment={"LANG": "C.UTF-8"},
            readable=readable_paths(),  # what an interpreter like ours needs to see
            report=REPORT,
        )

    def read(self, job: Job, ended: ProcessExit) -> Reading:
        """Return what the report says; without one, the program was killed."""
        segment = (job.atom_id, Role.CODE)
        if ended.report is None:
            return Reading(completed=False, segment=segment)
        report = json.loads(ended.report)
        if "type" not in report:
            return Reading(completed=True, segment=segment, result=Value(json=report["result"]))
        frame = Frame(atom_id=job.atom_id, role=Role.CODE, line=report["line"])
        raised = Raised(
            type=report["type"], bases=tuple(report["bases"]), message=report["message"], frames=(frame,)
        )
        return Reading(completed=False, segment=segment, raised=raised)

    def compose(self, job: Job) -> str:
        """Return the whole program: sums need no dependencies' code, so the last segment is all of it."""
        return job.segments[-1].source.text


class TimesSign:
    """The fixer: models write ``x`` where they mean ``*``."""

    name = "times-sign"
    level = RepairLevel.FIX

    async def candidates(self, case: RepairCase) -> Sequence[Candidate]:
        """Return the code with every ``x`` that stands alone replaced, for this language only."""
        if case.atom.language != Rpn.name:
            return []
        lines = [
            " ".join("*" if word == "x" else word for word in line.split()) for line in case.code.splitlines()
        ]
        return [Candidate(code="\n".join(lines), source=self.name, explanation="'x' is written '*'")]


class Sums:
    """The importer: a text file with a sum and its result on each line, as in ``2 3 + = 5``."""

    name = "sums"

    def read(self, path: Path, options: ImportOptions) -> Mapping[str, Any]:
        """Return a plan with an atom for each line."""
        atoms = {}
        for number, line in enumerate(path.read_text().splitlines(), 1):
            code, _, result = line.partition("=")
            atoms[f"sum_{number}"] = {"code": code.strip(), "expect": {"result": float(result)}}
        return {"masterplan": path.stem, "defaults": {"language": Rpn.name}, "atoms": atoms}


class Abacus:
    """The sandbox: it does what ``direct`` does, under its own name. A real one would build its own walls."""

    name = "abacus"
    isolation = Isolation(sandbox="abacus")
    environment = "abacus 1"  # a name for what programs run on, which the cache goes by

    def __init__(self, options: SandboxOptions) -> None:
        self._inner = DirectSandbox(options)

    async def start(self) -> None:
        """Start what does the work."""
        await self._inner.start()

    async def execute(self, job: Job, slot: int) -> Execution:
        """Run the job."""
        return await self._inner.execute(job, slot)

    async def close(self) -> None:
        """Close what does the work."""
        await self._inner.close()


def _abacus(options: SandboxOptions) -> Sandbox:
    return Abacus(options)


@hookimpl
def mge_languages() -> Sequence[Language]:
    """Add the language."""
    return [Rpn()]


@hookimpl
def mge_fixers() -> Sequence[TimesSign]:
    """Add the fixer."""
    return [TimesSign()]


@hookimpl
def mge_importers() -> Sequence[Sums]:
    """Add the importer."""
    return [Sums()]


@hookimpl
def mge_sandboxes() -> Mapping[str, SandboxFactory]:
    """Add the sandbox."""
    return {"abacus": _abacus}
