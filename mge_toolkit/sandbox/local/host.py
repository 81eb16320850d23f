"""The sandbox ``local`` as the engine sees it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from mge_toolkit.core.errors import SandboxError, SandboxUnavailableError
from mge_toolkit.core.jobs import Job, Launch, ProcessExit
from mge_toolkit.core.plans import Network
from mge_toolkit.core.ports import SandboxOptions
from mge_toolkit.core.results import NO_ISOLATION, Execution, Flag, Isolation, Limit, Stream, Usage
from mge_toolkit.sandbox.environment import local_environment
from mge_toolkit.sandbox.local import capabilities
from mge_toolkit.sandbox.local.client import Slot, Spawner, StartError
from mge_toolkit.sandbox.local.inside import wire
from mge_toolkit.sandbox.programs import execution_from

_CANCEL: Final = wire.pack({"op": "cancel"})
_PATIENCE: Final = 20.0
_OUT_OF_MEMORY: Final[wire.Header] = {
    "op": "done",
    "retire": False,
    "exit_code": None,
    "signal": 9,
    "limit": Limit.MEMORY.value,
    "flags": [],
    "wall": 0.0,
    "cpu": 0.0,
    "peak": None,
    "totals": [0, 0],
    "reported": False,
}


class LocalSandbox:
    """Runs each job in a process forked from a warm spawner, behind walls that Linux offers to anyone.

    ``hash_seed`` is what Python's string hashes are seeded with in all its atoms.
    """

    def __init__(self, options: SandboxOptions, machine: capabilities.Machine | None = None) -> None:
        """Keep ``options``; ``machine`` says what to build with, where it is not to be found out."""
        self._options = options
        self._machine = machine
        self.hash_seed = secrets.randbelow(2**32)
        self._isolation = NO_ISOLATION
        self._config: dict[str, Any] = {}
        self._spawner: Spawner | None = None
        self._slots: dict[int, asyncio.Task[Slot]] = {}
        self._turns = [0] * options.slots
        self._starting = asyncio.Lock()
        self._closed = False

    @property
    def name(self) -> str:
        """The registered name."""
        return "local"

    @property
    def isolation(self) -> Isolation:
        """What holds on this machine."""
        return self._isolation

    @property
    def environment(self) -> str:
        """This interpreter with its packages, behind these walls."""
        return local_environment(f"{self.name} {self._isolation.level}", self._options.preload)

    async def start(self) -> None:
        """Start the spawner and one slot, by the strongest mechanism that works here."""
        machine = capabilities.look_around() if self._machine is None else self._machine
        reasons: dict[str, str] = {}
        for mode in machine.modes:
            self._config = capabilities.configuration(self._options, machine, mode)
            try:
                spawner = await self._running()
                slot = await self._slot(spawner, 0)
            except StartError as error:
                await self._drop_spawner()
                if error.stage == "preload":
                    raise _preload_error(error) from None
                reasons[mode] = str(error)
                continue
            self._isolation = capabilities.isolation(machine, mode, slot.holds, reasons)
            if self._isolation.missing and not self._options.allow_degraded:
                await self.close()
                raise capabilities.refusal(self._isolation)
            return
        raise capabilities.impossible(reasons)

    async def execute(self, job: Job, slot: int) -> Execution:
        """Run ``job`` in ``slot``; a slot or spawner that was lost is made anew by the next call."""
        language = self._options.languages[job.language]
        launch = language.prepare(job)
        frame = _request(job, launch)
        if self._closed:
            raise SandboxError("the sandbox is closed: start another one")
        if job.network is Network.LOOPBACK and self._config["mode"] != capabilities.NAMESPACES:
            raise SandboxError(
                f"atom '{job.atom_id}': 'network: loopback' needs a network namespace: allow unprivileged user "
                "namespaces on this machine"
            )
        slot = self._place(slot)
        try:
            spawner = await self._running(launch)
            runner = await self._slot(spawner, slot)
        except StartError as error:
            raise SandboxError(f"slot {slot} could not be made: {error}") from None
        header, blobs = await self._ask(spawner, runner, slot, frame)
        if header["retire"]:
            self._retire(spawner, runner, slot)
        if header["op"] == "failed":
            raise SandboxError(f"the program could not be started: {header['message']}")
        ended, usage, flags = _observed(header, blobs)
        return execution_from(job, language, ended, usage=usage, flags=flags, isolation=self._isolation)

    async def close(self) -> None:
        """End the spawner and so everything."""
        self._closed = True
        await self._drop_spawner()

    async def _running(self, launch: Launch | None = None) -> Spawner:
        """Return a spawner that is alive and shows what ``launch`` needs."""
        spawner = self._spawner
        if spawner is not None and spawner.alive and not self._hidden(launch):
            return spawner
        async with self._starting:
            if self._spawner is not None and self._spawner.alive and not self._hidden(launch):
                return self._spawner
            await self._drop_spawner()
            self._config["readable"] = [*self._config["readable"], *self._hidden(launch)]
            self._spawner = await Spawner.start(self._config, self.hash_seed)
            return self._spawner

    def _place(self, slot: int) -> int:
        """Return which supervisor serves the next attempt of ``slot``: where it has two, they take turns."""
        if not self._config["turns"]:
            return slot
        turn = self._turns[slot]
        self._turns[slot] = 1 - turn
        return 2 * slot + turn

    def _hidden(self, launch: Launch | None) -> list[str]:
        """Return the paths that ``launch`` needs and the spawner was not told of."""
        if launch is None or launch.warm_payload is not None:
            return []
        return capabilities.unlisted(launch.readable, self._config["readable"])

    async def _drop_spawner(self) -> None:
        """End the spawner, if there is one."""
        spawner, self._spawner = self._spawner, None
        slots, self._slots = self._slots, {}
        for task in slots.values():
            task.cancel()
        for task in slots.values():
            with suppress(asyncio.CancelledError, StartError):
                (await task).hang_up()
        if spawner is not None:
            await spawner.close()

    async def _slot(self, spawner: Spawner, index: int) -> Slot:
        """Return the slot ``index``, making it where there is none."""
        task = self._slots.get(index)
        if (
            task is not None
            and task.done()
            and (task.cancelled() or task.exception() or not task.result().usable)
        ):
            task = None
        if task is None:
            task = self._slots[index] = asyncio.ensure_future(spawner.make_slot(index))
        elif task.done():
            return task.result()
        return await asyncio.shield(task)

    def _retire(self, spawner: Spawner, slot: Slot, index: int) -> None:
        """Let a slot end and have its successor made meanwhile."""
        slot.usable = False
        if spawner is self._spawner and spawner.alive and not self._closed:
            self._slots[index] = asyncio.ensure_future(spawner.make_slot(index))

    async def _ask(self, spawner: Spawner, slot: Slot, index: int, frame: bytes) -> wire.Frame:
        """Have the attempt made; whatever happens, nothing of it is left when this ends."""
        answer = slot.ask(frame)
        try:
            return await asyncio.shield(answer)  # the answer still comes when nobody wants it any more
        except asyncio.CancelledError:
            await _finish(self._abort(spawner, slot, index))
            raise
        except SandboxError as error:
            await _finish(spawner.bury(slot))
            if slot.memory_kills:  # what the program had its supervisor keep took it beyond the limit of both
                return _OUT_OF_MEMORY, [b"", b"", b""]
            raise SandboxError(f"the attempt was lost: {error}; it may be run again") from None

    async def _abort(self, spawner: Spawner, slot: Slot, index: int) -> None:
        """Cancel what runs in ``slot`` and return when it has ended, which it may have done already."""
        answer = slot.answer
        if not answer.done():
            slot.tell(_CANCEL)
            await asyncio.wait([answer], timeout=_PATIENCE)
        if not answer.done() or answer.exception() is not None:
            await spawner.bury(slot)
            self._retire(spawner, slot, index)
        elif answer.result()[0]["retire"]:
            self._retire(spawner, slot, index)


async def _finish(work: Any) -> None:
    """Carry ``work`` to its end, however often this is cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.shield(task)


