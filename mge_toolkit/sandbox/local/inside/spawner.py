"""The spawner: keeps what is warm and makes slots. The first process of the outer PID namespace.

It is started fresh by the host, never forked from it. In front of it stands a guardian
(:mod:`.guardian`), which ends it when the host ends.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import os
import select
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from . import attempt, kernel, landlock, mounts, seccomp, wire
from .cgroups import Parents, SlotGroup
from .ground import DirectoryGround, Ground, MountedGround
from .slot import Outfit, Supervisor
from .tree import DescendantTree, NamespaceTree, Reaped, Tree, children, descendants, destroy

_ATOM_ID: Final = 1000
_LOWERED: Final = {
    "max_user_namespaces": 0,
    "max_pid_namespaces": 0,
    "max_net_namespaces": 0,
    "max_uts_namespaces": 0,
    "max_cgroup_namespaces": 0,
    "max_time_namespaces": 0,
    "max_mnt_namespaces": 1,
    "max_ipc_namespaces": 4096,  # one for each attempt, and their end lags behind
    "max_inotify_instances": 32,
    "max_inotify_watches": 4096,
    "max_fanotify_groups": 0,
    "max_fanotify_marks": 0,
}


class PreloadError(Exception):
    """A module that was to be imported once could not be."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What the spawner is told by the host, as it came, and what it was given by the guardian."""

    config: dict[str, Any]
    control: socket.socket
    lifeline: int
    parents: Parents | None


def run(setting: Setting) -> None:
    """Get ready, say so, and make slots until the host or the guardian is gone."""
    if setting.config["mode"] == "namespaces":
        kernel.die_with_parent(signal.SIGKILL)
    else:
        kernel.control(kernel.PR_SET_CHILD_SUBREAPER, 1)
    try:
        spawner = Spawner(setting)
    except Exception as error:  # noqa: BLE001 - whatever it is, the host must hear of it
        stage = "preload" if isinstance(error, PreloadError) else "walls"
        wire.send(
            setting.control, {"op": "failed", "stage": stage, "message": f"{error or type(error).__name__}"}
        )
        return
    wire.send(setting.control, {"op": "ready", "abi": landlock.abi()})
    spawner.serve()
    if not spawner.namespaces:
        destroy(DescendantTree(), Reaped())


