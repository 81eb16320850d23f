"""The host's ends of the sockets to the spawner and to the slots."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from weakref import WeakValueDictionary

from mge_toolkit.core.errors import SandboxError
from mge_toolkit.sandbox.local.inside import cgroups, wire

_INSIDE: Final = Path(__file__).with_name("inside")
_BOOT: Final = """
import importlib.util, sys
path, control, host = sys.argv[1:4]
spec = importlib.util.spec_from_file_location(
    "mge_inside", path + "/__init__.py", submodule_search_locations=[path])
sys.modules["mge_inside"] = package = importlib.util.module_from_spec(spec)
spec.loader.exec_module(package)
from mge_inside.guardian import main
main(int(control), int(host))
"""
_PATIENCE: Final = 20.0  # seconds for what takes milliseconds unless the machine is in trouble


class StartError(Exception):
    """The spawner or a slot could not be made. ``stage`` is ``namespaces``, ``walls``, ``slot`` or ``preload``."""

    def __init__(self, stage: str, message: str) -> None:
        """Keep where it failed."""
        self.stage = stage
        super().__init__(message)


class Slot(asyncio.Protocol):
    """One slot's connection: a request, then its answer."""

    def __init__(self, serial: int) -> None:
        """Start out waiting for the supervisor's greeting."""
        self.serial = serial
        self.usable = True
        self.gone = asyncio.Event()  # the spawner has seen it end, and so all that was in it
        self.memory_kills = 0  # how often memory ran out in it, known when it is gone
        self.holds: frozenset[str] = frozenset()
        self._decoder = wire.Decoder()
        self._transport: asyncio.Transport | None = None
        self.answer: asyncio.Future[wire.Frame] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Resolve the answer when its frame is complete."""
        try:
            self._decoder.feed(data)
            frame = self._decoder.next()
        except wire.WireError as error:
            self._fail(str(error))
            return
        if frame is not None and not self.answer.done():
            self.answer.set_result(frame)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the answer that will not come."""
        self._fail("the slot's supervisor ended" if exc is None else str(exc))

    def _fail(self, message: str) -> None:
        """Mark the slot as gone."""
        self.usable = False
        if not self.answer.done():
            self.answer.set_exception(SandboxError(message))
            self.answer.exception()  # it may be that nobody waits for it

    def ask(self, frame: bytes) -> asyncio.Future[wire.Frame]:
        """Send a request and return the answer to come."""
        self.answer = asyncio.get_running_loop().create_future()
        if self._transport is None or not self.usable:
            self._fail("the slot's supervisor ended")
        else:
            self._transport.write(frame)
        return self.answer

    def tell(self, frame: bytes) -> None:
        """Send what has no answer of its own."""
        if self._transport is not None and self.usable:
            self._transport.write(frame)

    def hang_up(self) -> None:
        """End the connection; the supervisor ends with it."""
        self.usable = False
        if self._transport is not None:
            self._transport.abort()


