"""What sandboxes share: turning an ended process into an ``Execution``, and keeping what it wrote."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterable
from pathlib import Path

from mge_toolkit.core.jobs import Job, Launch, ProcessExit
from mge_toolkit.core.ports import Language
from mge_toolkit.core.results import Execution, Flag, Isolation, Stream, Usage


def execution_from(
    job: Job,
    language: Language,
    ended: ProcessExit,
    *,
    usage: Usage,
    flags: Iterable[Flag] = (),
    isolation: Isolation,
) -> Execution:
    """Join what the sandbox saw with what the language reads in it.

    A program that was ended from outside (a limit, a signal) did not complete, whatever its report says.
    """
    reading = language.read(job, ended)
    stderr = ended.stderr if reading.stderr is None else reading.stderr
    limit = ended.limit if reading.limit is None else reading.limit
    return Execution(
        completed=reading.completed and limit is None and ended.signal is None,
        exit_code=ended.exit_code,
        signal=ended.signal,
        limit=limit,
        raised=reading.raised,
        segment=reading.segment,
        result=reading.result,
        stdout=ended.stdout,
        stderr=stderr,
        flags=reading.flags | frozenset(flags) | _stream_flags(ended.stdout, stderr),
        usage=usage,
        isolation=isolation,
    )


def _stream_flags(*streams: Stream) -> frozenset[Flag]:
    """Return what is worth knowing about what was written."""
    flags = set()
    for stream in streams:
        cut = stream.total > len(stream.data)
        if cut:
            flags.add(Flag.OUTPUT_TRUNCATED)
        try:  # a character that the cut divided is not what makes output binary
            codecs.getincrementaldecoder("utf-8")().decode(stream.data, final=not cut)
        except UnicodeDecodeError:
            flags.add(Flag.BINARY_OUTPUT)
    return frozenset(flags)


class Capture:
    """Keeps the first ``limit`` bytes of a stream and counts the rest."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept = bytearray()
        self.total = 0

    def feed(self, data: bytes) -> None:
        """Take what was read next."""
        self.total += len(data)
        room = self._limit - len(self._kept)
        if room > 0:
            self._kept += data[:room]

    def stream(self) -> Stream:
        """Return what there is so far."""
        return Stream(data=bytes(self._kept), total=self.total)


def environment_in(launch: Launch, directory: Path) -> dict[str, str]:
    """Return the whole environment of a program whose work directory is ``directory``: nothing inherited."""
    environment = {"HOME": str(directory), "TMPDIR": str(directory), **launch.environment}
    if os.name == "nt":  # without it no Windows process finds its system libraries
        environment["SYSTEMROOT"] = os.environ.get("SYSTEMROOT", r"C:\Windows")
    return environment


def write_files(job: Job, launch: Launch, directory: Path) -> None:
    """Put the launch's files and the atom's read-only data files into ``directory``."""
    for name, content in launch.files.items():
        (directory / name).write_bytes(content)
    for file in job.files:
        target = directory / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content)
        target.chmod(0o444)