class Spawner:
    """Makes slots on demand out of what was warmed up once."""

    def __init__(self, setting: Setting) -> None:
        """Build the walls that all slots share and import what is to be warm."""
        self.setting = setting
        config = setting.config
        self.namespaces = config["mode"] == "namespaces"
        self.ruleset: int | None = None
        if self.namespaces:
            kernel.unshare(kernel.CLONE_NEWNS)
            mounts.enter_new_root(config["readable"])
            self.ruleset = _ruleset() if landlock.abi() else None
        policies = {
            loopback: seccomp.Policy(loopback=loopback, shared_host=not self.namespaces, **config["policy"])
            for loopback in (False, True)
        }
        self.filters = {key: seccomp.Filter(seccomp.assemble(policy)) for key, policy in policies.items()}
        self.harness = _warm_up(config)
        self.slots: dict[int, int] = {}
        self.stale: list[str] = []
        self.forked: set[int] = set()
        self.pending: dict[int, int] = {}
        self.poller = select.poll()
        self.decoder = wire.Decoder()
        self.received: list[int] = []
        gc.collect()
        gc.freeze()

    def serve(self) -> None:
        """Make and bury slots until the host or the guardian is gone."""
        wake, woken = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(woken)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        control = self.setting.control
        for descriptor in (control.fileno(), self.setting.lifeline, wake):
            self.poller.register(descriptor, select.POLLIN)
        while True:
            for descriptor, _ in self.poller.poll():
                if descriptor == self.setting.lifeline:
                    return
                if descriptor == control.fileno() and not self._hear_host():
                    return
                if descriptor == wake:
                    os.read(wake, 512)
                elif descriptor in self.pending:
                    self._learn_slot(descriptor)
            self._bury()
            if not self.namespaces:
                self._sweep()

    def _hear_host(self) -> bool:
        """Do what the host asks for; return whether it is still there."""
        data, descriptors, _, _ = socket.recv_fds(self.setting.control, 1 << 16, 16)
        self.received += descriptors
        if not data:
            return False
        self.decoder.feed(data)
        while (frame := self.decoder.next()) is not None:
            header = frame[0]
            if header["op"] == "slot":
                self._make_slot(header["serial"], header["index"], self.received.pop(0))
            elif header["op"] == "kill":
                self._kill_slot(header["serial"])
        return True

    def _kill_slot(self, serial: int) -> None:
        """End a slot and everything in it."""
        for pid, known in self.slots.items():
            if known == serial:
                os.kill(pid, signal.SIGKILL)

    def _make_slot(self, serial: int, index: int, descriptor: int) -> None:
        """Fork a process that makes the namespaces and forks the slot's supervisor into them."""
        answer, told = os.pipe2(os.O_CLOEXEC)
        forked = os.fork()
        if forked == 0:
            code = 1
            try:
                os.close(answer)
                self._become_slot(serial, index, socket.socket(fileno=descriptor), told)
                code = 0
            finally:
                os._exit(code)
        os.close(descriptor)
        os.close(told)
        self.forked.add(forked)
        self.pending[answer] = serial
        self.poller.register(answer, select.POLLIN)

    def _learn_slot(self, answer: int) -> None:
        """Take note of the process id of a new slot; none means that it could not be made."""
        serial = self.pending.pop(answer)
        self.poller.unregister(answer)
        text = os.read(answer, 64)
        os.close(answer)
        if text:
            self.slots[int(text)] = serial
        else:
            wire.send(self.setting.control, {"op": "gone", "serial": serial})

    def _bury(self) -> None:
        """Collect the dead and tell the host which slots are gone with all that was in them."""
        with suppress(ChildProcessError):
            while (pid := os.waitpid(-1, os.WNOHANG)[0]) != 0:
                self.forked.discard(pid)
                if (serial := self.slots.pop(pid, None)) is not None:
                    kills = self._remove_group(serial)
                    wire.send(self.setting.control, {"op": "gone", "serial": serial, "memory_kills": kills})

    def _remove_group(self, serial: int) -> int:
        """Remove a dead slot's group, now or when it can be; return how often memory ran out in it."""
        parents = self.setting.parents
        if parents is None:
            return 0
        kills = parents.memory_kills(self._group_name(serial))
        self.stale.append(self._group_name(serial))
        self.stale = [name for name in self.stale if not parents.remove(name)]
        return kills

    def _sweep(self) -> None:
        """Kill what a lost supervisor left: as a subreaper, this process inherits it."""
        mine = {*self.slots, *self.forked}
        for pid in children(os.getpid()):
            if pid not in mine:
                for member in (pid, *descendants(pid)):
                    with suppress(OSError):
                        os.kill(member, signal.SIGKILL)

    def _become_slot(self, serial: int, index: int, connection: socket.socket, told: int) -> None:
        """Make the slot's namespaces, fork its supervisor, and say what its process id is."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        try:
            group = self._enter_group(serial)
            self._change_user(index)
            pid = self._enter_namespaces() if self.namespaces else os.getpid()
        except OSError as error:
            wire.send(connection, {"op": "failed", "message": str(error)})
            return
        if pid != 0:
            os.write(told, str(pid).encode())
        if pid == 0 or not self.namespaces:
            self._supervise(index, connection, group)

    def _enter_namespaces(self) -> int:
        """Make the slot's namespaces and fork into them; return what ``fork`` returns."""
        new = kernel.CLONE_NEWUSER | kernel.CLONE_NEWPID | kernel.CLONE_NEWNET | kernel.CLONE_NEWUTS
        outer = os.geteuid(), os.getegid()
        kernel.unshare(new | kernel.CLONE_NEWNS)
        map_ids(_ATOM_ID, *outer)
        return os.fork()

    def _group_name(self, serial: int) -> str:
        return f"{self.setting.config['group_prefix']}{serial}"

    def _enter_group(self, serial: int) -> SlotGroup | None:
        """Make the slot's control group and enter it, where groups are to be had."""
        if self.setting.parents is None:
            return None
        group = self.setting.parents.make(self._group_name(serial))
        group.enter()
        return group

    def _change_user(self, index: int) -> None:
        """Become the slot's own user where the host is root, so that nothing inside ever is."""
        base = self.setting.config["uid_base"]
        if not self.namespaces:
            directory = f"{self.setting.config['scratch']}/{index}"
            os.makedirs(directory, 0o700, exist_ok=True)
            if base is not None:
                os.chown(directory, base + index, base + index)
        if base is None:
            return
        readable = sys.executable
        os.setgroups([])
        os.setresgid(base + index, base + index, base + index)
        if not self.namespaces:
            kernel.keep_reading()
        os.setresuid(base + index, base + index, base + index)
        if not self.namespaces:
            kernel.use_reading(needed=not os.access(readable, os.X_OK))
        kernel.control(kernel.PR_SET_DUMPABLE, 1)

    def _supervise(self, index: int, connection: socket.socket, group: SlotGroup | None) -> None:
        """Be the slot's supervisor. Never returns."""
        code = 1
        try:
            try:
                lifeline = None if self.namespaces else self.setting.lifeline
                if self.namespaces:
                    _settle()
                else:
                    kernel.control(kernel.PR_SET_CHILD_SUBREAPER, 1)
                kernel.control(kernel.PR_SET_DUMPABLE, 0)
                attempt.set_environment(attempt.DEFAULT_ENVIRONMENT)
                supervisor = Supervisor(connection, self._outfit(index, group, lifeline))
                _close_others(supervisor.descriptors())
            except Exception as error:  # noqa: BLE001 - whatever it is, the host must hear of it
                wire.send(connection, {"op": "failed", "message": f"{type(error).__name__}: {error}"})
                return
            supervisor.serve()
            code = 0
        finally:
            os._exit(code)

    def _outfit(self, index: int, group: SlotGroup | None, lifeline: int | None) -> Outfit:
        """Return what a slot is equipped with."""
        holds = group.holds if group is not None else set()
        walls = attempt.Walls(
            filters=self.filters,
            harness=self.harness,
            exact_memory="memory" in holds,
            capable=self.namespaces,
            ahead=self.setting.config["turns"],
            baseline=_address_space(),
        )
        ground: Ground = MountedGround(self.ruleset)
        tree: Tree = NamespaceTree()
        if not self.namespaces:
            config = self.setting.config
            readable = [*mounts.READABLE, *config["readable"]]
            directory = f"{config['scratch']}/{index}"
            ground = DirectoryGround(directory, readable, shared_user=config["uid_base"] is None)
            tree = DescendantTree()
        available = sorted(os.sched_getaffinity(0))
        turn = index % len(available)
        cpus = () if "cpu" in holds else (*available[turn:], *available[:turn])
        return Outfit(walls=walls, group=group, ground=ground, tree=tree, lifeline=lifeline, cpus=cpus)