class Spawner:
    """A running spawner behind its guardian. Make one with :meth:`start`."""

    def __init__(
        self, process: subprocess.Popen[bytes], control: socket.socket, config: Mapping[str, Any]
    ) -> None:
        """Take over a started process; use :meth:`start`."""
        self.config = config
        self.alive = True
        self._process = process
        self._control = control
        self._decoder = wire.Decoder()
        self._loop = asyncio.get_running_loop()
        self._greetings: asyncio.Queue[wire.Header] = asyncio.Queue()
        self._slots: WeakValueDictionary[int, Slot] = WeakValueDictionary()
        self._serials = 0
        self._inner: int | None = None
        self.pid: int | None = None

    @classmethod
    async def start(cls, config: dict[str, Any], hash_seed: int) -> Spawner:
        """Start a spawner and wait until it is ready. Raises ``StartError``."""
        _sweep(config)
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-s", "-S", "-P", "-B", "-c", _BOOT, str(_INSIDE), str(theirs.fileno())]
        config = {**config, "group_prefix": f"{cgroups.PREFIX}{os.getpid()}-{secrets.token_hex(4)}-"}
        if config["mode"] == "landlock":
            config["scratch"] = tempfile.mkdtemp(prefix=f"{cgroups.PREFIX}{os.getpid()}-")
            Path(config["scratch"]).chmod(0o711)  # a slot's user enters its own directory there
        with theirs:
            process = subprocess.Popen(  # noqa: ASYNC220 - returns at once
                [*command, str(os.getpid())],
                env=_environment(hash_seed),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # what goes wrong is told in frames
                cwd="/",
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        spawner = cls(process, ours, config)
        ours.sendall(wire.pack(config))
        ours.setblocking(False)
        spawner._loop.add_reader(ours.fileno(), spawner._hear)
        try:
            spawner._note_hello(await spawner._greeting())
            spawner._check(await spawner._greeting())
        except BaseException:
            await spawner.close()
            raise
        return spawner

    async def _greeting(self) -> wire.Header:
        """Return the next thing it says about itself."""
        try:
            header = await asyncio.wait_for(self._greetings.get(), 6 * _PATIENCE)
        except TimeoutError:
            raise StartError("namespaces", "the spawner did not answer") from None
        self._check(header)
        return header

    def _note_hello(self, header: wire.Header) -> None:
        """Watch the inner process by a descriptor of its own: it must be seen to end even without its guardian."""
        self.pid = int(header["pid"])
        with contextlib.suppress(OSError):
            self._inner = os.pidfd_open(self.pid)

    @staticmethod
    def _check(header: wire.Header) -> None:
        """Raise what a header says went wrong."""
        if header["op"] == "failed":
            raise StartError(header["stage"], header["message"])

    def _hear(self) -> None:
        """Take in what the spawner says, or that it is gone."""
        try:
            data = self._control.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lose()
            return
        self._decoder.feed(data)
        while (frame := self._decoder.next()) is not None:
            header = frame[0]
            if header["op"] == "gone":
                if (slot := self._slots.get(header["serial"])) is not None:
                    slot.memory_kills = header.get("memory_kills", 0)
                    slot.gone.set()
            else:
                self._greetings.put_nowait(header)

    def _lose(self) -> None:
        """Take note that the spawner is gone."""
        if not self.alive:
            return
        self.alive = False
        self._loop.remove_reader(self._control.fileno())
        failed = {"op": "failed", "stage": "namespaces", "message": "the spawner ended unexpectedly"}
        self._greetings.put_nowait(failed)

    async def make_slot(self, index: int) -> Slot:
        """Have a slot made and return it when it is ready. Raises ``StartError``."""
        self._serials += 1
        slot = Slot(self._serials)
        ours, theirs = socket.socketpair()
        frame = wire.pack({"op": "slot", "serial": slot.serial, "index": index})
        with theirs:
            try:
                socket.send_fds(self._control, [frame], [theirs.fileno()])
            except OSError as error:
                ours.close()
                raise StartError("slot", f"the spawner is gone: {error}") from None
        self._slots[slot.serial] = slot
        await self._loop.create_connection(lambda: slot, sock=ours)
        try:
            header, _ = await asyncio.wait_for(asyncio.shield(slot.answer), _PATIENCE)
        except (SandboxError, TimeoutError) as error:
            slot.hang_up()
            raise StartError("slot", str(error) or "a slot did not answer") from None
        except BaseException:
            slot.hang_up()
            raise
        if header["op"] == "failed":
            slot.hang_up()
            raise StartError("slot", header["message"])
        slot.holds = frozenset(header["holds"])
        return slot

    async def bury(self, slot: Slot) -> None:
        """Return when nothing of ``slot`` is left."""
        slot.hang_up()
        if not self.alive:
            await self._ended()
            return
        waiting = [asyncio.ensure_future(slot.gone.wait()), asyncio.ensure_future(self._ended(kill=False))]
        try:
            done, _ = await asyncio.wait(waiting, timeout=_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                self.kill(slot)
                await asyncio.wait(waiting, timeout=_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()

    def kill(self, slot: Slot) -> None:
        """Have a slot killed."""
        if self.alive:
            with contextlib.suppress(OSError):
                self._control.send(wire.pack({"op": "kill", "serial": slot.serial}))

    async def _ended(self, *, kill: bool = True) -> None:
        """Return when the guardian, the spawner and so everything inside has ended."""
        if kill:
            self._kill_processes()
        if self._inner is not None:
            await self._readable(self._inner)
        guardian = os.pidfd_open(self._process.pid) if self._process.returncode is None else None
        if guardian is not None:
            try:
                await self._readable(guardian)
            finally:
                os.close(guardian)
            self._process.wait()

    async def _readable(self, descriptor: int) -> None:
        """Return when ``descriptor`` can be read; the one watched may be watched by several."""
        copy = os.dup(descriptor)
        ready = self._loop.create_future()

        def note() -> None:
            if not ready.done():
                ready.set_result(None)

        self._loop.add_reader(copy, note)
        try:
            await ready
        finally:
            self._loop.remove_reader(copy)
            os.close(copy)

    def _kill_processes(self) -> None:
        """Kill the spawner; its guardian sees it, removes what is left outside, and ends."""
        if self._inner is not None:
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(self._inner, signal.SIGKILL)
        elif self._process.returncode is None:
            self._process.kill()

    async def close(self) -> None:
        """End everything and return when it has ended."""
        self._lose()
        self._control.close()
        try:
            await asyncio.wait_for(self._ended(), _PATIENCE)
        except TimeoutError:
            self._process.kill()
        if self._inner is not None:
            os.close(self._inner)
            self._inner = None
        cgroups.remove(self.config["cgroups"].values(), self.config["group_prefix"])
        if self.config["scratch"] is not None:
            shutil.rmtree(self.config["scratch"], ignore_errors=True)


def _sweep(config: Mapping[str, Any]) -> None:
    """Remove what hosts left that were killed together with their guardian."""
    for parent in {*config["cgroups"].values(), tempfile.gettempdir()}:
        for path in Path(parent).glob(f"{cgroups.PREFIX}*-*"):
            owner = path.name.split("-")[1]
            if owner.isdigit() and not Path("/proc", owner).exists():
                if parent in config["cgroups"].values():
                    cgroups.remove([parent], path.name, patience=0.0)
                else:
                    shutil.rmtree(path, ignore_errors=True)


def _environment(hash_seed: int) -> dict[str, str]:
    """Return the whole environment of the spawner: nothing of ours."""
    threads = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": str(hash_seed),
        "PYTHONUTF8": "1",
        **dict.fromkeys(threads, "1"),
    }