def _preload_error(error: StartError) -> SandboxUnavailableError:
    """Return what is raised where a module to be imported once cannot be."""
    return SandboxUnavailableError(
        f"preload: cannot import {error}: install the module beside mge-toolkit, or take it out of 'preload'"
    )


def _request(job: Job, launch: Launch) -> bytes:
    """Return the frame that asks for an attempt."""
    limits = job.limits
    dependencies = job.wall_seconds - limits.timeout
    warm = launch.warm_payload is not None
    files: Mapping[str, bytes] = {} if warm else launch.files
    blobs = [*files.values(), *(file.content for file in job.files)]
    if launch.warm_payload is not None:
        blobs.append(launch.warm_payload)
    header = {
        "op": "run",
        "argv": launch.argv,
        "environment": dict(launch.environment),
        "files": list(files),
        "read_only": [file.name for file in job.files],
        "warm": warm,
        "report": launch.report,
        "loopback": job.network is Network.LOOPBACK,
        "started": launch.started,
        "wall": job.wall_seconds,
        "own_wall": limits.timeout,
        "own_cpu": limits.cpu_seconds,
        "cpu": limits.cpu_seconds + dependencies * limits.cpus,
        "memory": limits.memory,
        "cpus": limits.cpus,
        "processes": limits.processes,
        "output": limits.output,
        "output_kill": limits.output_kill,
        "disk": limits.disk,
        "address_space": launch.address_space_limit,
    }
    return wire.pack(header, blobs)


def _observed(header: wire.Header, blobs: list[bytes]) -> tuple[ProcessExit, Usage, list[Flag]]:
    """Return what the slot's supervisor saw as records."""
    out, err, report = blobs
    totals = header["totals"]
    limit = header["limit"]
    ended = ProcessExit(
        report=report if header["reported"] else None,
        exit_code=header["exit_code"],
        signal=header["signal"],
        limit=None if limit is None else Limit(limit),
        stdout=Stream(data=out, total=totals[0]),
        stderr=Stream(data=err, total=totals[1]),
    )
    usage = Usage(wall=header["wall"], cpu=header["cpu"], peak_memory=header["peak"])
    return ended, usage, [Flag(name) for name in header["flags"]]