def _ruleset() -> int:
    """Return the Landlock rules that serve all attempts; the box's own mounts lie beneath the rule's path."""
    rules = landlock.Ruleset(tcp=True)
    rules.allow_reading(["/"])
    rules.allow_writing([mounts.PLACE, "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"])
    return rules.descriptor


def map_ids(inner: int, outer_user: int, outer_group: int) -> None:
    """Map ``inner`` to the user and the group that this process had outside its new user namespace."""
    for name, text in (
        ("uid_map", f"{inner} {outer_user} 1"),
        ("setgroups", "deny"),
        ("gid_map", f"{inner} {outer_group} 1"),
    ):
        descriptor = os.open(f"/proc/self/{name}", os.O_WRONLY)
        try:
            os.write(descriptor, text.encode())
        finally:
            os.close(descriptor)


def _settle() -> None:
    """Lower what the namespaces allow, show only their own processes, and keep this one out of reach."""
    socket.sethostname("mge")
    for name, value in _LOWERED.items():
        with suppress(FileNotFoundError):
            descriptor = os.open(f"/proc/sys/user/{name}", os.O_WRONLY)
            os.write(descriptor, str(value).encode())
            os.close(descriptor)
    mounts.mount_own_proc()
    kernel.drop_bounding_set()


def _close_others(keep: set[int]) -> None:
    """Close every descriptor but the standard ones and ``keep``."""
    first = 3
    for descriptor in sorted(keep):
        kernel.close_from(first, descriptor - 1)
        first = descriptor + 1
    kernel.close_from(first)


def _address_space() -> int:
    """Return this process's address space in bytes."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * os.sysconf("SC_PAGESIZE")


def _warm_up(config: dict[str, Any]) -> attempt.Harness | None:
    """Import the harness and the modules to be warm, and run the harness once."""
    kernel.one_arena()
    sys.path[:] = config["sys_path"]
    sys.prefix = sys.exec_prefix = config["prefix"]
    harness = None if config["harness"] is None else _load_harness(config["harness"])
    for name in config["preload"]:
        try:
            importlib.import_module(name)
        except BaseException as error:
            raise PreloadError(f"{name}: {type(error).__name__}: {error}") from error
    if harness is not None:
        harness.warm()
    return harness


def _load_harness(path: str) -> attempt.Harness:
    """Import the harness from its file."""
    spec = importlib.util.spec_from_file_location("mge_harness", path)
    if spec is None or spec.loader is None:
        raise PreloadError(f"the harness {path} cannot be loaded")
    module: Any = importlib.util.module_from_spec(spec)
    sys.modules["mge_harness"] = module
    spec.loader.exec_module(module)
    harness: attempt.Harness = module
    return harness
