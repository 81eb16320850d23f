"""``mge repro``: a folder in which one atom's behaviour can be seen again, without the rest of its plan."""

from __future__ import annotations

import argparse
import asyncio
import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from mge_toolkit.cli.console import Console
from mge_toolkit.cli.cutting import data_files, plan_document
from mge_toolkit.cli.parser import settings_from
from mge_toolkit.cli.progress import Progress
from mge_toolkit.cli.run import INTERRUPTED, Session
from mge_toolkit.core.errors import MgeError, UnknownAtomError
from mge_toolkit.core.jobs import Job
from mge_toolkit.core.plans import UNSET, Atom, FromAtom, JsonValue, Masterplan
from mge_toolkit.core.ports import Language
from mge_toolkit.core.results import ExecutionResult, Outcome
from mge_toolkit.engine.composition import Composer
from mge_toolkit.plan import load_masterplan
from mge_toolkit.plan.writing import write_document
from mge_toolkit.plugins.manager import Plugins

_COMMANDS: Final = {
    ".py": "python3 {file}",
    ".js": "deno run {file}",
    ".mjs": "deno run {file}",
    ".cjs": "deno run {file}",
    ".ts": "deno run {file}",
}


def command(options: argparse.Namespace, console: Console, plugins: Plugins) -> int:
    """Write the folder and say what is in it."""
    settings = settings_from(options)
    plan = load_masterplan(options.plan, languages=plugins.languages)
    atom = _atom(plan, options.atom)
    target = _free(Path(options.output or f"repro-{atom.id}"))
    chain = (*Composer(plan, plugins.languages).dependencies(atom), atom)
    sources = tuple(dict.fromkeys(name for one in chain for name in one.sources))
    values: Mapping[str, JsonValue] = {}
    if sources:
        console.line(f"running what gives '{atom.id}' its input: {', '.join(sources)}")
        session = Session(settings, plugins, Progress(console, quiet=True))
        try:
            result = session.run(plan, sources)
        except asyncio.CancelledError:
            return session.interruption or INTERRUPTED
        if session.interruption:
            return session.interruption
        values = _values(result.results, sources, options.plan)
    repro = _make(plan, chain, values, plugins.languages, settings.timeout)
    _write(target, repro, plugins.languages[atom.language])
    console.line(f"wrote {target}/: README.md says how to run it")
    return 0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Repro:
    """One atom with all it needs. ``job`` is what a sandbox would be given; ``origin`` where the plan has it."""

    atom: Atom
    plan: Masterplan
    job: Job
    origin: str


def _atom(plan: Masterplan, atom_id: str) -> Atom:
    if atom_id not in plan.atoms:
        close = difflib.get_close_matches(atom_id, plan.atoms, n=1)
        raise UnknownAtomError(atom_id, plan.name, close[0] if close else None)
    return plan.atoms[atom_id]


def _free(target: Path) -> Path:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise MgeError(f"'{target}' exists and is not an empty directory: name another with -o, or remove it")
    return target


def _values(
    results: Mapping[str, ExecutionResult], sources: Sequence[str], plan: str
) -> dict[str, JsonValue]:
    values = {}
    for name in sources:
        found = results[name]
        if found.outcome is not Outcome.PASSED:
            root = found.blocked_by or name
            why = found.reason or found.outcome.value
            raise MgeError(
                f"the input comes from '{name}', which gave none ({why}): try 'mge repro {plan} {root}'"
            )
        result = found.attempts[-1].execution.result
        if result is None or result.json is UNSET:
            raise MgeError(
                f"the input comes from '{name}', whose result is missing or no JSON value: mend it first"
            )
        values[name] = result.json
    return values


def _make(
    plan: Masterplan,
    chain: Sequence[Atom],
    values: Mapping[str, JsonValue],
    languages: Mapping[str, Language],
    timeout: float | None,
) -> _Repro:
    """Return the plan cut down to ``chain``, its inputs as literal values, and the job of its last atom."""
    kept = {one.id for one in chain}
    atoms = {
        one.id: replace(
            one,
            depends_on=tuple(name for name in one.depends_on if name in kept),
            inputs={
                name: values[value.atom] if isinstance(value, FromAtom) else value
                for name, value in one.inputs.items()
            },
        )
        for one in chain
    }
    cut = replace(plan, atoms=atoms)
    atom = atoms[chain[-1].id]
    composer = Composer(cut, languages, timeout)
    job = composer.job(atom, atom.code, dependencies=composer.dependencies(atom))
    return _Repro(atom=atom, plan=cut, job=job, origin=f"{plan.path}:{atom.line}")


def _write(target: Path, repro: _Repro, language: Language) -> None:
    folder = target / "program"
    for file in repro.atom.files:
        _put(folder / file.name, file.content)
    taken = {file.name for file in repro.atom.files}
    program = next(
        name for name in (f"{'_' * n}program{language.suffix}" for n in range(9)) if name not in taken
    )
    # Code may hold lone surrogates, which no encoding takes: the file shows them escaped.
    _put(folder / program, language.compose(repro.job).encode("utf-8", "backslashreplace"))
    inputs = {segment.atom_id: dict(segment.inputs) for segment in repro.job.segments if segment.inputs}
    _put(
        target / "input.json",
        f"{json.dumps(inputs, indent=2, ensure_ascii=False)}\n".encode("utf-8", "backslashreplace"),
    )
    for name, content in data_files(repro.plan.atoms.values()).items():
        _put(target / name, content)
    write_document(plan_document(repro.plan), target / "plan.yaml")
    run = _COMMANDS.get(language.suffix, "").format(file=program)
    _put(target / "README.md", _readme(repro, program, run).encode())


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _readme(repro: _Repro, program: str, run: str) -> str:
    atom = repro.atom
    before = [segment.atom_id for segment in repro.job.segments[:-1] if segment.atom_id != atom.id]
    after = f" It runs after the code of: {', '.join(before)}." if before else ""
    lines = [
        f"# Atom {atom.id}",
        "",
        f"From masterplan {repro.plan.name}, {repro.origin}.{after}",
        "",
        "In the sandbox, as the plan runs it, with its limits and its check:",
        "",
        f"    mge run plan.yaml --atoms {atom.id} --wave-threshold 0",
        "",
    ]
    if run:
        lines += [
            "As a program of its own, with no protection, so read it first:",
            "",
            f"    cd program && {run}",
            "",
        ]
        if atom.expect is not None:
            lines += [
                "What the plan expects of its result, output or exception is compared in the first way only.",
                "",
            ]
    lines += [
        f"- `program/{program}`: dependencies, code and check as one program, inputs as literal values",
        "- `plan.yaml`: the plan cut down to this atom and what runs before it",
        "- `input.json`: the inputs by atom; results of other atoms are the values they really had",
    ]
    return "\n".join([*lines, ""])
