"""The importer of HumanEval: tasks of a prompt, a canonical solution and a test, one JSON object a line."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mge_toolkit.core.errors import PlanError, Problem, SettingsError
from mge_toolkit.core.plans import Position
from mge_toolkit.core.ports import ImportOptions
from mge_toolkit.plan.syntax.json_text import read_json_lines
from mge_toolkit.plan.syntax.nodes import MappingNode, Report, Scalar, kind
from mge_toolkit.plan.values import nearest_name, suggestion

_TASK_KEYS: Final = ("task_id", "prompt", "entry_point", "canonical_solution", "test")
_SAMPLE_KEYS: Final = ("task_id", "completion")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Record:
    """One line of a file: the texts that were asked for, and where they stand."""

    line: int
    texts: Mapping[str, str]


class HumanEvalImporter:
    """Reads OpenAI's HumanEval files, plain or gzipped, and files of samples for them.

    Without samples every task becomes one atom with its canonical solution; with samples every sample
    becomes an atom of its own, in the order of its task's samples in the file.
    """

    name = "humaneval"

    def read(self, path: Path, options: ImportOptions) -> Mapping[str, Any]:
        """Return the document. Raises :class:`PlanError`, and :class:`SettingsError` for an unknown option."""
        if options.extra:
            name = next(iter(options.extra))
            raise SettingsError(f"the importer 'humaneval' has no option '{name}': leave it out")
        report = Report(str(path))
        needed = (
            _TASK_KEYS
            if options.samples is None
            else tuple(k for k in _TASK_KEYS if k != "canonical_solution")
        )
        tasks = _by_task(_records(path, needed, report), report)
        if not tasks and report.clean:
            report.add(1, "the file has no tasks: give a file of HumanEval, a JSON object a line")
        report.raise_any()
        samples = {task: [record.texts.get("canonical_solution", "")] for task, record in tasks.items()}
        if options.samples is not None:
            samples = _samples(options.samples, tasks)
        atoms: dict[str, Any] = {}
        for task, completions in samples.items():
            for number, completion in enumerate(completions):
                name = _atom_id(task) + ("" if options.samples is None else f"_s{number}")
                atoms[name] = _atom(task, tasks[task].texts, completion)
        name = nearest_name(re.sub(r"\.jsonl?(\.gz)?$", "", path.name))
        return {"masterplan": name, "defaults": {"language": "python"}, "atoms": atoms}


def _atom(task: str, texts: Mapping[str, str], completion: str) -> dict[str, Any]:
    code = texts["prompt"] + completion
    check = f"{texts['test'].rstrip()}\n\ncheck({texts['entry_point']})\n"
    return {"sample_of": task, "code": code, "check": check.lstrip("\n")}


def _atom_id(task: str) -> str:
    """Return ``humaneval_0`` for ``HumanEval/0``."""
    return nearest_name(task.lower().replace("/", "_"))[:80]


def _samples(path: Path, tasks: Mapping[str, _Record]) -> dict[str, list[str]]:
    """Return each task's completions, in the order of the tasks."""
    report = Report(str(path))
    found: dict[str, list[str]] = {task: [] for task in tasks}
    for record in _records(path, _SAMPLE_KEYS, report):
        task = record.texts["task_id"]
        if task in found:
            found[task].append(record.texts["completion"])
        else:
            hint = suggestion(task, tasks) or ": give the file of tasks that the samples are for"
            report.add(record.line, f"unknown task '{task}'{hint}")
    if not any(found.values()) and report.clean:
        report.add(1, "the file has no samples: give a JSON object with 'task_id' and 'completion' a line")
    report.raise_any()
    return {task: completions for task, completions in found.items() if completions}


def _by_task(records: Iterator[_Record], report: Report) -> dict[str, _Record]:
    """Return the records by their task, whose ids as atoms differ too."""
    tasks: dict[str, _Record] = {}
    ids: dict[str, int] = {}
    for record in records:
        task = record.texts["task_id"]
        first = ids.setdefault(_atom_id(task), record.line)
        if first != record.line:
            report.add(
                record.line, f"the task '{task}' has the id of the one on line {first}: rename one of them"
            )
        else:
            tasks[task] = record
        if not record.texts["entry_point"].isidentifier():
            report.add(
                record.line, f"entry_point '{record.texts['entry_point']}' is no name of a function: mend it"
            )
    return tasks


def _records(path: Path, keys: tuple[str, ...], report: Report) -> Iterator[_Record]:
    """Yield the objects of a file; those that lack a key are noted in ``report`` and left out."""
    for node in read_json_lines(_text(path), report):
        if not isinstance(node, MappingNode):
            report.add(node.line, f"each line is a JSON object, not {kind(node)}")
            continue
        texts: dict[str, str] = {}
        for key in keys:
            value = node.entries[key][1] if key in node.entries else None
            if isinstance(value, Scalar) and isinstance(value.value, str):
                texts[key] = value.value
            elif value is None:
                hint = suggestion(key, node.entries) or f": a line has {', '.join(keys)}"
                report.add(node.line, f"'{key}' is missing{hint}")
            else:
                report.add(node.line, f"'{key}' must be text, not {kind(value)}")
        if len(texts) == len(keys):
            yield _Record(line=node.line, texts=texts)


def _text(path: Path) -> str:
    """Return the text of a file, unpacked where it is gzipped. Raises :class:`PlanError`."""
    try:
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        message = "the file is not UTF-8: give a .jsonl or .jsonl.gz file"
    except (EOFError, gzip.BadGzipFile, zlib.error):
        message = "the gzipped file is damaged: fetch it again"
    except OSError as error:
        message = f"the file cannot be read ({error.strerror or error}): check its path and permissions"
    raise PlanError([Problem(position=Position(file=str(path), line=1), message=message)])
