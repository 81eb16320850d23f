"""The first process that the host starts: it stands between the host and the spawner.

It sees the host end, by a descriptor of the host's process that no fork of the host can hold up, and ends
the spawner, which takes everything inside along. When the spawner ends, it removes what is left outside.
"""

from __future__ import annotations

import os
import select
import signal
import socket
from typing import Any, Final

from . import cgroups, kernel, spawner, wire
from .ground import remove_tree
from .tree import DescendantTree, Reaped, destroy

_PATIENCE: Final = 2000  # ms


def main(control_descriptor: int, host: int) -> None:
    """Start the spawner and wait until it or the host is gone."""
    watched = os.pidfd_open(host)
    if os.getppid() != host:
        return
    control = socket.socket(fileno=control_descriptor)
    frame = wire.receive(control, wire.Decoder())
    if frame is None:
        return
    config = frame[0]
    try:
        if config["mode"] == "namespaces":
            _enter_namespaces()
        else:
            kernel.control(kernel.PR_SET_CHILD_SUBREAPER, 1)
        parents = cgroups.Parents(config["cgroups"]) if config["cgroups"] else None
    except OSError as error:
        wire.send(control, {"op": "failed", "stage": "namespaces", "message": str(error)})
        return
    lifeline, held = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(held)
            os.close(watched)
            spawner.run(spawner.Setting(config=config, control=control, lifeline=lifeline, parents=parents))
            code = 0
        finally:
            os._exit(code)
    os.close(lifeline)
    _guard(pid, watched, held, control, config)


def _guard(pid: int, host: int, held: int, control: socket.socket, config: dict[str, Any]) -> None:
    """Wait for the end of either side, then leave nothing behind. ``held`` is the spawner's lifeline."""
    wire.send(control, {"op": "hello", "pid": pid})
    control.close()
    child = os.pidfd_open(pid)
    poller = select.poll()
    poller.register(host, select.POLLIN)
    poller.register(child, select.POLLIN)
    poller.poll()
    if config["mode"] != "namespaces":
        os.close(held)  # it and its slots clear up after themselves, then this process after them
        poller.unregister(host)
        poller.poll(_PATIENCE)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    destroy(DescendantTree(), Reaped())
    if config["scratch"] is not None:
        remove_tree(config["scratch"])
    cgroups.remove(config["cgroups"].values(), config["group_prefix"])


def _enter_namespaces() -> None:
    """Make the outer PID namespace for the next child, in a user namespace where that takes one."""
    if os.geteuid() == 0:
        kernel.unshare(kernel.CLONE_NEWPID)
        return
    outer = os.geteuid(), os.getegid()
    kernel.unshare(kernel.CLONE_NEWUSER | kernel.CLONE_NEWPID)
    spawner.map_ids(0, *outer)
