"""A slot's supervisor: forks one attempt after another, watches each to its end, and reports what it saw.

It is the first process of the slot's PID namespace, which signals from inside cannot end, and lives as long
as the slot.
"""

from __future__ import annotations

import math
import os
import select
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from . import attempt, kernel, network, wire
from .cgroups import SlotGroup
from .ground import Ground
from .parking import Parked, park
from .tree import Reaped, Tree, destroy
from .watch import Watch

_OVERHEAD: Final = 16 << 20  # the supervisor's own memory, which is in the same group


@dataclass(frozen=True, kw_only=True)
class Outfit:
    """What a slot is equipped with."""

    walls: attempt.Walls
    group: SlotGroup | None
    ground: Ground
    tree: Tree
    lifeline: int | None = None
    cpus: tuple[int, ...] = ()
    """The CPUs to choose from, the slot's first choice first, where affinity is what holds ``cpus``."""


class Supervisor:
    """Serves one slot until the host hangs up. ``lifeline`` ends when the spawner does."""

    def __init__(self, connection: socket.socket, outfit: Outfit) -> None:
        """Take over ``connection`` and park the first child."""
        self.connection = connection
        self.walls = outfit.walls
        self.group = outfit.group
        self.ground = outfit.ground
        self.tree = outfit.tree
        self.lifeline = outfit.lifeline
        self.cpus = outfit.cpus
        self.holds = self.group.holds if self.group is not None else set()
        self.parked: Parked | None = None
        self._park()

    def serve(self) -> None:
        """Run what the host asks for, one at a time; return when the slot is not to be used again."""
        decoder = wire.Decoder()
        wire.send(self.connection, {"op": "ready", "holds": sorted(self.holds)})
        try:
            while (frame := self._next(decoder)) is not None:
                if frame[0].pop("op") != "run":
                    continue
                environment = frame[0]["environment"]
                if not self._serve(frame, decoder.raw):
                    return
                kernel.wipe(decoder.raw, *frame[1])
                del frame
                self.ground.clear()
                attempt.set_environment(attempt.environment_in(environment, self.box))
                self._park()
        finally:
            self.abandon()

    def _serve(self, frame: wire.Frame, raw: bytes) -> bool:
        """Run one attempt and answer; return whether the slot may be used again.

        Nothing of the attempt may be left in this process: the next child is forked from it.
        """
        try:
            reply, contents = self.execute(attempt.Request.read(frame[0], list(frame[1])), raw)
        except Exception as error:  # noqa: BLE001 - the host must hear of it, and use another slot
            message = f"{type(error).__name__}: {error}"
            reply, contents = {"op": "failed", "message": message, "retire": True}, []
        answer = wire.pack(reply, contents)
        self.connection.sendall(answer)
        kernel.wipe(answer, *contents)
        return not reply["retire"]

    def _next(self, decoder: wire.Decoder) -> wire.Frame | None:
        """Wait for the host; ``None`` when it or the spawner is gone."""
        while (frame := decoder.next()) is None:
            ready, _, _ = select.select([self.connection, *self.lifelines], [], [])
            if self.connection not in ready:
                return None
            data = self.connection.recv(1 << 18)
            if not data:
                return None
            decoder.feed(data)
            kernel.wipe(data)
        return frame

    def descriptors(self) -> set[int]:
        """Return the descriptors that must stay open."""
        parked = () if self.parked is None else self.parked.descriptors()
        group = () if self.group is None else self.group.descriptors()
        return {self.connection.fileno(), *self.lifelines, *parked, *group, *self.ground.descriptors()}

    @property
    def lifelines(self) -> list[int]:
        """Return what ends when the spawner does, if there is such a thing."""
        return [] if self.lifeline is None else [self.lifeline]

    def _park(self, *, loopback: bool = False) -> None:
        """Make a place and park a child in it."""
        place = self.ground.prepare()
        self.box = place.box
        self.parked = park(self.walls, place, loopback=loopback)

    def _take(self, request: attempt.Request) -> Parked:
        """Return a parked child that suits the request."""
        parked, self.parked = self.parked, None
        if parked is not None and parked.loopback == request.loopback:
            return parked
        if parked is not None:
            destroy(self.tree, Reaped())
            for descriptor in parked.descriptors():
                os.close(descriptor)
            parked.status.detach()
            self.ground.clear()
        network.bring_up_loopback()
        self._park(loopback=request.loopback)
        return self._take(request)

    def execute(self, request: attempt.Request, raw: bytes) -> wire.Frame:
        """Run one attempt and return the answer to the host."""
        parked = self._take(request)
        if self.group is not None:
            self.group.limit(request.memory + _OVERHEAD, request.processes + 1)
        self.ground.resize(request.disk + sum(map(len, request.files.values())))
        if self.cpus:
            os.sched_setaffinity(parked.pid, self.cpus[: max(math.ceil(request.cpus), 1)])
        watch = Watch(self, request, parked)
        watch.run(raw)
        return watch.answer()

    def abandon(self) -> None:
        """Leave nothing of this slot behind."""
        destroy(self.tree, Reaped())
        with suppress(OSError):
            self.ground.clear()
